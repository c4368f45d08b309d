package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomStore;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A gateway goes on with the old master after a replica was promoted: both give out the same numbers, to others. */
class TwoMastersTest extends TwoGatewaysFixture {

    private static final int CAPACITY = 2;
    private static final Room ROOM =
            Room.named("sale").capacity(CAPACITY).stay(Duration.ofHours(1)).build();
    private static final List<Long> AT_THE_NEW_ONE = List.of(101L, 102L);
    private static final List<Long> AT_THE_OLD_ONE = List.of(201L, 202L);

    TwoMastersTest() {
        super(ROOM);
    }

    @BeforeEach
    void fillBoth() {
        advance(here);
        advance(there);
        Map<String, byte[]> fork = server.state();
        fill(there, AT_THE_OLD_ONE);
        server.goBackTo(fork);
        fill(here, AT_THE_NEW_ONE);
    }

    private static void fill(RoomStore room, List<Long> visitors) {
        for (int i = 0; i < CAPACITY; i++) {
            assertThat(letIn(room, visitors.get(i))).isEqualTo(i + 1);
        }
        assertThat(advance(room)).isCompleted();
    }

    @Test
    void whoWasLetInWithANumberOfSomebodyElseHasOneOfTheirOwn() {
        recover(there, here);
        assertThat(Stream.concat(AT_THE_NEW_ONE.stream(), AT_THE_OLD_ONE.stream())
                        .map(visitor -> find(here, visitor))
                        .peek(place -> assertThat(place.state()).isEqualTo(Place.State.USED))
                        .map(Place::number))
                .doesNotHaveDuplicates()
                .startsWith(1L, 2L);
        assertThat(snapshot(here).inside()).isEqualTo(2 * CAPACITY);
        assertThat(gateway.recovery("sale").overfull()).isEqualTo(CAPACITY);
    }

    @Test
    void passWithTheNumberOfSomebodyElseStandsForTheOwnPlace() {
        recover(there, here);
        Place own = there.leave(1, 201).toCompletableFuture().join();
        assertThat(own.state()).isEqualTo(Place.State.USED);
        assertThat(own.number()).isNotEqualTo(1);
        assertThat(find(here, 201).state()).isEqualTo(Place.State.EXPIRED);
        assertThat(find(here, 101).number()).isEqualTo(1);
    }

    @Test
    void departureThatTheRoomWasToldOfAfterwardsPutsNobodyElseOut() {
        time.advance(Duration.ofMillis(100));
        assertThat(advance(there)).as("held").isCompletedExceptionally();
        assertThat(there.leave(1, 201)).isCompleted();
        recover(there, here);
        assertThat(find(here, 201).state()).isEqualTo(Place.State.EXPIRED);
        assertThat(find(here, 101).state()).isEqualTo(Place.State.USED);
    }
}
