package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Backend;
import io.sluice.ManualTime;
import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A long queue of visitors most of whom have gone: whoever is left is found, and Redis does not look at each of them. */
class LongQueueTest {

    private static final int WAITING = 20_000;
    private static final int MOST_AT_ONCE = 500;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final RedisServer server = RedisServer.start();
    private final ManualTime time = new ManualTime();
    private final Backend backend = SettledBackend.of(server.gateway(time));
    private final RoomStore room =
            backend.room(Room.named("sale").capacity(0).patience(PATIENCE).build());

    @AfterEach
    void stop() {
        backend.close();
        server.close();
    }

    private void joinAll() {
        advance();
        List<CompletableFuture<Place>> joins = LongStream.rangeClosed(1, WAITING)
                .mapToObj(visitor -> room.join(visitor, false).toCompletableFuture())
                .toList();
        joins.forEach(CompletableFuture::join);
    }

    private RoomSnapshot advance(int... alive) {
        BitSet heard = new BitSet();
        IntStream.of(alive).forEach(heard::set);
        return room.advance(new Sightings(0, heard, List.of(), 0, -1, List.of()))
                .toCompletableFuture()
                .join();
    }

    private void open(int capacity) {
        room.configure(capacity, Room.Mode.OPEN).toCompletableFuture().join();
    }

    /** The room stays in use, so that its store does not look as if it had been away. */
    private void letAllLosePatience(int... butThese) {
        for (int i = 0; i < 4 * PATIENCE.toSeconds(); i++) {
            time.advance(Duration.ofMillis(500));
            advance(butThese);
        }
    }

    private Place admit(long visitor) {
        return room.join(visitor, true).toCompletableFuture().join();
    }

    @Test
    void whoComesToAQueueThatHasGoneGoesStraightInAtOnce() {
        joinAll();
        letAllLosePatience();
        open(1);
        long before = server.calls("getbit");
        assertThat(admit(WAITING + 1).state()).isEqualTo(Place.State.USED);
        assertThat(server.calls("getbit") - before).isLessThan(100);
    }

    @Test
    void whoComesWhileOneOfManyIsLeftGoesBehind() {
        joinAll();
        letAllLosePatience(15_000);
        open(1);
        assertThat(admit(WAITING + 1).state()).isEqualTo(Place.State.QUEUED);
    }

    @Test
    void thoseLeftAmongManyAreCalledInOrder() {
        joinAll();
        letAllLosePatience(9, 8_000, 15_000, 15_001, WAITING);
        room.leave(8_000, 8_000).toCompletableFuture().join();
        open(1);
        for (int expected : new int[] {9, 15_000, 15_001, WAITING}) {
            RoomSnapshot snapshot = advance(9, 15_000, 15_001, WAITING);
            assertThat(snapshot.served()).isEqualTo(expected);
            assertThat(snapshot.isCalled(expected)).isTrue();
            assertThat(snapshot.calledCount()).isEqualTo(1);
            room.leave(expected, expected).toCompletableFuture().join();
        }
        assertThat(advance().served()).as("nobody is left").isEqualTo(WAITING);
    }

    @Test
    void neighboursWhoPollThroughDifferentGatewaysAreAllLeft() {
        joinAll();
        for (int i = 0; i < 4 * PATIENCE.toSeconds(); i++) {
            time.advance(Duration.ofMillis(500));
            advance(9);
            advance(10);
            BitSet heard = new BitSet();
            heard.set(1);
            room.advance(new Sightings(15_000, heard, List.of(), 0, -1, List.of()))
                    .toCompletableFuture()
                    .join();
        }
        open(3);
        RoomSnapshot snapshot = advance();
        for (long left : new long[] {9, 10, 15_001}) {
            assertThat(snapshot.isCalled(left)).as("%d is called", left).isTrue();
        }
        assertThat(snapshot.calledCount()).isEqualTo(3);
    }

    private void passOverAll() {
        joinAll();
        letAllLosePatience();
        open(1);
        assertThat(advance().served()).as("all are passed over").isEqualTo(WAITING);
        open(0);
    }

    @Test
    void thoseWhoPollBehindTheCursorAreTakenInSomeAtATime() {
        passOverAll();
        advance(IntStream.rangeClosed(1, WAITING).toArray());
        long takenIn = server.run(redis -> redis.sync().zcard("sluice:{room:sale}:late"));
        assertThat(takenIn).isEqualTo(1_000);
    }

    @Test
    void silentOnesBehindTheCursorAreLookedAtSomeAtATime() {
        passOverAll();
        advance(IntStream.rangeClosed(1, 1_000).toArray());
        advance(IntStream.rangeClosed(1_001, 2_000).toArray());
        int left = 2_000;
        letAllLosePatience(left);
        long next = room.join(WAITING + 1, false).toCompletableFuture().join().number();
        open(1);
        for (int looked = 0; looked + MOST_AT_ONCE < left; looked += MOST_AT_ONCE) {
            long before = server.calls("zrem");
            assertThat(advance(left).calledCount())
                    .as("those behind come first")
                    .isZero();
            assertThat(server.calls("zrem") - before)
                    .as("and heartbeats, which run in real time")
                    .isBetween((long) MOST_AT_ONCE, MOST_AT_ONCE + 20L);
        }
        RoomSnapshot snapshot = advance(left);
        assertThat(snapshot.isCalled(left)).isTrue();
        assertThat(snapshot.isCalled(next)).isFalse();
    }

    @Test
    void thoseOnTheWayAreLookedAtOnlyIfSomebodyMayBeCalled() {
        joinAll();
        open(10);
        advance();
        long whileOneMayBeCalled = callsOfAdvance(11);
        assertThat(callsOfAdvance(10)).as("all places are on the way").isEqualTo(whileOneMayBeCalled - 1);
        assertThat(callsOfAdvance(0)).as("no place is free").isEqualTo(whileOneMayBeCalled - 1);
    }

    private long callsOfAdvance(int capacity) {
        open(capacity);
        long before = server.calls("zrangebyscore");
        advance();
        return server.calls("zrangebyscore") - before;
    }

    @Test
    void numberBeyondWhatAGatewayRemembersFailsTheRefresh() {
        BitSet heard = new BitSet();
        heard.set(0);
        assertThat(room.advance(new Sightings(1L << 31, heard, List.of(), 0, -1, List.of())))
                .isCompletedExceptionally();
    }
}
