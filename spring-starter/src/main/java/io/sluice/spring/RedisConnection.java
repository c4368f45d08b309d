package io.sluice.spring;

import io.sluice.Backend;
import io.sluice.redis.RedisBackend;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Opens the backend on Redis that the properties describe. A class of its own, so that Lettuce may be missing. */
final class RedisConnection {

    private RedisConnection() {}

    static Backend open(SluiceProperties properties, Supplier<@Nullable RedisAddress> otherwise) {
        String secret = properties.secret();
        if (secret == null || secret.isEmpty()) {
            throw new SluiceConfigurationException(
                    "sluice.secret is not set, but with sluice.backend: redis all gateways need the same one,"
                            + " or a ticket of one is refused by the next",
                    "Set sluice.secret to at least 16 bytes, for example from: openssl rand -hex 32");
        }
        SluiceProperties.RedisProperties redis = properties.redis();
        RedisBackend.Builder builder = RedisBackend.builder()
                .secret(secret)
                .decisionTimeout(redis.timeout())
                .keyPrefix(redis.keyPrefix());
        RedisAddress address = RedisAddress.of(redis);
        if (address == null) {
            address = otherwise.get();
        }
        if (address == null) {
            throw new SluiceConfigurationException(
                    "sluice.backend is redis, but sluice.redis.uri is not set",
                    "Set sluice.redis.uri, such as redis://localhost:6379, or sluice.redis.cluster with the URIs of some"
                            + " nodes, or spring.data.redis where the application has Spring Data Redis.");
        }
        try {
            return address.cluster()
                    ? builder.cluster(address.uris().toArray(String[]::new)).build()
                    : builder.uri(address.uris().get(0)).build();
        } catch (IllegalStateException e) {
            throw new SluiceConfigurationException(
                    String.valueOf(e.getMessage()),
                    "Correct sluice.redis, or spring.data.redis if that names the Redis, or start it.",
                    e);
        }
    }
}
