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
    void replicaThatBecomesMasterDecidesWithTheDebtsItKnows() {
        String key = new LimitKeys("sluice", "l", "limit", new CallerKeys(null)).of("caller");
        try (RedisServer master = RedisServer.start();
                RedisServer replica = RedisServer.start("--replicaof", "127.0.0.1 " + master.port());
                RedisServer sentinel = RedisServer.startSentinel(master)) {
            Awaitility.await("Sentinel knows the replica")
                    .atMost(Duration.ofSeconds(30))
                    .until(() ->
                            sentinel.run(redis -> redis.sync().info("sentinel")).contains("slaves=1"));
            try (RedisBackend backend =
                    RedisBackend.connect("redis-sentinel://127.0.0.1:" + sentinel.port() + "/0#mymaster")) {
                RateLimiter limiter = RateLimiter.of(LIMIT, backend);
                Awaitility.await().until(() -> limiter.tryAcquire("warm-up").source() == Source.STORE);
                assertThat(limiter.tryAcquire("caller", 7).allowed()).isTrue();
                Awaitility.await("the replica has it")
                        .until(() -> replica.run(redis -> redis.sync().exists(key)) == 1);
                master.kill();
                assertThat(limiter.tryAcquire("other").source()).isEqualTo(Source.OUTAGE_POLICY);
                Awaitility.await("failover")
                        .atMost(Duration.ofSeconds(20))
                        .until(() ->
                                limiter.tryAcquire("key-" + System.nanoTime()).source() == Source.STORE);
                assertThat(limiter.tryAcquire("caller").remaining()).isEqualTo(2);
            }
        }
    }
}
