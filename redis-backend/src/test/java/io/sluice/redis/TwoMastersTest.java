package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.ManualTime;
import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A gateway goes on with the old master after a replica was promoted: both give out the same numbers, to others. */
class TwoMastersTest {

    private static final int CAPACITY = 2;
    private static final Room ROOM =
            Room.named("sale").capacity(CAPACITY).stay(Duration.ofHours(1)).build();
    private static final List<Long> AT_THE_NEW_ONE = List.of(101L, 102L);
    private static final List<Long> AT_THE_OLD_ONE = List.of(201L, 202L);

    private final RedisServer server = RedisServer.start();
    private final ManualTime time = new ManualTime();
    private final RedisBackend switched = server.gateway(time);
    private final RedisBackend leftBehind = server.gateway(time);
    private final RoomStore here = SettledBackend.of(switched).room(ROOM);
    private final RoomStore there = SettledBackend.of(leftBehind).room(ROOM);

    @BeforeEach
    void fillBoth() {
        advance(here);
        advance(there);
        Map<String, byte[]> fork = server.state();
        fill(there, AT_THE_OLD_ONE);
        server.goBackTo(fork);
        fill(here, AT_THE_NEW_ONE);
    }

    @AfterEach
    void stop() {
        switched.close();
        leftBehind.close();
        server.close();
    }

    private static CompletionStage<RoomSnapshot> advance(RoomStore room) {
        return room.advance(new Sightings(0, new BitSet(), List.of(), -1, List.of()));
    }

    private static void fill(RoomStore room, List<Long> visitors) {
        for (int i = 0; i < CAPACITY; i++) {
            Place place = room.join(visitors.get(i), true).toCompletableFuture().join();
            assertThat(place.state()).isEqualTo(Place.State.USED);
            assertThat(place.number()).isEqualTo(i + 1);
        }
        assertThat(advance(room)).isCompleted();
    }

    private void bringTogether() {
        for (int i = 0; i < 20; i++) {
            time.advance(Duration.ofMillis(100));
            advance(there);
            advance(here);
        }
    }

    private Place find(long visitor) {
        return here.find(visitor).toCompletableFuture().join();
    }

    @Test
    void whoWasLetInWithANumberOfSomebodyElseHasOneOfTheirOwn() {
        bringTogether();
        assertThat(Stream.concat(AT_THE_NEW_ONE.stream(), AT_THE_OLD_ONE.stream())
                        .map(this::find)
                        .peek(place -> assertThat(place.state()).isEqualTo(Place.State.USED))
                        .map(Place::number))
                .doesNotHaveDuplicates()
                .startsWith(1L, 2L);
        assertThat(advance(here).toCompletableFuture().join().inside()).isEqualTo(2 * CAPACITY);
        assertThat(switched.recovery("sale").overfull()).isEqualTo(CAPACITY);
    }

    @Test
    void passWithTheNumberOfSomebodyElseStandsForTheOwnPlace() {
        bringTogether();
        Place own = there.leave(1, 201).toCompletableFuture().join();
        assertThat(own.state()).isEqualTo(Place.State.USED);
        assertThat(own.number()).isNotEqualTo(1);
        assertThat(find(201).state()).isEqualTo(Place.State.EXPIRED);
        assertThat(find(101).number()).isEqualTo(1);
    }

    @Test
    void departureThatTheRoomWasToldOfAfterwardsPutsNobodyElseOut() {
        time.advance(Duration.ofMillis(100));
        assertThat(advance(there)).as("held").isCompletedExceptionally();
        assertThat(there.leave(1, 201)).isCompleted();
        bringTogether();
        assertThat(find(201).state()).isEqualTo(Place.State.EXPIRED);
        assertThat(find(101).state()).isEqualTo(Place.State.USED);
    }
}
