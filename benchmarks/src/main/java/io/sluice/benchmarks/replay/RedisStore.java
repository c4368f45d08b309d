package io.sluice.benchmarks.replay;

import io.sluice.benchmarks.redis.EmbeddedRedis;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The Redis that all gateways of an arm share: one of its own, or a part of an existing one under its own prefix. */
final class RedisStore implements AutoCloseable {

    private final String uri;
    private final int timeoutMillis;
    private final @Nullable EmbeddedRedis own;

    private RedisStore(String uri, int timeoutMillis, @Nullable EmbeddedRedis own) {
        this.uri = uri;
        this.timeoutMillis = timeoutMillis;
        this.own = own;
    }

    static RedisStore open(Deployment deployment) {
        int timeoutMillis = deployment.redisTimeoutMillis();
        if (deployment.redisUri().isPresent()) {
            return new RedisStore(deployment.redisUri().get(), timeoutMillis, null);
        }
        EmbeddedRedis own = new EmbeddedRedis();
        return new RedisStore(own.uri(), timeoutMillis, own);
    }

    String uri() {
        return uri;
    }

    /** Returns the properties that gateways need to use it. */
    Map<String, Object> properties() {
        return Map.of(
                "sluice.backend",
                "redis",
                "sluice.redis.uri",
                uri,
                "sluice.redis.timeout",
                timeoutMillis + "ms",
                "sluice.redis.key-prefix",
                "replay-" + UUID.randomUUID());
    }

    /** Returns the CPU time of the process, if the arm has its own Redis. */
    Optional<Double> cpuSeconds() {
        return Optional.ofNullable(own)
                .map(redis -> Durations.toSeconds(redis.cpu().toNanos()));
    }

    void kill() {
        ownOrThrow().kill();
    }

    /** Starts an empty Redis in place of the killed one. */
    void restart() {
        ownOrThrow().restart();
    }

    private EmbeddedRedis ownOrThrow() {
        if (own == null) {
            throw new IllegalStateException("A Redis of the caller's is left alone");
        }
        return own;
    }

    @Override
    public void close() {
        if (own != null) {
            own.close();
        }
    }
}
