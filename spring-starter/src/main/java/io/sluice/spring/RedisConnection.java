package io.sluice.spring;

import io.sluice.Backend;
import io.sluice.redis.RedisBackend;

/** Opens the backend on Redis that the properties describe; apart, so that Lettuce may be missing. */
final class RedisConnection {

    private RedisConnection() {}

    static Backend open(SluiceProperties properties) {
        String secret = properties.secret();
        if (secret == null || secret.isEmpty()) {
            throw new IllegalArgumentException(
                    "sluice.secret is not set, but with sluice.backend: redis all gateways need"
                            + " the same one, or a ticket of one is refused by the next. Set it to at least 16 bytes, for example"
                            + " from: openssl rand -hex 32");
        }
        SluiceProperties.RedisProperties redis = properties.redis();
        RedisBackend.Builder builder = RedisBackend.builder()
                .secret(secret)
                .decisionTimeout(redis.timeout())
                .keyPrefix(redis.keyPrefix());
        if (!redis.cluster().isEmpty()) {
            return builder.cluster(redis.cluster().toArray(String[]::new)).build();
        }
        if (redis.uri() == null) {
            throw new IllegalArgumentException("sluice.backend is redis, but sluice.redis.uri is not set; for example:"
                    + " sluice.redis.uri: redis://localhost:6379, or sluice.redis.cluster with the URIs of some nodes");
        }
        return builder.uri(redis.uri()).build();
    }
}
