package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bucket4j.BucketConfiguration;
import io.sluice.Decision;
import io.sluice.Decision.Source;
import io.sluice.Limit;
import io.sluice.Limit.OnOutage;
import io.sluice.RateLimiter;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a bad network between a gateway and Redis does to limits. */
class LinkFaultsTest {

    private static final Duration DEADLINE = Duration.ofMillis(100);

    /** What a busy machine may add to a deadline before a thread runs. */
    private static final Duration JITTER = Duration.ofMillis(300);

    private static final Duration RECOVERY = Duration.ofSeconds(2);

    private final RedisServer server = RedisServer.start();
    private final FaultProxy proxy = FaultProxy.to(server);
    private final RedisBackend gateway =
            RedisBackend.builder().uri(proxy.uri()).decisionTimeout(DEADLINE).build();

    @AfterEach
    void stop() {
        gateway.close();
        proxy.close();
        server.close();
    }

    private RateLimiter limiter(OnOutage onOutage) {
        return limiter("10/1d", onOutage);
    }

    private RateLimiter limiter(String bandwidths, OnOutage onOutage) {
        Limit.Builder limit = Limit.named("limit-" + onOutage).onOutage(onOutage);
        Limit.parse("limit", bandwidths).bandwidths().forEach(limit::bandwidth);
        RateLimiter limiter = RateLimiter.of(limit.build(), gateway);
        // The first call of a process loads classes.
        Awaitility.await().until(() -> limiter.tryAcquire("warm-up").source() == Source.STORE);
        return limiter;
    }

    private static void awaitStore(RateLimiter limiter) {
        Awaitility.await("the store decides")
                .atMost(RECOVERY)
                .pollInterval(Duration.ofMillis(10))
                .until(() -> limiter.tryAcquire("key-" + System.nanoTime()).source() == Source.STORE);
    }

    @Test
    void slowNetworkKeepsNobodyWaitingBeyondTheDeadline() {
        RateLimiter limiter = limiter(OnOutage.OPEN);
        proxy.delay(DEADLINE.multipliedBy(2));
        long longestNanos = 0;
        for (int i = 0; i < 20; i++) {
            long startNanos = System.nanoTime();
            assertThat(limiter.tryAcquire("caller-" + i).source()).isEqualTo(Source.OUTAGE_POLICY);
            longestNanos = Math.max(longestNanos, System.nanoTime() - startNanos);
        }
        assertThat(Duration.ofNanos(longestNanos)).isBetween(DEADLINE.dividedBy(2), DEADLINE.plus(JITTER));
        proxy.heal();
        awaitStore(limiter);
    }

    @Test
    void callWhoseReplyIsLostIsChargedOnce() throws InterruptedException {
        RateLimiter limiter = limiter(OnOutage.CLOSED);
        proxy.loseReplies();
        assertThat(limiter.tryAcquire("caller", 3).source()).isEqualTo(Source.OUTAGE_POLICY);
        proxy.awaitLostReply();
        proxy.heal();
        awaitStore(limiter);
        assertThat(limiter.tryAcquire("caller").remaining()).isEqualTo(10 - 3 - 1);
    }

    @Test
    void callWhoseReplyIsCutInTheMiddleIsChargedOnce() {
        RateLimiter limiter = limiter(OnOutage.CLOSED);
        for (int bytes = 0; bytes < 4; bytes++) {
            String caller = "caller-" + bytes;
            // The answer is "*1", then ":0".
            proxy.cutReplyAfter(bytes);
            assertThat(limiter.tryAcquire(caller, 3).source()).isEqualTo(Source.OUTAGE_POLICY);
            awaitStore(limiter);
            assertThat(limiter.tryAcquire(caller).remaining()).isEqualTo(10 - 3 - 1);
        }
    }

    @Test
    void connectionsThatBreakUnderLoadNeverLetMorePassThanTheLimitAndTheShare() throws InterruptedException {
        RateLimiter strict = limiter("50/1s burst 20", OnOutage.CLOSED);
        RateLimiter share = limiter("50/1s burst 20", OnOutage.LOCAL_SHARE);
        Tally ofStrict = new Tally();
        Tally ofShare = new Tally();
        long seed = Long.getLong("sluice.seed", System.nanoTime());
        Random random = new Random(seed);
        long startNanos = System.nanoTime();
        // Not at once: something is to be decided by the store, whatever breaks later.
        long nextFaultNanos = startNanos + TimeUnit.MILLISECONDS.toNanos(300);
        while (System.nanoTime() - startNanos < TimeUnit.SECONDS.toNanos(4)) {
            ofStrict.count(strict);
            ofShare.count(share);
            if (System.nanoTime() - nextFaultNanos >= 0) {
                nextFaultNanos = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(50 + random.nextInt(300));
                breakSomething(random);
            }
        }
        proxy.heal();
        ofStrict.awaitAll();
        ofShare.awaitAll();
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        String replay = "-Dsluice.seed=" + seed;
        // One gateway's share is the whole limit.
        assertThat((double) ofStrict.allowed.get()).as(replay).isBetween(1.0, 20 + 50 * seconds);
        assertThat((double) ofShare.allowed.get()).as(replay).isBetween(1.0, 2 * (20 + 50 * seconds));
        assertThat(gateway.outageDecisions()).as(replay).isPositive();
        assertThat(Duration.ofNanos(Math.max(ofStrict.longestNanos.get(), ofShare.longestNanos.get())))
                .as(replay)
                .isLessThan(DEADLINE.plus(JITTER));
        awaitStore(strict);
    }

    private void breakSomething(Random random) {
        proxy.heal();
        switch (random.nextInt(5)) {
            case 0 -> proxy.cut();
            case 1 -> proxy.cutReplyAfter(random.nextInt(20));
            case 2 -> proxy.delay(Duration.ofMillis(random.nextInt(150)));
            case 3 -> proxy.loseReplies();
            default -> {
                // Well for a while.
            }
        }
    }

    /** Asks for one caller again and again, 16 calls at a time. */
    private static final class Tally {
        private static final int IN_FLIGHT = 16;

        final AtomicLong allowed = new AtomicLong();
        final AtomicLong longestNanos = new AtomicLong();
        private final Semaphore inFlight = new Semaphore(IN_FLIGHT);

        void count(RateLimiter limiter) throws InterruptedException {
            inFlight.acquire();
            long startNanos = System.nanoTime();
            CompletionStage<Decision> pending = limiter.tryAcquireAsync("caller");
            pending.thenAccept(decision -> {
                if (decision.allowed()) {
                    allowed.incrementAndGet();
                }
                longestNanos.accumulateAndGet(System.nanoTime() - startNanos, Math::max);
                inFlight.release();
            });
        }

        void awaitAll() throws InterruptedException {
            assertThat(inFlight.tryAcquire(IN_FLIGHT, 10, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void hostThatVanishesForAMomentIsUsedAgainSoonAfter() {
        RateLimiter limiter = limiter(OnOutage.CLOSED);
        proxy.vanish();
        assertThat(limiter.tryAcquire("caller").source()).isEqualTo(Source.OUTAGE_POLICY);
        proxy.heal();
        awaitStore(limiter);
    }

    @Test
    void hostThatVanishesIsKeptOffTheRequestPathAndUsedAgainSoonAfterItIsBack() {
        RateLimiter limiter = limiter(OnOutage.CLOSED);
        proxy.vanish();
        // Long enough for reconnects to vanish too.
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
        int decisions = 0;
        while (System.nanoTime() < endNanos) {
            assertThat(limiter.tryAcquire("key-" + decisions++).source()).isEqualTo(Source.OUTAGE_POLICY);
        }
        assertThat(decisions).as("most did not wait for the deadline").isGreaterThan(1_000);
        proxy.heal();
        awaitStore(limiter);
    }

    @Test
    void masterThatHasBecomeAReplicaIsLeftForTheOneThatTheNameLeadsTo() {
        assertIsLeft(successor -> server.run(redis -> redis.sync().replicaof("127.0.0.1", successor.port())));
    }

    @Test
    void masterThatHasLostItsReplicasIsLeftForTheOneThatTheNameLeadsTo() {
        assertIsLeft(successor -> server.run(redis -> redis.sync().configSet("min-replicas-to-write", "1")));
    }

    /** The name leads to a successor, but connections stay until the old master takes no writes. */
    private void assertIsLeft(Consumer<RedisServer> refuseWrites) {
        try (RedisServer successor = RedisServer.start()) {
            RateLimiter limiter = limiter(OnOutage.CLOSED);
            RateLimiter general = RateLimiter.of(
                    Limit.named("general")
                            .configuration(BucketConfiguration.builder()
                                    .addLimit(
                                            limit -> limit.capacity(1_000_000).refillIntervally(1, Duration.ofDays(1)))
                                    .build())
                            .onOutage(OnOutage.CLOSED)
                            .build(),
                    gateway);
            Awaitility.await().until(() -> general.tryAcquire("warm-up").source() == Source.STORE);
            proxy.leadTo(successor);
            refuseWrites.accept(successor);
            Awaitility.await("the old master refuses")
                    .pollInterval(Duration.ofMillis(1))
                    .until(() -> limiter.tryAcquire("key-" + System.nanoTime()).source() == Source.OUTAGE_POLICY);
            awaitStore(limiter);
            awaitStore(general);
        }
    }

    @Test
    void backendClosesWhileTheHostIsGone() {
        limiter(OnOutage.CLOSED);
        proxy.vanish();
        long startNanos = System.nanoTime();
        gateway.close();
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofSeconds(5));
    }
}
