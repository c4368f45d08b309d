package io.sluice.benchmarks.redis;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.AsyncProxyManager;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.sluice.Limit;
import io.sluice.RateLimiter;
import io.sluice.redis.RedisBackend;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Who decides in {@link RedisLimiterBenchmark}: each allows one key so many permits a second, and at once. */
enum RedisContender {
    SLUICE {
        @Override
        Decider create(RedisClient client, int permits) {
            RedisBackend backend = RedisBackend.builder()
                    .client(client)
                    .decisionTimeout(Duration.ofSeconds(5))
                    .build();
            RateLimiter limiter = RateLimiter.of(Limit.of("benchmark", permits, Duration.ofSeconds(1)), backend);
            return decider(
                    key -> limiter.tryAcquireAsync(key).thenApply(decision -> decision.allowed()), backend::close);
        }
    },
    BUCKET4J {
        @Override
        Decider create(RedisClient client, int permits) {
            StatefulRedisConnection<String, byte[]> connection =
                    client.connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE));
            AsyncProxyManager<String> buckets = Bucket4jLettuce.casBasedBuilder(connection)
                    .expirationAfterWrite(
                            ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ofSeconds(1)))
                    .build()
                    .asAsync();
            CompletableFuture<BucketConfiguration> configuration =
                    CompletableFuture.completedFuture(BucketConfiguration.builder()
                            .addLimit(limit -> limit.capacity(permits).refillGreedy(permits, Duration.ofSeconds(1)))
                            .build());
            return decider(
                    key -> buckets.builder().build(key, () -> configuration).tryConsume(1), connection::close);
        }
    },
    GATEWAY_SCRIPT {
        @Override
        Decider create(RedisClient client, int permits) {
            StatefulRedisConnection<String, String> connection = client.connect();
            String script = connection.sync().scriptLoad(gatewayScript());
            String rate = Integer.toString(permits);
            return decider(
                    key -> connection
                            .async()
                            .<List<Long>>evalsha(
                                    script,
                                    ScriptOutputType.MULTI,
                                    new String[] {
                                        "request_rate_limiter.{" + key + "}.tokens",
                                        "request_rate_limiter.{" + key + "}.timestamp"
                                    },
                                    rate,
                                    rate,
                                    "",
                                    "1")
                            .thenApply(answer -> answer.get(0) == 1),
                    connection::close);
        }
    },
    /** No decision at all: what a round trip costs. */
    PLAIN_GET {
        @Override
        Decider create(RedisClient client, int permits) {
            StatefulRedisConnection<String, String> connection = client.connect();
            return decider(key -> connection.async().get(key).thenApply(value -> true), connection::close);
        }
    };

    /** Decides on a caller. */
    interface Decider extends AutoCloseable {

        CompletionStage<Boolean> tryAcquire(String key);

        @Override
        void close();
    }

    private interface Call {
        CompletionStage<Boolean> tryAcquire(String key);
    }

    abstract Decider create(RedisClient client, int permits);

    private static Decider decider(Call call, Runnable closing) {
        return new Decider() {
            @Override
            public CompletionStage<Boolean> tryAcquire(String key) {
                return call.tryAcquire(key);
            }

            @Override
            public void close() {
                closing.run();
            }
        };
    }

    /** Read from Spring Cloud Gateway's own jar. */
    private static String gatewayScript() {
        try (InputStream in = RedisContender.class.getResourceAsStream("/META-INF/scripts/request_rate_limiter.lua")) {
            if (in == null) {
                throw new IllegalStateException("Spring Cloud Gateway's script is not on the classpath");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
