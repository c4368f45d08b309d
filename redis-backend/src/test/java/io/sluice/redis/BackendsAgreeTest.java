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
import java.util.Random;
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
                Backend redis = RedisBackend.builder()
                        .uri(server.uri())
                        .controlledTime(time)
                        .decisionTimeout(Duration.ofSeconds(10))
                        .build()) {
            RateLimiter expected = RateLimiter.of(limit, local);
            RateLimiter actual = RateLimiter.of(limit, redis);
            for (int step = 0; step < STEPS; step++) {
                String key = "caller-" + random.nextInt(3);
                long permits = random.nextInt(3) > 0 ? 1 : 1 + random.nextInt((int) Math.min(limit.maxPermits(), 10));
                if (random.nextInt(20) == 0) {
                    expected.refund(key, permits);
                    actual.refund(key, permits);
                } else {
                    Decision decision = actual.tryAcquire(key, permits);
                    assertThat(decision).as("%s, step %d", limit, step).isEqualTo(expected.tryAcquire(key, permits));
                }
                time.advance(pause(random));
            }
        }
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
