package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.sluice.FaultyTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A gateway goes on when a task cannot be scheduled once, as for lack of a thread. */
class FailingTimerTest {

    private static final Duration DEADLINE = Duration.ofMillis(50);
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(200);
    private static final Duration HEARTBEAT_INTERVAL = Duration.ofSeconds(1);

    private final FaultyTime time = new FaultyTime();
    private final AtomicInteger probes = new AtomicInteger();
    private final OutageLog log = new OutageLog("Redis", "Redis", time, DEADLINE);
    private final Breaker breaker = new Breaker(() -> log, time, DEADLINE, this::probe);
    private boolean fails;

    private void failIfAsked() {
        if (fails) {
            throw new Error("unable to create native thread");
        }
    }

    private CompletableFuture<String> probe() {
        probes.incrementAndGet();
        failIfAsked();
        return CompletableFuture.completedFuture("1");
    }

    private void openTheBreaker() {
        for (int i = 0; i < 3; i++) {
            breaker.failed(new StoreTimeoutException(DEADLINE.toNanos()), time.nanoTime());
        }
    }

    @Test
    void breakerThatCannotBeProbedClosesAndOpensAtTheNextFailures() {
        time.beforeScheduling = this::failIfAsked;
        fails = true;
        openTheBreaker();
        assertThat(breaker.isOpen()).isFalse();
        fails = false;
        openTheBreaker();
        assertThat(breaker.isOpen()).isTrue();
        time.manual.advance(PROBE_INTERVAL);
        assertThat(breaker.isOpen()).isFalse();
    }

    @Test
    void probeThatCouldNotBeSentIsFollowedByAnother() {
        openTheBreaker();
        fails = true;
        time.manual.advance(PROBE_INTERVAL);
        assertThat(breaker.isOpen()).isTrue();
        fails = false;
        time.manual.advance(PROBE_INTERVAL);
        assertThat(probes).hasValue(2);
        assertThat(breaker.isOpen()).isFalse();
    }

    @Test
    void heartbeatThatCouldNotBeSentIsFollowedByAnother() {
        AtomicInteger beats = new AtomicInteger();
        try (RedisServer server = RedisServer.start();
                RedisClient client = RedisClient.create(server.uri())) {
            Gateways gateways = gateways(client, () -> {
                beats.incrementAndGet();
                failIfAsked();
                return false;
            });
            gateways.start(storeMicros -> {}).join();
            awaitNextBeat();
            fails = true;
            time.manual.advance(HEARTBEAT_INTERVAL);
            assertThat(gateways.unbrokenSinceMicros()).isEqualTo(Gateways.NEVER_MICROS);
            fails = false;
            time.manual.advance(HEARTBEAT_INTERVAL);
            assertThat(beats).hasValue(3);
        }
    }

    @Test
    void heartbeatThatCouldNotBeScheduledIsSentAllTheSame() {
        AtomicInteger beats = new AtomicInteger();
        time.beforeScheduling = () -> {
            time.beforeScheduling = () -> {};
            throw new Error("no memory for a task");
        };
        try (RedisServer server = RedisServer.start();
                RedisClient client = RedisClient.create(server.uri())) {
            Gateways gateways = gateways(client, () -> {
                beats.incrementAndGet();
                return false;
            });
            gateways.start(storeMicros -> {}).join();
            awaitNextBeat();
            assertThat(beats).hasValue(2);
            time.manual.advance(HEARTBEAT_INTERVAL);
            assertThat(beats).hasValue(3);
            gateways.leave();
        }
    }

    private Gateways gateways(RedisClient client, BooleanSupplier holdsMore) {
        return new Gateways(Link.open(client, () -> {}), time, "sluice", null, holdsMore, () -> {});
    }

    private void awaitNextBeat() {
        Awaitility.await().until(() -> !time.manual.scheduled().isEmpty());
    }

    @Test
    void callsGoOutAlthoughTheirDeadlineCouldNotBeScheduled() {
        List<List<Ask>> sent = new ArrayList<>();
        Lane lane = new Lane(
                new Lane.Store() {
                    @Override
                    public CompletableFuture<List<Long>> send(List<Ask> batch) {
                        sent.add(batch);
                        return new CompletableFuture<>();
                    }

                    @Override
                    public void answer(List<Ask> batch, long sentNanos, List<Long> debtMicros) {}

                    @Override
                    public void decideAlone(List<Ask> batch) {}
                },
                breaker,
                time,
                time,
                DEADLINE);
        time.beforeScheduling = this::failIfAsked;
        fails = true;
        Ask unused = lane.ask("ann", 1);
        assertThat(sent).hasSize(1);
    }
}
