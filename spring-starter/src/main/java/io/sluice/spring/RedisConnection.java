package io.sluice.spring;

import io.sluice.Backend;
import io.sluice.redis.RedisBackend;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Opens the backend on Redis that the properties describe. A class of its own, so that Lettuce may be missing. */
final class RedisConnection {

    private RedisConnection() {}

    static Backend open(SluiceProperties properties, Supplier<@Nullable RedisAddress> otherwise) {
        RedisBackend.Builder builder = builder(properties, otherwise);
        try {
            return builder.build();
        } catch (IllegalStateException e) {
            throw new SluiceConfigurationException(
                    String.valueOf(e.getMessage()),
                    "Correct sluice.redis, or spring.data.redis if that names the Redis, or start it.",
                    e);
        }
    }

    /** Refuses what {@link #open} refuses before it connects. */
    static void check(SluiceProperties properties, Supplier<@Nullable RedisAddress> otherwise) {
        var unused = builder(properties, otherwise);
    }

    /**
     * Returns what connects to the Redis that the properties describe.
     *
     * @param otherwise where Redis is if {@code sluice.redis} does not say so
     * @throws SluiceConfigurationException if a value cannot be used; the message names its property
     */
    private static RedisBackend.Builder builder(
            SluiceProperties properties, Supplier<@Nullable RedisAddress> otherwise) {
        String secret = properties.secret();
        if (secret == null || secret.isEmpty()) {
            throw new SluiceConfigurationException(
                    "sluice.secret is not set, but with sluice.backend: redis all gateways need the same one,"
                            + " or a ticket of one is refused by the next",
                    "Set sluice.secret to at least 16 bytes, for example from: openssl rand -hex 32");
        }
        SluiceProperties.RedisProperties redis = properties.redis();
        RedisBackend.Builder builder = RedisBackend.builder();
        SluiceConfigurationException.under("sluice.secret", () -> builder.secret(secret));
        SluiceConfigurationException.under("sluice.redis.timeout", () -> builder.decisionTimeout(redis.timeout()));
        SluiceConfigurationException.under("sluice.redis.key-prefix", () -> builder.keyPrefix(redis.keyPrefix()));
        RedisAddress address = RedisAddress.of(redis);
        if (address != null) {
            String property = address.cluster() ? "sluice.redis.cluster" : "sluice.redis.uri";
            return SluiceConfigurationException.under(property, () -> at(address, builder));
        }
        RedisAddress other = otherwise.get();
        if (other == null) {
            throw new SluiceConfigurationException(
                    "sluice.backend is redis, but sluice.redis.uri is not set",
                    "Set sluice.redis.uri, such as redis://localhost:6379, or sluice.redis.cluster with the URIs of some"
                            + " nodes, or spring.data.redis where the application has Spring Data Redis.");
        }
        return SluiceConfigurationException.under("spring.data.redis", () -> at(other, builder));
    }

    private static RedisBackend.Builder at(RedisAddress address, RedisBackend.Builder builder) {
        return address.cluster()
                ? builder.cluster(address.uris().toArray(String[]::new))
                : builder.uri(address.uris().get(0));
    }
}
