package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.sluice.Backend;
import io.sluice.Decision;
import io.sluice.Decision.Source;
import io.sluice.Limit;
import io.sluice.LimitContract;
import io.sluice.ManualTime;
import io.sluice.RateLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class RedisClusterLimitTest extends LimitContract {

    private static final Limit LIMIT = Limit.named("limit-of-a-day")
            .bandwidth(10, Duration.ofDays(1))
            .onOutage(Limit.OnOutage.CLOSED)
            .build();

    @AutoClose
    private static final RedisCluster cluster = RedisCluster.start();

    private static RedisBackend.Builder builder() {
        return RedisBackend.builder().cluster(cluster.masters().get(0).uri());
    }

    @Override
    protected Backend create(ManualTime time) {
        cluster.flush();
        return builder()
                .controlledTime(time)
                .decisionTimeout(Duration.ofSeconds(10))
                .build();
    }

    private static List<Decision> together(RateLimiter limiter, int callers) {
        List<CompletionStage<Decision>> pending = new ArrayList<>();
        for (int i = 0; i < callers; i++) {
            pending.add(limiter.tryAcquireAsync("caller-" + i));
        }
        return pending.stream()
                .map(CompletionStage::toCompletableFuture)
                .map(CompletableFuture::join)
                .toList();
    }

    @Test
    void callersAreSpreadOverAllMastersAndStillGoOutTogether() {
        cluster.flush();
        try (Backend backend = builder().decisionTimeout(Duration.ofSeconds(10)).build()) {
            RateLimiter limiter = RateLimiter.of(LIMIT, backend);
            assertThat(together(limiter, 100)).allMatch(Decision::allowed);
            List<Long> before = cluster.masters().stream()
                    .map(each -> each.calls("evalsha"))
                    .toList();
            assertThat(together(limiter, 2_000)).allMatch(decision -> decision.source() == Source.STORE);
            for (int i = 0; i < before.size(); i++) {
                long calls = cluster.masters().get(i).calls("evalsha") - before.get(i);
                assertThat(calls).isBetween(5L, 300L);
            }
        }
    }

    @Test
    void masterThatHangsTakesOnlyItsOwnCallersIntoTheOutage() {
        cluster.flush();
        try (Backend backend = builder().decisionTimeout(Duration.ofMillis(200)).build()) {
            RateLimiter limiter = RateLimiter.of(LIMIT, backend);
            Awaitility.await()
                    .until(() -> together(limiter, 100).stream().allMatch(each -> each.source() == Source.STORE));
            RedisServer lost = cluster.masters().get(2);
            lost.freeze();
            try {
                List<Decision> decisions = together(limiter, 1_000);
                assertThat(decisions)
                        .filteredOn(decision -> decision.source() == Source.STORE)
                        .hasSizeBetween(400, 950);
            } finally {
                lost.thaw();
            }
            Awaitility.await()
                    .atMost(Duration.ofSeconds(5))
                    .until(() -> together(limiter, 100).stream().allMatch(each -> each.source() == Source.STORE));
        }
    }

    @Test
    void clientOfTheCallersServesAndStaysOpen() {
        RedisClusterClient client =
                RedisClusterClient.create(cluster.masters().get(0).uri());
        try {
            try (Backend backend = RedisBackend.builder()
                    .client(client)
                    .decisionTimeout(Duration.ofSeconds(10))
                    .build()) {
                RateLimiter limiter = RateLimiter.of(LIMIT, backend);
                assertThat(together(limiter, 100)).allMatch(decision -> decision.source() == Source.STORE);
            }
            try (StatefulRedisClusterConnection<String, String> connection = client.connect()) {
                assertThat(connection.sync().ping()).isEqualTo("PONG");
            }
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        }
    }

    @Test
    void clusterNodeIsNotMistakenForAStandaloneRedis() {
        assertThatIllegalStateException()
                .isThrownBy(() -> RedisBackend.connect(cluster.masters().get(0).uri()))
                .withMessageContaining("cluster(");
    }

    @Test
    void nodeThatHasAllSlotsIsNotTakenForALoneRedis() {
        try (RedisServer node = RedisServer.start("--cluster-enabled", "yes")) {
            node.run(redis ->
                    redis.sync().clusterAddSlots(IntStream.range(0, 16_384).toArray()));
            Awaitility.await().until(() -> {
                String info = node.run(redis -> redis.sync().clusterInfo());
                return info.contains("cluster_state:ok");
            });
            assertThatIllegalStateException()
                    .isThrownBy(() -> RedisBackend.connect(node.uri()))
                    .withMessageContaining("it is a node of a cluster");
        }
    }
}
