package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Decision.Source;
import io.sluice.Limit;
import io.sluice.RateLimiter;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class SentinelTest {

    private static final Limit LIMIT = Limit.named("limit")
            .bandwidth(10, Duration.ofDays(1))
            .onOutage(Limit.OnOutage.CLOSED)
            .build();

    @Test
    void replicaThatBecomesMasterDecidesSoonWithTheDebtsItKnows() {
        try (ReplicatedRedis redis = ReplicatedRedis.start();
                RedisBackend gateway = connect(redis)) {
            RateLimiter limiter = RateLimiter.of(LIMIT, gateway);
            Awaitility.await().until(() -> limiter.tryAcquire("warm-up").source() == Source.STORE);
            assertThat(limiter.tryAcquire("early", 7).allowed()).isTrue();
            redis.awaitReplication();
            redis.cutReplication();
            assertThat(limiter.tryAcquire("early", 2).allowed()).isTrue();
            assertThat(limiter.tryAcquire("late", 10).allowed()).isTrue();

            redis.killMaster();
            assertThat(limiter.tryAcquire("other").source()).isEqualTo(Source.OUTAGE_POLICY);
            redis.awaitFailover();
            Awaitility.await("the store decides")
                    .atMost(Duration.ofSeconds(2))
                    .until(() -> limiter.tryAcquire("key-" + System.nanoTime()).source() == Source.STORE);
            // The last charges are lost, and no more than these.
            assertThat(limiter.tryAcquire("early").remaining()).isEqualTo(10 - 7 - 1);
            assertThat(permits(limiter, "late"))
                    .as("remembered by this gateway")
                    .isZero();
            try (RedisBackend fresh = connect(redis)) {
                RateLimiter freshLimiter = RateLimiter.of(LIMIT, fresh);
                Awaitility.await()
                        .until(() -> freshLimiter.tryAcquire("warm-up").source() == Source.STORE);
                assertThat(permits(freshLimiter, "late"))
                        .as("the burst, once more")
                        .isEqualTo(10);
            }
        }
    }

    private static RedisBackend connect(ReplicatedRedis redis) {
        return RedisBackend.builder()
                .uri(redis.uri())
                .decisionTimeout(Duration.ofMillis(300))
                .build();
    }

    private static int permits(RateLimiter limiter, String caller) {
        int permits = 0;
        while (limiter.tryAcquire(caller).allowed()) {
            permits++;
        }
        return permits;
    }
}
