package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Pass;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.Signer;
import io.sluice.Standing;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A full room on three gateways whose Redis is killed and comes back empty, on the machine's time. */
class RoomLossTest {

    private static final int CAPACITY = 100;
    private static final int WAITING = 500;

    /** How many come while Redis is frozen, some of them again and again. */
    private static final int LATER = 100;

    private static final Duration DEADLINE = Duration.ofMillis(500);
    private static final Room ROOM = Room.named("sale").capacity(CAPACITY).build();

    private final RedisServer server = RedisServer.start();
    private final List<RedisBackend> backends = new ArrayList<>();
    private final List<WaitingRoom> gateways = new ArrayList<>();
    private final Map<String, Pass> passes = new LinkedHashMap<>();
    private final Map<String, String> tickets = new LinkedHashMap<>();

    @AfterEach
    void stop() {
        backends.forEach(RedisBackend::close);
        server.close();
    }

    private void startGateways(int count) {
        for (int i = 0; i < count; i++) {
            RedisBackend backend = server.gateway(DEADLINE);
            backends.add(backend);
            gateways.add(WaitingRoom.of(ROOM, backend, Signer.of("a secret of the tests, long enough")));
        }
        Awaitility.await().until(() -> backends.stream().allMatch(backend -> backend.gateways() == count));
    }

    private void fill() {
        for (int i = 0; i < CAPACITY; i++) {
            String visitor = "inside-" + i;
            passes.put(visitor, Objects.requireNonNull(gateway(i).admit(visitor).pass(), "not straight in"));
        }
        for (int i = 0; i < WAITING; i++) {
            tickets.put("waiting-" + i, gateway(i).join("waiting-" + i).token());
        }
        Awaitility.await().until(() -> gateways.stream().allMatch(this::knowsAll));
    }

    private boolean knowsAll(WaitingRoom gateway) {
        RoomSnapshot snapshot = Objects.requireNonNull(gateway.snapshot());
        return snapshot.inside() == CAPACITY && snapshot.issued() == CAPACITY + WAITING;
    }

    private WaitingRoom gateway(int i) {
        return gateways.get(i % gateways.size());
    }

    private void loseEverything() {
        server.kill();
        server.restart();
    }

    /** From the moment when Redis can be written to again. */
    private void expectThatServiceResumes() {
        String newcomer = "newcomer";
        Ticket ticket = Awaitility.await("service resumes")
                .atMost(Duration.ofSeconds(2))
                .pollInterval(Duration.ofMillis(10))
                .until(
                        () -> gateway(0).join(newcomer),
                        joined -> !joined.standing().holding());
        assertThat(ticket.standing().state()).isEqualTo(Standing.State.QUEUED);
        tickets.put(newcomer, ticket.token());
    }

    private Standing settled(String ticket) {
        return Awaitility.await()
                .pollDelay(Duration.ZERO)
                .until(() -> gateway(0).status(ticket), standing -> !standing.holding());
    }

    private void expectThatNobodyLostAnything() {
        Awaitility.await()
                .until(() -> gateways.stream()
                        .allMatch(gateway -> Objects.requireNonNull(gateway.snapshot())
                                                .lives()
                                        == 1
                                && Objects.requireNonNull(gateway.snapshot()).inside() == CAPACITY));
        passes.forEach((visitor, pass) -> {
            assertThat(gateway(1).verify(visitor, pass.token())).isEqualTo(pass);
            assertThat(gateway(1).find(visitor))
                    .as("%s, without the pass", visitor)
                    .isEqualTo(pass);
        });
        // The store is asked about each ticket once; the answer is there with the next refresh.
        tickets.values().forEach(gateway(0)::status);
        long last = 0;
        for (Map.Entry<String, String> waiting : tickets.entrySet()) {
            Standing standing = settled(waiting.getValue());
            assertThat(standing.state()).as(waiting.getKey()).isEqualTo(Standing.State.QUEUED);
            assertThat(standing.position())
                    .as("position of %s", waiting.getKey())
                    .isGreaterThan(last);
            last = standing.position();
        }
    }

    private void expectThatTheQueueMovesInOrder() {
        gateway(1).leave("inside-0");
        expectToEnter("waiting-0");
        gateway(0).leave("inside-1");
        expectToEnter("waiting-1");
        assertThat(Objects.requireNonNull(gateway(0).snapshot()).inside()).isLessThanOrEqualTo(CAPACITY);
    }

    private void expectToEnter(String visitor) {
        String ticket = Objects.requireNonNull(tickets.remove(visitor));
        Standing ready = Awaitility.await()
                .until(() -> gateway(2).status(ticket), standing -> standing.state() == Standing.State.READY);
        Pass pass = gateway(1).enter(visitor, ticket, Objects.requireNonNull(ready.gateToken()));
        passes.put(visitor, pass);
    }

    @Test
    void redisKilledAndEmptyTakesNobodysPlace() {
        startGateways(3);
        fill();
        loseEverything();
        expectThatServiceResumes();
        expectThatNobodyLostAnything();
        expectThatTheQueueMovesInOrder();
        assertThat(backends.get(0).recovery("sale").overfull()).isZero();
    }

    @Test
    void gatewayClosedWhileRedisIsAwayTakesNobodysPlace() {
        startGateways(3);
        fill();
        server.kill();
        gateways.remove(2);
        backends.remove(2).close();
        server.restart();
        expectThatServiceResumes();
        expectThatNobodyLostAnything();
        expectThatTheQueueMovesInOrder();
    }

    @Test
    void gatewayClosedTakesNobodysPlace() {
        startGateways(3);
        fill();
        gateways.remove(2);
        backends.remove(2).close();
        long last = 0;
        for (Map.Entry<String, String> waiting : tickets.entrySet()) {
            Standing standing = gateway(0).status(waiting.getValue());
            assertThat(standing.position())
                    .as("position of %s", waiting.getKey())
                    .isGreaterThan(last);
            last = standing.position();
        }
        expectThatTheQueueMovesInOrder();
    }

    @Test
    void whoJoinsDuringTheOutageIsBehindEverybodyWithANumber() {
        startGateways(3);
        fill();
        server.kill();
        List<Ticket> later = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            later.add(gateway(i).join("later-" + i));
            assertThat(later.get(i).standing().holding()).isTrue();
        }
        server.restart();
        expectThatNobodyLostAnything();
        long last = settled(Objects.requireNonNull(tickets.get("waiting-" + (WAITING - 1))))
                .position();
        // Gateways know the store's time to some milliseconds, so the order is exact for each of them.
        for (int gateway = 0; gateway < 3; gateway++) {
            long before = last;
            for (int i = gateway; i < later.size(); i += 3) {
                long position = settled(later.get(i).token()).position();
                assertThat(position).isGreaterThan(before);
                before = position;
            }
        }
        assertThat(backends.get(0).recovery("sale").numberedLater()).isEqualTo(later.size());
    }

    @Test
    void frozenRedisKeepsNobodyWaitingLongerThanTheDeadline() {
        startGateways(2);
        fill();
        server.freeze();
        long endNanos = System.nanoTime() + Duration.ofSeconds(5).toNanos();
        Duration slack = Duration.ofMillis(500);
        for (int i = 0; System.nanoTime() < endNanos; i++) {
            long startNanos = System.nanoTime();
            String later = "later-" + i % LATER;
            tickets.put(later, gateway(i).join(later).token());
            assertThat(gateway(i)
                            .status(Objects.requireNonNull(tickets.get("waiting-" + i % WAITING)))
                            .state())
                    .isEqualTo(Standing.State.QUEUED);
            assertThat(gateway(i)
                            .verify(
                                    "inside-0",
                                    Objects.requireNonNull(passes.get("inside-0"))
                                            .token()))
                    .isNotNull();
            gateway(i).leave("nobody-" + i);
            assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
                    .as("a join, a poll, a pass and a departure")
                    .isLessThan(DEADLINE.multipliedBy(3).plus(slack));
        }
        server.thaw();
        Awaitility.await("service resumes")
                .atMost(Duration.ofSeconds(2))
                .until(() -> !gateway(0)
                        .status(Objects.requireNonNull(tickets.get("later-0")))
                        .holding());
        assertThat(gateway(0)
                        .status(Objects.requireNonNull(tickets.get("waiting-499")))
                        .position())
                .isLessThan(gateway(0)
                        .status(Objects.requireNonNull(tickets.get("later-0")))
                        .position());
        assertThat(Objects.requireNonNull(gateway(0).snapshot()).inside()).isEqualTo(CAPACITY);
    }

    @Test
    void flushedScriptsAreSentAgain() {
        startGateways(2);
        fill();
        server.run(redis -> redis.sync().scriptFlush());
        expectThatTheQueueMovesInOrder();
    }
}
