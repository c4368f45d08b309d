package io.sluice.benchmarks;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.Bucket;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import io.github.resilience4j.ratelimiter.RateLimiterRegistry;
import io.sluice.Limit;
import io.sluice.LocalBackend;
import io.sluice.RateLimiter;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/** The contenders of {@link LimiterBenchmark}: one token bucket per key, bounded where the library can be. */
public enum LimiterContender {
    SLUICE {
        @Override
        Decider create(long permits, Duration period, int maxKeys) {
            return sluice(Limit.named("one")
                    .bandwidth(permits, period)
                    .maxKeys(maxKeys)
                    .build());
        }
    },
    SLUICE_TWO_BANDWIDTHS {
        @Override
        Decider create(long permits, Duration period, int maxKeys) {
            return sluice(Limit.named("two")
                    .bandwidth(permits, period)
                    .bandwidth(30 * permits, period.multipliedBy(60))
                    .maxKeys(maxKeys)
                    .build());
        }
    },
    BUCKET4J_IN_CAFFEINE {
        @Override
        Decider create(long permits, Duration period, int maxKeys) {
            Cache<String, Bucket> buckets = Caffeine.newBuilder()
                    .maximumSize(maxKeys)
                    .expireAfterAccess(period.plusMinutes(1))
                    .build();
            // Made once: as a part of the call it would be allocated for each decision.
            Function<String, Bucket> newBucket = absent -> Bucket.builder()
                    .addLimit(limit -> limit.capacity(permits).refillGreedy(permits, period))
                    .build();
            return key -> buckets.get(key, newBucket).tryConsume(1);
        }
    },
    RESILIENCE4J {
        @Override
        Decider create(long permits, Duration period, int maxKeys) {
            RateLimiterRegistry limiters = RateLimiterRegistry.of(RateLimiterConfig.custom()
                    .limitForPeriod(Math.toIntExact(permits))
                    .limitRefreshPeriod(period)
                    .timeoutDuration(Duration.ZERO)
                    .build());
            return key -> limiters.rateLimiter(key).acquirePermission();
        }
    },
    GUAVA_IN_CONCURRENT_HASH_MAP {
        @Override
        @SuppressWarnings("UnstableApiUsage")
        Decider create(long permits, Duration period, int maxKeys) {
            ConcurrentHashMap<String, com.google.common.util.concurrent.RateLimiter> limiters =
                    new ConcurrentHashMap<>(maxKeys);
            double permitsPerSecond = permits * 1e9 / period.toNanos();
            // Made once, as with Bucket4j.
            Function<String, com.google.common.util.concurrent.RateLimiter> newLimiter =
                    absent -> com.google.common.util.concurrent.RateLimiter.create(permitsPerSecond);
            return key -> limiters.computeIfAbsent(key, newLimiter).tryAcquire();
        }
    },
    /** The least that any limiter must do: read the clock, compute, compare and set. No key, one caller for all. */
    KEYLESS_FLOOR {
        @Override
        Decider create(long permits, Duration period, int maxKeys) {
            AtomicLong tatNanos = new AtomicLong(System.nanoTime());
            long costNanos = period.toNanos() / permits;
            long toleranceNanos = period.toNanos();
            return key -> {
                while (true) {
                    long tat = tatNanos.get();
                    long now = System.nanoTime();
                    long charged = Math.max(tat, now) + costNanos;
                    if (charged - now > toleranceNanos) {
                        return false;
                    }
                    if (tatNanos.compareAndSet(tat, charged)) {
                        return true;
                    }
                }
            };
        }
    };

    /** Takes one permit. */
    interface Decider {
        boolean tryAcquire(String key);
    }

    /** Returns a limiter of {@code permits} per period and key, with room for {@code maxKeys} keys. */
    abstract Decider create(long permits, Duration period, int maxKeys);

    private static Decider sluice(Limit limit) {
        RateLimiter limiter = RateLimiter.of(limit, LocalBackend.create());
        return key -> Limit.isAllowed(limiter.tryAcquireVerdict(key, 1));
    }
}
