package io.sluice.benchmarks.redis;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.AsyncProxyManager;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.netty.channel.Channel;
import io.sluice.Decision;
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
import java.util.concurrent.atomic.AtomicInteger;
import org.redisson.Redisson;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;
import org.redisson.client.DefaultNettyHook;
import org.redisson.config.Config;

/** The contenders of {@link RedisLimiterBenchmark}. */
enum RedisContender {
    SLUICE {
        @Override
        Decider create(Target target, Rule rule, List<String> keys) {
            Target.Client client = target.newClient();
            RedisBackend backend = RedisBackend.builder()
                    .client(client.redis())
                    .decisionTimeout(Duration.ofSeconds(5))
                    .secret("a secret, as every gateway of the starter has one")
                    .build();
            Limit limit = Limit.named("benchmark")
                    .bandwidth(rule.perSecond(), SECOND, rule.burst())
                    .build();
            RateLimiter limiter = RateLimiter.of(limit, backend);
            return decider(key -> limiter.tryAcquireAsync(key).thenApply(RedisContender::allowed), () -> {
                backend.close();
                client.close();
            });
        }
    },
    BUCKET4J {
        @Override
        Decider create(Target target, Rule rule, List<String> keys) {
            Target.Client client = target.newClient();
            StatefulRedisConnection<String, byte[]> connection =
                    client.redis().connect(RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE));
            AsyncProxyManager<String> buckets = Bucket4jLettuce.casBasedBuilder(connection)
                    .expirationAfterWrite(ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(SECOND))
                    .build()
                    .asAsync();
            CompletableFuture<BucketConfiguration> configuration =
                    CompletableFuture.completedFuture(BucketConfiguration.builder()
                            .addLimit(limit -> limit.capacity(rule.burst()).refillGreedy(rule.perSecond(), SECOND))
                            .build());
            return decider(
                    key -> buckets.builder().build(key, () -> configuration).tryConsume(1), client::close);
        }

        /** A GET and a script, which has a GET in it unless it only has a SET. */
        @Override
        long sentByClients(RedisProbe.Work work) {
            return work.calls("get") + work.calls("set");
        }
    },
    /** Uses its own connections, up to 64. Knows no burst. */
    REDISSON {
        @Override
        Decider create(Target target, Rule rule, List<String> keys) {
            Config config = new Config();
            config.useSingleServer().setAddress(target.uri());
            if (target.consolidated()) {
                config.setNettyHook(new DefaultNettyHook() {
                    @Override
                    public void afterChannelInitialization(Channel channel) {
                        Target.consolidate(channel);
                    }
                });
            }
            RedissonClient redisson = Redisson.create(config);
            forEach(
                    keys,
                    key -> redisson.getRateLimiter(key).trySetRateAsync(RateType.OVERALL, rule.perSecond(), SECOND));
            return decider(key -> redisson.getRateLimiter(key).tryAcquireAsync(), redisson::shutdown);
        }
    },
    GATEWAY_SCRIPT {
        @Override
        Decider create(Target target, Rule rule, List<String> keys) {
            Target.Client client = target.newClient();
            StatefulRedisConnection<String, String> connection = client.redis().connect();
            String script = connection.sync().scriptLoad(gatewayScript());
            String rate = Integer.toString(rule.perSecond());
            String burst = Integer.toString(rule.burst());
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
                                    burst,
                                    "",
                                    "1")
                            .thenApply(answer -> answer.get(0) == 1),
                    client::close);
        }
    },
    /** No decision at all: the cost of a round trip. */
    PLAIN_GET {
        @Override
        Decider create(Target target, Rule rule, List<String> keys) {
            Target.Client client = target.newClient();
            StatefulRedisConnection<String, String> connection = client.redis().connect();
            return decider(key -> connection.async().get(key).thenApply(value -> true), client::close);
        }

        @Override
        long sentByClients(RedisProbe.Work work) {
            return work.commands();
        }
    };

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final int PREPARED_AT_ONCE = 256;

    /** What a caller may do: {@code perSecond} calls a second, and {@code burst} at once. */
    record Rule(int perSecond, int burst) {}

    /** Decides on a caller. */
    interface Decider extends AutoCloseable {

        CompletionStage<Boolean> tryAcquire(String key);

        @Override
        void close();
    }

    private interface Call {
        CompletionStage<Boolean> tryAcquire(String key);
    }

    /**
     * Opens a decider.
     *
     * @param keys all keys that will come, for contenders that must know them before
     */
    abstract Decider create(Target target, Rule rule, List<String> keys);

    /** Returns how many of the commands were sent by clients, and not called inside scripts. */
    long sentByClients(RedisProbe.Work work) {
        return work.scripts();
    }

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

    private static boolean allowed(Decision decision) {
        if (decision.source() == Decision.Source.OUTAGE_POLICY) {
            throw new IllegalStateException("Redis did not decide");
        }
        return decision.allowed();
    }

    private interface Preparation {
        CompletionStage<?> of(String key);
    }

    private static void forEach(List<String> keys, Preparation preparation) {
        AtomicInteger next = new AtomicInteger();
        try {
            Load load = Load.counting(
                    keys.size(), PREPARED_AT_ONCE, random -> preparation.of(keys.get(next.getAndIncrement())));
            if (load.failed() > 0) {
                throw new IllegalStateException(load.failed() + " keys could not be prepared");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while the keys were prepared", e);
        }
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
