package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.lettuce.core.SetArgs;
import io.sluice.Backend;
import io.sluice.Decision;
import io.sluice.Decision.Source;
import io.sluice.Limit;
import io.sluice.LocalBackend;
import io.sluice.RateLimiter;
import io.sluice.Room;
import io.sluice.Signer;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the loss of one master of a cluster does, to its own callers and rooms and to the others'. */
class ClusterOutageTest {

    private static final int LOST = 1;
    private static final Limit LIMIT = Limit.named("limit")
            .bandwidth(1_000_000, Duration.ofDays(1))
            .onOutage(Limit.OnOutage.CLOSED)
            .build();
    private static final LimitKeys KEYS = new LimitKeys("sluice", "l", "limit", new CallerKeys(null));

    private static RedisBackend connect(RedisCluster cluster) {
        String[] nodes = cluster.masters().stream().map(RedisServer::uri).toArray(String[]::new);
        return RedisBackend.builder()
                .cluster(nodes)
                .decisionTimeout(Duration.ofMillis(300))
                .build();
    }

    private static List<String> callers(RedisCluster cluster, boolean ofTheLost) {
        return IntStream.range(0, 200)
                .mapToObj(i -> "caller-" + i)
                .filter(caller -> (cluster.masterOf(KEYS.of(caller)) == LOST) == ofTheLost)
                .toList();
    }

    private static WaitingRoom room(RedisCluster cluster, RedisBackend gateway, int master) {
        String name = IntStream.range(0, 1_000)
                .mapToObj(i -> "sale-" + i)
                .filter(each -> cluster.masterOf("{room:" + each + "}") == master)
                .findFirst()
                .orElseThrow();
        Signer signer = Signer.of("a secret of the tests, long enough");
        return WaitingRoom.of(Room.named(name).capacity(1).build(), gateway, signer);
    }

    private static List<Source> sources(RateLimiter limiter, List<String> callers) {
        List<CompletionStage<Decision>> pending = new ArrayList<>();
        callers.forEach(caller -> pending.add(limiter.tryAcquireAsync(caller)));
        return pending.stream()
                .map(CompletionStage::toCompletableFuture)
                .map(CompletableFuture::join)
                .map(Decision::source)
                .toList();
    }

    private static boolean isDecidedByStore(RateLimiter limiter, List<String> callers) {
        return sources(limiter, callers).stream().allMatch(source -> source == Source.STORE);
    }

    private static ConditionFactory soon() {
        return Awaitility.await()
                .pollInterval(Duration.ofMillis(20))
                .atMost(Duration.ofSeconds(2))
                .ignoreExceptions();
    }

    @Test
    void replicaThatTakesOverServesLimitsAndRoomsSoonAndTheOtherMastersNoticeNothing() {
        try (RedisCluster cluster = RedisCluster.startWithReplicas();
                RedisBackend gateway = connect(cluster)) {
            RateLimiter limiter = RateLimiter.of(LIMIT, gateway);
            List<String> lost = callers(cluster, true);
            List<String> others = callers(cluster, false);
            Awaitility.await().until(() -> isDecidedByStore(limiter, lost) && isDecidedByStore(limiter, others));
            WaitingRoom lostRoom = room(cluster, gateway, LOST);
            WaitingRoom otherRoom = room(cluster, gateway, 0);
            Ticket waiting = entersAndWaits(lostRoom);
            entersAndWaits(otherRoom);

            cluster.masters().get(LOST).kill();
            long outageUntilNanos = System.nanoTime() + Duration.ofSeconds(1).toNanos();
            for (int i = 0; System.nanoTime() < outageUntilNanos; i++) {
                assertThat(sources(limiter, others)).containsOnly(Source.STORE);
                assertThat(otherRoom.join("visitor-" + i).standing().position()).isEqualTo(2L + i);
            }
            assertThat(sources(limiter, lost)).containsOnly(Source.OUTAGE_POLICY);

            cluster.awaitFailover(LOST, KEYS.of(lost.get(0)));
            soon().until(() -> isDecidedByStore(limiter, lost));
            assertThat(sources(limiter, others)).containsOnly(Source.STORE);
            soon().until(() -> lostRoom.join("cem").standing().position() == 2);
            assertThat(lostRoom.status(waiting.token()).position()).isEqualTo(1);
        }
    }

    @Test
    void otherNodesAreAskedForTheTopologyWhileAMasterTakesNoWrites() {
        try (RedisCluster cluster = RedisCluster.start();
                RedisBackend gateway = connect(cluster)) {
            RateLimiter limiter = RateLimiter.of(LIMIT, gateway);
            List<String> lost = callers(cluster, true);
            Awaitility.await().until(() -> isDecidedByStore(limiter, lost));
            RedisServer another = cluster.masters().get(0);
            long before = another.calls("cluster|nodes");
            // As after a partition that has cut it off from its replicas.
            cluster.masters().get(LOST).run(redis -> redis.sync().configSet("min-replicas-to-write", "1"));
            Awaitility.await("more often than every 15 s").until(() -> {
                assertThat(sources(limiter, lost)).containsOnly(Source.OUTAGE_POLICY);
                return another.calls("cluster|nodes") - before > 3;
            });
        }
    }

    @Test
    void gatewayIsNotAvailableWhileTheMasterOfARoomIsAway() {
        try (RedisCluster cluster = RedisCluster.start();
                RedisBackend gateway = connect(cluster)) {
            WaitingRoom room = room(cluster, gateway, LOST);
            entersAndWaits(room);
            Awaitility.await().until(gateway::isAvailable);
            RedisServer lost = cluster.masters().get(LOST);
            lost.freeze();
            try {
                Awaitility.await().until(() -> {
                    room.join("cem");
                    return !gateway.isAvailable();
                });
            } finally {
                lost.thaw();
            }
            Awaitility.await().until(gateway::isAvailable);
        }
    }

    /** Returns the ticket of who waits. */
    private static Ticket entersAndWaits(WaitingRoom room) {
        Awaitility.await().ignoreExceptions().until(() -> room.admit("ann").pass(), Objects::nonNull);
        return room.join("ben");
    }

    @Nested
    @DisplayName("a gateway that starts")
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Starting {

        private final RedisCluster cluster = RedisCluster.start();
        private final RedisServer lost = cluster.masters().get(LOST);

        @AfterAll
        void stop() {
            cluster.close();
        }

        private void assertOthersAreServed(RateLimiter limiter) {
            Awaitility.await().until(() -> isDecidedByStore(limiter, callers(cluster, false)));
            assertThat(sources(limiter, callers(cluster, true))).containsOnly(Source.OUTAGE_POLICY);
        }

        @Test
        void whileAMasterIsAwayServesTheOthersCallersAndItsOwnSoonAfterItIsBack() {
            lost.kill();
            try (RedisBackend gateway = connect(cluster)) {
                RateLimiter limiter = RateLimiter.of(LIMIT, gateway);
                assertOthersAreServed(limiter);
                lost.restart();
                String key = KEYS.of(callers(cluster, true).get(0));
                Awaitility.await("a fresh client can write")
                        .ignoreExceptions()
                        .until(() -> lost.run(redis -> redis.sync().set(key, "", SetArgs.Builder.px(1)))
                                .equals("OK"));
                soon().until(() -> isDecidedByStore(limiter, callers(cluster, true)));
            }
        }

        @Test
        void whileAMasterHangsServesTheOthersCallers() {
            lost.freeze();
            try (RedisBackend gateway = connect(cluster)) {
                assertOthersAreServed(RateLimiter.of(LIMIT, gateway));
            } finally {
                lost.thaw();
            }
        }
    }

    @Test
    void gatewayThatStartsWhileTheMasterOfTheHeartbeatIsAwayTakesTheTimeOfRedisLater() {
        try (RedisCluster cluster = RedisCluster.start();
                Backend machine = LocalBackend.create()) {
            RedisServer heart = cluster.masters().get(cluster.masterOf("sluice:gateways"));
            heart.kill();
            StoreTime wrong = new StoreTime(machine.time());
            wrong.set(machine.time().epochMicros() + TimeUnit.HOURS.toMicros(1));
            try (RedisBackend gateway = RedisBackend.builder()
                    .cluster(cluster.masters().stream().map(RedisServer::uri).toArray(String[]::new))
                    .machineTime(wrong)
                    .build()) {
                heart.restart();
                Awaitility.await()
                        .until(() -> Math.abs(gateway.time().epochMicros()
                                        - machine.time().epochMicros())
                                < TimeUnit.MINUTES.toMicros(1));
            }
        }
    }

    @Test
    void masterThatIsAwayIsNamedOnceHoweverManyBreakersStandBeforeIt() {
        try (LogLines log = new LogLines();
                RedisCluster cluster = RedisCluster.start();
                RedisBackend gateway = connect(cluster)) {
            RateLimiter limiter = RateLimiter.of(LIMIT, gateway);
            WaitingRoom room = room(cluster, gateway, LOST);
            List<String> lost = callers(cluster, true);
            assertThat(lost.stream().map(KEYS::name).map(LimitKeys::tag).distinct())
                    .hasSizeGreaterThan(3);
            Awaitility.await().until(() -> isDecidedByStore(limiter, lost));
            entersAndWaits(room);
            RedisServer master = cluster.masters().get(LOST);
            master.kill();
            for (int i = 0; i < 4; i++) {
                assertThat(sources(limiter, lost)).containsOnly(Source.OUTAGE_POLICY);
                room.join("cem");
            }
            assertThat(log.of(OutageLog.class))
                    .singleElement()
                    .asString()
                    .startsWith("WARN The Redis node 127.0.0.1:" + master.port() + " does not answer (");
            master.restart();
            Awaitility.await().until(gateway::isAvailable);
            assertThat(log.of(OutageLog.class))
                    .hasSize(2)
                    .last()
                    .isEqualTo("INFO The Redis node 127.0.0.1:" + master.port()
                            + ", or the one in its place, answers again");
        }
    }

    @Test
    void gatewayDoesNotStartWhileAllMastersAreAway() {
        RedisServer gone = RedisServer.start();
        gone.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> RedisBackend.builder().cluster(gone.uri()).build())
                .withMessageContaining(Integer.toString(gone.port()))
                .withMessageContaining("is Redis running there");
    }
}
