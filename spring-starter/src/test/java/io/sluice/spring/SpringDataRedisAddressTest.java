package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisCredentials;
import io.lettuce.core.RedisURI;
import io.sluice.Backend;
import io.sluice.LocalBackend;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration;
import org.springframework.boot.data.redis.autoconfigure.DataRedisConnectionDetails;
import org.springframework.boot.ssl.SslBundle;
import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** The address of Redis as Spring Data Redis has it, and what Lettuce reads from the URIs made of it. */
class SpringDataRedisAddressTest {

    private final ApplicationContextRunner application = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(DataRedisAutoConfiguration.class, SluiceDataRedisAutoConfiguration.class))
            .withPropertyValues("sluice.backend=redis");

    private RedisAddress address(String... properties) {
        RedisAddress[] address = new RedisAddress[1];
        application.withPropertyValues(properties).run(context -> {
            address[0] = context.getBean(RedisAddress.class);
        });
        return address[0];
    }

    private static String credentials(RedisURI uri) {
        RedisCredentials credentials = Objects.requireNonNull(
                uri.getCredentialsProvider().resolveCredentials().block());
        return credentials.getUsername() + " " + String.valueOf(credentials.getPassword());
    }

    @Test
    void ofOneRedis() {
        RedisAddress address = address(
                "spring.data.redis.host=redis.example",
                "spring.data.redis.port=6380",
                "spring.data.redis.database=2",
                "spring.data.redis.username=gate way",
                "spring.data.redis.password=p@ss/w+rd");
        assertThat(address.cluster()).isFalse();
        RedisURI uri = RedisURI.create(address.uris().get(0));
        assertThat(uri.getHost()).isEqualTo("redis.example");
        assertThat(uri.getPort()).isEqualTo(6380);
        assertThat(uri.getDatabase()).isEqualTo(2);
        assertThat(uri.isSsl()).isFalse();
        assertThat(credentials(uri)).isEqualTo("gate way p@ss/w+rd");
    }

    @Test
    void ofSentinelsOverTls() {
        RedisAddress address = address(
                "spring.data.redis.sentinel.master=my master",
                "spring.data.redis.sentinel.nodes=one.example:26379,two.example:26380",
                "spring.data.redis.database=2",
                "spring.data.redis.username=gate",
                "spring.data.redis.password=p@ss",
                "spring.data.redis.ssl.enabled=true");
        assertThat(address.cluster()).isFalse();
        RedisURI uri = RedisURI.create(address.uris().get(0));
        assertThat(uri.getSentinelMasterId()).isEqualTo("my master");
        assertThat(uri.getDatabase()).isEqualTo(2);
        assertThat(uri.isSsl()).isTrue();
        assertThat(credentials(uri)).isEqualTo("gate p@ss");
        assertThat(uri.getSentinels()).extracting(RedisURI::getHost).containsExactly("one.example", "two.example");
        assertThat(uri.getSentinels()).extracting(RedisURI::getPort).containsExactly(26379, 26380);
        assertThat(uri.getSentinels()).allMatch(RedisURI::isSsl);
    }

    @Test
    void ofAClusterOverTls() {
        RedisAddress address = address(
                "spring.data.redis.cluster.nodes=one.example:6379,two.example:6380",
                "spring.data.redis.password=p@ss",
                "spring.data.redis.ssl.enabled=true");
        assertThat(address.cluster()).isTrue();
        assertThat(address.uris()).hasSize(2).map(RedisURI::create).allSatisfy(uri -> {
            assertThat(uri.isSsl()).isTrue();
            assertThat(credentials(uri)).isEqualTo("null p@ss");
        });
    }

    @Test
    void ofAUrlThatAsksForTls() {
        RedisURI uri = RedisURI.create(address("spring.data.redis.url=rediss://user:p%40ss@redis.example:6380")
                .uris()
                .get(0));
        assertThat(uri.getHost()).isEqualTo("redis.example");
        assertThat(uri.getPort()).isEqualTo(6380);
        assertThat(uri.isSsl()).isTrue();
        assertThat(credentials(uri)).isEqualTo("user p@ss");
    }

    @Test
    void ofAUrlThatAsksForNoTls() {
        RedisURI uri = RedisURI.create(address("spring.data.redis.url=redis://redis.example:6379")
                .uris()
                .get(0));
        assertThat(uri.isSsl()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spring.data.redis.host=2001:db8::1",
                "spring.data.redis.host=[2001:db8::1]",
                "spring.data.redis.url=redis://[2001:db8::1]:6379",
                "spring.data.redis.cluster.nodes=[2001:db8::1]:6379"
            })
    void ofAnIpv6Address(String property) {
        RedisURI uri = RedisURI.create(address(property).uris().get(0));
        assertThat(uri.getHost()).isEqualTo("[2001:db8::1]");
        assertThat(uri.getPort()).isEqualTo(6379);
    }

    @Test
    void isRefusedWhereNoUriCanSayIt() {
        assertRefused(
                "spring.data.redis.sentinel.password",
                "spring.data.redis.sentinel.master=mymaster",
                "spring.data.redis.sentinel.nodes=one.example:26379",
                "spring.data.redis.sentinel.password=secret");
        assertRefused(
                "spring.data.redis.sentinel.nodes",
                "spring.data.redis.sentinel.master=mymaster",
                "spring.data.redis.sentinel.nodes=[2001:db8::1]:26379,[2001:db8::2]:26379");
        assertRefused(
                "spring.data.redis.masterreplica.nodes",
                "spring.data.redis.masterreplica.nodes=one.example:6379,two.example:6379");
        DataRedisConnectionDetails ownCertificates = new DataRedisConnectionDetails() {
            @Override
            public SslBundle getSslBundle() {
                return SslBundle.of(SslStoreBundle.of(null, null, emptyStore()));
            }
        };
        assertThatThrownBy(() -> SluiceDataRedisAutoConfiguration.address(ownCertificates, true))
                .isInstanceOf(SluiceConfigurationException.class)
                .hasMessageContaining("spring.data.redis.ssl.bundle");
    }

    private void assertRefused(String message, String... properties) {
        application
                .withPropertyValues(properties)
                .run(context -> assertThatThrownBy(() -> context.getBean(RedisAddress.class))
                        .rootCause()
                        .isInstanceOf(SluiceConfigurationException.class)
                        .hasMessageContaining(message));
    }

    @Test
    void isNotLookedAtWhereTheApplicationHasABackendOfItsOwn() {
        application
                .withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class))
                .withBean(Backend.class, LocalBackend::create)
                .withPropertyValues(
                        "spring.data.redis.sentinel.master=mymaster",
                        "spring.data.redis.sentinel.nodes=one.example:26379",
                        "spring.data.redis.sentinel.password=secret")
                .run(context -> assertThat(context).hasNotFailed());
    }

    @Test
    void isLookedAtWhereALiveChangeNamesRedis() {
        SluiceProperties changed = Configured.with(
                Map.of("sluice.backend", "redis", "sluice.secret", "a secret of the tests, long enough"));
        ApplicationContextRunner onLocalBackend = application
                .withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class))
                .withPropertyValues("sluice.backend=local");
        onLocalBackend.run(context -> assertThatThrownBy(
                        () -> context.getBean(LiveConfiguration.class).apply(changed))
                .hasMessageStartingWith("sluice.backend is redis, but sluice.redis.uri is not set"));
        onLocalBackend
                .withPropertyValues("spring.data.redis.host=redis.example")
                .run(context -> context.getBean(LiveConfiguration.class).apply(changed));
    }

    private static KeyStore emptyStore() {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
