package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.Bound;
import io.sluice.Decision;
import io.sluice.Guard;
import io.sluice.GuardStore;
import io.sluice.Limit;
import io.sluice.RateLimiter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What several gateways share, and what a gateway is told that cannot start. */
class SharedStateTest {

    private final RedisServer server = RedisServer.start();
    private final List<RedisBackend> gateways = new ArrayList<>();

    @AfterEach
    void stop() {
        gateways.forEach(RedisBackend::close);
        server.close();
    }

    private RedisBackend gateway() {
        RedisBackend gateway = server.gateway(Duration.ofSeconds(10));
        gateways.add(gateway);
        return gateway;
    }

    private void awaitGateways(int count) {
        Awaitility.await().until(() -> gateways.stream().allMatch(each -> each.gateways() == count));
    }

    @Test
    void gatewaysShareTheLimit() {
        Limit limit = Limit.parse("limit", "10/1d");
        RateLimiter one = RateLimiter.of(limit, gateway());
        RateLimiter other = RateLimiter.of(limit, gateway());
        assertThat(one.tryAcquire("caller", 6).remaining()).isEqualTo(4);
        assertThat(other.tryAcquire("caller", 3).remaining()).isEqualTo(1);
        assertThat(one.tryAcquire("caller", 2).allowed()).isFalse();
    }

    @Test
    void underLoadNeverMoreThanBurstAndRatePass() {
        int keys = 20;
        Limit limit = Limit.parse("limit", "200/1s burst 20");
        List<RateLimiter> limiters = List.of(RateLimiter.of(limit, gateway()), RateLimiter.of(limit, gateway()));
        AtomicLongArray allowed = new AtomicLongArray(keys);
        Semaphore inFlight = new Semaphore(256);
        long startNanos = System.nanoTime();
        long lastNanos = startNanos;
        long stalledNanos = 0;
        for (int i = 0; lastNanos - startNanos < TimeUnit.SECONDS.toNanos(4); i++) {
            int key = i % keys;
            inFlight.acquireUninterruptibly();
            CompletionStage<Decision> pending = limiters.get(i / keys % 2).tryAcquireAsync("caller-" + key);
            pending.thenAccept(decision -> {
                if (decision.allowed()) {
                    allowed.incrementAndGet(key);
                }
                inFlight.release();
            });
            long nowNanos = System.nanoTime();
            // On a busy machine the callers may stand still. For longer than the burst lasts, that costs permits.
            stalledNanos += nowNanos - lastNanos > TimeUnit.MILLISECONDS.toNanos(50) ? nowNanos - lastNanos : 0;
            lastNanos = nowNanos;
        }
        inFlight.acquireUninterruptibly(256);
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        double calling = seconds - stalledNanos / 1e9;
        for (int key = 0; key < keys; key++) {
            assertThat((double) allowed.get(key)).isBetween(0.97 * 200 * calling, 20 + 200 * seconds);
        }
    }

    @Test
    void guardIsDividedAmongTheGatewaysAndAGrownShareLetsInWhoWaits() {
        Bound bound = Bound.of("guard", 4);
        Guard one = Guard.of(bound, gateway());
        RedisBackend leaving = gateway();
        awaitGateways(2);
        List<CompletableFuture<Guard.Permit>> pending = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            pending.add(one.acquireAsync("caller-" + i).toCompletableFuture());
        }
        assertThat(one.inFlight()).isEqualTo(2);
        assertThat(one.waiting()).isEqualTo(2);
        gateways.remove(leaving);
        leaving.close();
        awaitGateways(1);
        Awaitility.await().until(() -> one.inFlight() == 4);
        assertThat(pending).allMatch(CompletableFuture::isDone);
    }

    @Test
    void deadGatewayDoesNotCountForAsLongAsTheClockOfRedisWentBackAndLivingOnesDo() {
        gateway();
        gateway();
        awaitGateways(2);
        server.run(redis -> {
            String key = "sluice:gateways";
            double anHourAheadMillis = Instant.now().plus(Duration.ofHours(1)).toEpochMilli();
            redis.sync().zrange(key, 0, -1).forEach(living -> redis.sync().zadd(key, anHourAheadMillis, living));
            return redis.sync().zadd(key, anHourAheadMillis, "dead");
        });
        Awaitility.await()
                .during(Duration.ofSeconds(4))
                .until(() -> gateways.stream().allMatch(each -> each.gateways() >= 2));
        awaitGateways(2);
    }

    @Test
    void sharesOfAGuardAddUpToItsBound() {
        Bound bound = Bound.of("guard", 5);
        List<GuardStore> shares =
                Stream.generate(() -> gateway().guard(bound)).limit(3).toList();
        awaitGateways(3);
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(shares.stream().map(GuardStore::share)).containsExactlyInAnyOrder(2, 2, 1));
        gateways.remove(0).close();
        Awaitility.await()
                .untilAsserted(() -> assertThat(shares.stream().skip(1).map(GuardStore::share))
                        .containsExactlyInAnyOrder(3, 2));
    }

    @Test
    void storeThatIsNotThereIsNamed() {
        server.kill();
        assertThatThrownBy(() -> RedisBackend.connect(server.uri()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(Integer.toString(server.port()))
                .hasMessageContaining("is Redis running there");
        server.restart();
    }

    @Test
    void passwordThatIsMissingIsAskedForAndOneThatIsThereIsNotShown() {
        server.run(redis -> redis.sync().configSet("requirepass", "open sesame"));
        assertThatThrownBy(() -> RedisBackend.connect(server.uri())).hasMessageContaining("redis://user:password@");
        String uri = "redis://:wrong-secret@127.0.0.1:" + server.port();
        assertThatThrownBy(() -> RedisBackend.connect(uri))
                .hasMessageContaining("redis://user:password@")
                .hasMessageNotContaining("wrong-secret");
    }

    @Test
    void textThatIsNoUriIsRefusedWithAnExample() {
        assertThatThrownBy(() -> RedisBackend.connect("localhost"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("redis://host:6379");
    }
}
