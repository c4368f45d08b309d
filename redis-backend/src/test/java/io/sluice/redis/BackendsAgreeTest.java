package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Backend;
import io.sluice.Decision;
import io.sluice.Limit;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import io.sluice.RateLimiter;
import io.sluice.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Plays one random trace through the local backend and through Redis. Rates are whole microseconds a permit, so that
 * nothing is rounded.
 */
class BackendsAgreeTest {

    private static final String[] LIMITS = {
        "10/1s", "10/1s burst 3", "1/1s", "250/10ms burst 1000", "10/1s, 300/1m burst 50", "5/100ms, 20/1s, 100/1m"
    };
    private static final int STEPS = 1_500;
    private static final int CALLS_TOGETHER = 30;

    /** The first goes out alone, the others together. */
    private static final int TO_FILL_TWO_BATCHES = 9;

    @Test
    void sameTraceGetsTheSameDecisions() {
        try (RedisServer server = RedisServer.start()) {
            for (String limit : LIMITS) {
                Seeds.forAll(1, random -> play(server, Limit.parse("limit", limit), random));
            }
        }
    }

    private static void play(RedisServer server, Limit limit, Random random) {
        ManualTime time = new ManualTime();
        server.run(redis -> redis.sync().flushall());
        try (Backend local = LocalBackend.create(time);
                Backend redis = server.gateway(time)) {
            RateLimiter expected = RateLimiter.of(limit, local);
            RateLimiter actual = RateLimiter.of(limit, redis);
            for (int step = 0; step < STEPS; step++) {
                String key = "caller-" + random.nextInt(3);
                long permits = permits(limit, random);
                if (random.nextInt(20) == 0) {
                    expected.refund(key, permits);
                    actual.refund(key, permits);
                } else if (random.nextInt(50) == 0) {
                    long seed = random.nextLong();
                    String callers = "step-" + step;
                    assertThat(actual.tryAcquire(callers + 0, permits))
                            .isEqualTo(expected.tryAcquire(callers + 0, permits));
                    List<Decision> batch = inOneBatch(server, actual, limit, callers, new Random(seed));
                    assertThat(batch)
                            .as("%s, step %d", limit, step)
                            .isEqualTo(decisions(start(expected, limit, callers, new Random(seed))));
                } else {
                    Decision decision = actual.tryAcquire(key, permits);
                    assertThat(decision).as("%s, step %d", limit, step).isEqualTo(expected.tryAcquire(key, permits));
                }
                time.advance(pause(random));
            }
        }
    }

    private static long permits(Limit limit, Random random) {
        return random.nextInt(3) > 0 ? 1 : 1 + random.nextInt((int) Math.min(limit.maxPermits(), 10));
    }

    /**
     * While Redis stands still, two batches of others are on their way and all the rest waits and goes out in order: what
     * another thread than that of the connection sends may be overtaken by what follows an answer. The
     * callers are new ones, because what is remembered of a denial in the middle of a batch is a lower bound of the debt
     * after it, and would answer later calls of the trace.
     */
    private static List<Decision> inOneBatch(
            RedisServer server, RateLimiter limiter, Limit limit, String callers, Random random) {
        List<CompletableFuture<Decision>> pending;
        server.freeze();
        try {
            List<CompletionStage<Decision>> others = IntStream.range(0, TO_FILL_TWO_BATCHES)
                    .mapToObj(i -> limiter.tryAcquireAsync(callers + "other-" + i))
                    .toList();
            assertThat(others)
                    .noneMatch(decision -> decision.toCompletableFuture().isDone());
            pending = start(limiter, limit, callers, random);
        } finally {
            server.thaw();
        }
        return decisions(pending);
    }

    private static List<CompletableFuture<Decision>> start(
            RateLimiter limiter, Limit limit, String callers, Random random) {
        List<CompletableFuture<Decision>> pending = new ArrayList<>();
        for (int i = 0; i < CALLS_TOGETHER; i++) {
            pending.add(limiter.tryAcquireAsync(callers + random.nextInt(3), permits(limit, random))
                    .toCompletableFuture());
        }
        return pending;
    }

    private static List<Decision> decisions(List<CompletableFuture<Decision>> pending) {
        return pending.stream().map(CompletableFuture::join).toList();
    }

    private static Duration pause(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> Duration.ofNanos(1_000L * random.nextInt(1_000));
            case 1 -> Duration.ofMillis(random.nextInt(100));
            case 2 -> Duration.ofMillis(random.nextInt(1_500));
            default -> Duration.ZERO;
        };
    }
}
