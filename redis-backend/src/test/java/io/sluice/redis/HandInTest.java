package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.FlushMode;
import io.sluice.Backend;
import io.sluice.ManualTime;
import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What gateways tell a room that is brought back, if it is more than one call may take. */
class HandInTest {

    private static final Duration DEADLINE = Duration.ofMillis(200);
    private static final Duration HOLD = Duration.ofSeconds(1);
    private static final RoomReply.Life LIFE = new RoomReply.Life(1, 2, "life");
    private static final RoomReply.Life NEXT_LIFE = new RoomReply.Life(1, 2, "next life");

    private final RedisServer server = RedisServer.start();
    private final FaultProxy proxy = FaultProxy.to(server);
    private final ManualTime time = new ManualTime();

    @AfterEach
    void stop() {
        proxy.close();
        server.close();
    }

    private static Room room(int capacity) {
        return Room.named("sale").capacity(capacity).stay(Duration.ofHours(1)).build();
    }

    private static CompletionStage<RoomSnapshot> advance(RoomStore room) {
        return room.advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of()));
    }

    private static void joinMany(RoomStore room, long from, long to, boolean straightIn) {
        List<CompletableFuture<Place>> joins = LongStream.rangeClosed(from, to)
                .mapToObj(visitor -> room.join(visitor, straightIn).toCompletableFuture())
                .toList();
        joins.forEach(CompletableFuture::join);
    }

    private void loseEverything() {
        server.run(redis -> redis.sync().flushall(FlushMode.SYNC));
    }

    private static long numberOf(RoomStore room, long visitor) {
        return room.join(visitor, false).toCompletableFuture().join().number();
    }

    @Test
    void partsThatTakeLongerThanADecisionMayBringTheRoomBack() {
        int waiting = 1_000;
        try (Backend gateway = SettledBackend.of(RedisBackend.builder()
                .uri(proxy.uri())
                .controlledTime(time)
                .decisionTimeout(DEADLINE)
                .build())) {
            RoomStore room = gateway.room(room(0));
            Awaitility.await()
                    .ignoreExceptions()
                    .until(() -> advance(room).toCompletableFuture().join().issued() == 0);
            joinMany(room, 1, waiting, false);
            List<Long> numbers = LongStream.of(1, waiting / 2, waiting)
                    .map(visitor -> numberOf(room, visitor))
                    .boxed()
                    .toList();
            loseEverything();
            proxy.delayLongRequests(DEADLINE.plusMillis(50));
            assertThat(advance(room)).as("held").isCompletedExceptionally();
            time.advance(HOLD);
            Awaitility.await()
                    .ignoreExceptions()
                    .until(() -> advance(room).toCompletableFuture().join().lives() == 1);
            assertThat(LongStream.of(1, waiting / 2, waiting).map(visitor -> numberOf(room, visitor)))
                    .containsExactlyElementsOf(numbers);
        }
    }

    @Test
    void lossIsInTheLogAsAWarning() {
        try (LogLines log = new LogLines();
                Backend gateway = SettledBackend.of(server.gateway(time))) {
            RoomStore room = gateway.room(room(0));
            assertThat(numberOf(room, 1)).isEqualTo(1);
            assertThat(log.of(HandIn.class)).isEmpty();
            loseEverything();
            assertThat(advance(room)).as("held").isCompletedExceptionally();
            assertThat(log.of(HandIn.class))
                    .containsExactly(
                            "WARN Room sale: the store had lost something, and has been told what this gateway knows");
        }
    }

    @Test
    void gatewaysWithFullJournalsAreAllOutOfTheHoldSoon() {
        int gateways = 4;
        int each = 10_000;
        List<RedisBackend> backends = new ArrayList<>();
        try {
            for (int i = 0; i < gateways; i++) {
                backends.add(RedisBackend.connect(server.uri()));
            }
            List<RoomStore> rooms =
                    backends.stream().map(backend -> backend.room(room(0))).toList();
            for (int i = 0; i < gateways; i++) {
                joinMany(rooms.get(i), (long) i * each + 1, (long) (i + 1) * each, false);
            }
            loseEverything();
            Awaitility.await()
                    .atMost(Duration.ofSeconds(10))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> rooms.stream().map(HandInTest::lives).toList().stream()
                            .allMatch(lives -> lives == 1));
        } finally {
            backends.forEach(RedisBackend::close);
        }
    }

    private static int lives(RoomStore room) {
        return advance(room)
                .thenApply(RoomSnapshot::lives)
                .exceptionally(failure -> 0)
                .toCompletableFuture()
                .join();
    }

    @Test
    void departuresThatALateGatewayKnowsStandHoweverManyAreInside() {
        int inside = 1_700;
        try (Backend early = SettledBackend.of(server.gateway(time));
                Backend late = SettledBackend.of(server.gateway(time))) {
            RoomStore here = early.room(room(inside));
            RoomStore there = late.room(room(inside));
            advance(here);
            advance(there);
            joinMany(here, 1, inside, true);
            for (long visitor : new long[] {1, inside / 2, inside}) {
                there.leave(visitor, visitor).toCompletableFuture().join();
            }
            loseEverything();
            assertThat(advance(here)).isCompletedExceptionally();
            time.advance(HOLD);
            assertThat(advance(here).toCompletableFuture().join().inside()).isEqualTo(inside);
            assertThat(advance(there)).as("it has yet to hand in").isCompletedExceptionally();
            assertThat(advance(there).toCompletableFuture().join().inside()).isEqualTo(inside - 3);
        }
    }

    /** A store that answers or fails as told, and notes what it was told. */
    private static final class Told {
        final List<List<String>> parts = new ArrayList<>();
        RoomReply.Life life = LIFE;
        int failing = -1;

        CompletionStage<RoomReply> call(List<String> arguments) {
            parts.add(List.copyOf(arguments));
            return parts.size() - 1 == failing
                    ? CompletableFuture.failedFuture(new StoreTimeoutException(1))
                    : CompletableFuture.completedFuture(new RoomReply(true, 0, life, 1, 1, 0, List.of()));
        }

        /** Returns the visitors of the parts from this one on. */
        List<String> visitors(int part) {
            List<String> all = new ArrayList<>();
            for (List<String> arguments : parts.subList(part, parts.size())) {
                for (int i = 1 + HEAD; i < arguments.size(); i += 4) {
                    all.add(arguments.get(i + 1));
                }
            }
            return all;
        }
    }

    private static final int HEAD = 8;

    private final RoomJournal journal = new RoomJournal();
    private final Told told = new Told();
    private final HandIn handIn = new HandIn("sale", new RoomMemory(room(0), time), journal, told::call);

    private List<String> journalMany() {
        LongStream.rangeClosed(1, 1_000).forEach(visitor -> journal.joined(visitor, visitor, 0));
        return LongStream.rangeClosed(1, 1_000).mapToObj(RedisRoom::visitor).toList();
    }

    @Test
    void handInThatFailsGoesOnWithThePartThatFailed() {
        List<String> visitors = journalMany();
        told.failing = 2;
        handIn.start(true, LIFE);
        assertThat(told.visitors(0)).isEqualTo(visitors.subList(0, 750));
        handIn.start(true, LIFE);
        assertThat(told.visitors(3)).isEqualTo(visitors.subList(500, 1_000));
    }

    @Test
    void handInToAStoreThatHasLostEverythingAgainBeginsAnew() {
        List<String> visitors = journalMany();
        told.failing = 2;
        handIn.start(true, LIFE);
        told.life = NEXT_LIFE;
        handIn.start(true, NEXT_LIFE);
        assertThat(told.visitors(3)).isEqualTo(visitors);
    }

    @Test
    void whoJoinedWithoutANumberIsToldOnceInALife() {
        journal.joinedWithoutNumber(1, 100);
        handIn.start(false, LIFE);
        journal.notSent();
        journal.joinedWithoutNumber(2, 200);
        handIn.start(false, LIFE);
        assertThat(told.visitors(0)).containsExactly(RedisRoom.visitor(1), RedisRoom.visitor(2));
        told.life = NEXT_LIFE;
        handIn.start(true, NEXT_LIFE);
        assertThat(told.visitors(2)).containsExactly(RedisRoom.visitor(1), RedisRoom.visitor(2));
    }

    @Test
    void storeThatHasLostNothingIsToldOnlyWhatItLacks() {
        journalMany();
        journal.left(7, 7, 1_000);
        journal.joinedWithoutNumber(2_000, 1);
        handIn.start(false, LIFE);
        assertThat(told.visitors(0)).containsExactly("7", RedisRoom.visitor(2_000));
    }
}
