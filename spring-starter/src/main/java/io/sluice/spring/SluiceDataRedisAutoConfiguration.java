package io.sluice.spring;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Scope;
import org.springframework.core.env.Environment;

/** Finds Redis where Spring Data Redis finds it, unless {@code sluice.redis} says where it is. */
@AutoConfiguration(after = DataRedisAutoConfiguration.class, before = SluiceAutoConfiguration.class)
@ConditionalOnClass(DataRedisConnectionDetails.class)
class SluiceDataRedisAutoConfiguration {

    /** The scheme of Redis over TLS. */
    private static final String ENCRYPTED = "rediss";

    /**
     * Returns null, and so defines no bean, if nobody has said where Redis is: Boot's localhost would be a guess.
     * Called only where nothing else says so, and anew whenever that is asked: the properties may have changed.
     */
    @Bean
    @Scope("prototype")
    @ConditionalOnBean(DataRedisConnectionDetails.class)
    @Nullable
    RedisAddress sluiceRedisAddress(DataRedisConnectionDetails details, Environment environment) {
        boolean written = Binder.get(environment)
                .bind("spring.data.redis", Bindable.mapOf(String.class, Object.class))
                .isBound();
        boolean provided = !details.getClass().getSimpleName().startsWith("Properties");
        boolean encryptedByUrl =
                environment.getProperty("spring.data.redis.url", "").startsWith(ENCRYPTED + ":");
        return written || provided ? address(details, encryptedByUrl) : null;
    }

    /**
     * Returns the address in these details as URIs.
     *
     * @param encryptedByUrl whether the URL in the properties asks for TLS, which the details do not say
     * @throws SluiceConfigurationException if URIs cannot express all that is needed to connect
     */
    static RedisAddress address(DataRedisConnectionDetails details, boolean encryptedByUrl) {
        boolean encryptedByBundle = isEncrypted(details);
        String scheme = encryptedByBundle || encryptedByUrl ? ENCRYPTED : "redis";
        String credentials = credentials(details.getUsername(), details.getPassword());
        DataRedisConnectionDetails.Cluster cluster = details.getCluster();
        if (cluster != null) {
            return new RedisAddress(
                    cluster.getNodes().stream()
                            .map(node -> scheme + "://" + credentials + hostAndPort(node.host(), node.port()))
                            .toList(),
                    true);
        }
        DataRedisConnectionDetails.Sentinel sentinel = details.getSentinel();
        if (sentinel != null) {
            if (sentinel.getPassword() != null && !sentinel.getPassword().isEmpty()) {
                throw inexpressible("a password of the Sentinels (spring.data.redis.sentinel.password)");
            }
            if (sentinel.getNodes().stream().anyMatch(node -> isIpv6(node.host()))) {
                throw inexpressible("Sentinels at IPv6 addresses (spring.data.redis.sentinel.nodes)");
            }
            List<String> nodes = sentinel.getNodes().stream()
                    .map(node -> hostAndPort(node.host(), node.port()))
                    .toList();
            return new RedisAddress(
                    List.of(scheme + "-sentinel://" + credentials + String.join(",", nodes) + "/"
                            + sentinel.getDatabase() + "#" + encode(sentinel.getMaster())),
                    false);
        }
        if (details.getMasterReplica() != null) {
            throw inexpressible("a list of a master and its replicas (spring.data.redis.masterreplica.nodes)");
        }
        DataRedisConnectionDetails.Standalone standalone = details.getStandalone();
        if (standalone == null) {
            throw new SluiceConfigurationException(
                    "spring.data.redis describes neither one Redis nor Sentinels nor a cluster",
                    "Set sluice.redis.uri or sluice.redis.cluster.");
        }
        return new RedisAddress(
                List.of(scheme + "://" + credentials + hostAndPort(standalone.getHost(), standalone.getPort()) + "/"
                        + standalone.getDatabase()),
                false);
    }

    private static boolean isEncrypted(DataRedisConnectionDetails details) {
        SslBundle bundle = details.getSslBundle();
        if (bundle == null) {
            return false;
        }
        SslStoreBundle stores = bundle.getStores();
        if (stores.getTrustStore() != null || stores.getKeyStore() != null) {
            throw inexpressible("certificates of its own (spring.data.redis.ssl.bundle)");
        }
        return true;
    }

    private static SluiceConfigurationException inexpressible(String what) {
        return new SluiceConfigurationException(
                "spring.data.redis has " + what + ", which no URI can say, so that Sluice cannot connect as it does",
                "Set sluice.redis, or define a bean of type io.sluice.Backend: RedisBackend.builder().client(…) takes a"
                        + " client of yours.");
    }

    private static String hostAndPort(String host, int port) {
        boolean toBracket = isIpv6(host) && !host.startsWith("[");
        return (toBracket ? "[" + host + "]" : host) + ":" + port;
    }

    private static boolean isIpv6(String host) {
        return host.indexOf(':') >= 0;
    }

    private static String credentials(@Nullable String user, @Nullable String password) {
        if (password == null || password.isEmpty()) {
            return "";
        }
        return (user == null ? "" : encode(user)) + ":" + encode(password) + "@";
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
