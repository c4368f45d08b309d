package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A gateway that starts with an empty Redis begins a room of its own, and then the older room comes back: the same numbers
 * mean different visitors.
 */
class CompetingRoomsTest extends TwoGatewaysFixture {

    private static final Room ROOM = Room.named("sale").capacity(2).build();
    private static final long ANN = 101;
    private static final long BEN = 102;
    private static final long CEM = 103;
    private static final long XIA = 201;
    private static final long YAN = 202;
    private static final long ZOE = 203;

    private final RoomStore olderRoom = here;
    private final RoomStore newerRoom = there;

    CompetingRoomsTest() {
        super(ROOM);
    }

    @BeforeEach
    void beginBothRooms() {
        assertThat(letIn(olderRoom, ANN)).isEqualTo(1);
        assertThat(letIn(olderRoom, BEN)).isEqualTo(2);
        assertThat(join(olderRoom, CEM).number()).isEqualTo(3);
        advance(olderRoom);
        loseEverything();
        time.advance(Duration.ofMillis(100));
        assertThat(letIn(newerRoom, XIA)).isEqualTo(1);
        assertThat(join(newerRoom, YAN).number()).isEqualTo(2);
        assertThat(join(newerRoom, ZOE).number()).isEqualTo(3);
        advance(newerRoom);
    }

    /** The older gateway finds its room gone, and then the newer one that its own is. */
    private void bringBackTheOlderRoom() {
        recover(olderRoom, newerRoom);
        assertThat(advance(newerRoom)).isCompleted();
        assertThat(find(olderRoom, ANN).number()).isEqualTo(1);
        assertThat(find(olderRoom, BEN).number()).isEqualTo(2);
    }

    @Test
    void visitorsOfTheNewerRoomGetNumbersOfTheirOwn() {
        bringBackTheOlderRoom();
        Place xia = join(newerRoom, XIA);
        assertThat(xia.state()).as("inside there, so inside here").isEqualTo(Place.State.USED);
        assertThat(xia.number()).isGreaterThan(3);
        Place zoe = join(newerRoom, ZOE);
        assertThat(zoe.state()).isEqualTo(Place.State.QUEUED);
        assertThat(zoe.number()).isGreaterThan(3);
        assertThat(join(olderRoom, CEM).number()).isEqualTo(3);
    }

    @Test
    void placesTakenInBothRoomsAreCounted() {
        awaitThatEachKnowsOfTheOther();
        bringBackTheOlderRoom();
        assertThat(find(olderRoom, XIA).state()).isEqualTo(Place.State.USED);
        assertThat(otherGateway.recovery("sale").overfull())
                .as("three are inside, for two")
                .isEqualTo(1);
    }

    @Test
    void departureFromTheNewerRoomPutsNobodyOutOfTheOlderOne() {
        advance(olderRoom);
        assertThat(newerRoom.leave(RoomStore.ANY_NUMBER, XIA)).isCompleted();
        bringBackTheOlderRoom();
        assertThat(find(olderRoom, ANN).state()).isEqualTo(Place.State.USED);
        assertThat(find(olderRoom, XIA).state()).isEqualTo(Place.State.EXPIRED);
    }

    @Test
    void whoJoinsBetweenTheRoomsKeepsTheTicket() {
        advance(olderRoom);
        Place between = join(newerRoom, 300);
        assertThat(between.number()).as("a ticket without a number").isZero();
        bringBackTheOlderRoom();
        Place numbered = join(newerRoom, 300);
        assertThat(numbered.number()).isGreaterThan(3);
        assertThat(join(olderRoom, 300).number()).isEqualTo(numbered.number());
    }

    /** Hands in what the newer gateway saw in its own room, which has had more changes than the older one. */
    private RoomSnapshot handInFromTheNewerRoom(int epoch, long called, Sightings.HeldTicket... tickets) {
        BitSet alive = new BitSet();
        alive.set(Math.toIntExact(called));
        return newerRoom
                .advance(new Sightings(0, alive, List.of(called), epoch, 1_000, List.of(tickets)))
                .toCompletableFuture()
                .join();
    }

    @Test
    void ticketOfTheNewerRoomDoesNotGetTheSameNumberOfTheOlderOne() {
        int epoch = find(newerRoom, ZOE).epoch();
        bringBackTheOlderRoom();
        handInFromTheNewerRoom(epoch, 3, new Sightings.HeldTicket(ZOE, 3, time.epochMicros()));
        assertThat(find(newerRoom, ZOE).number()).isNotEqualTo(3);
        assertThat(find(olderRoom, CEM).number()).isEqualTo(3);
    }

    @Test
    void whoWasToldInTheNewerRoomStartsNobodysTimeToEnterTheOlderOne() {
        int epoch = find(newerRoom, ZOE).epoch();
        bringBackTheOlderRoom();
        assertThat(olderRoom.call(3, CEM)).isCompletedWithValueMatching(cem -> cem.state() == Place.State.READY);
        handInFromTheNewerRoom(epoch, 3);
        assertThat(find(olderRoom, CEM).untilMicros()).as("not told yet").isZero();
    }

    @Test
    void gatewayOfTheNewerRoomHearsWhoHasLeftTheOlderOne() {
        int epoch = find(newerRoom, ZOE).epoch();
        bringBackTheOlderRoom();
        assertThat(olderRoom.leave(RoomStore.ANY_NUMBER, ANN)).isCompleted();
        assertThat(handInFromTheNewerRoom(epoch, 3).freed()).containsOnlyKeys(1L);
    }

    /** As {@link #bringBackTheOlderRoom}, but the newer gateway's caller has not been told of it by a snapshot. */
    private void bringBackTheOlderRoomUntold() {
        for (int i = 0; i < 20; i++) {
            time.advance(Duration.ofMillis(100));
            advance(olderRoom);
            newerRoom.find(XIA);
        }
        assertThat(find(newerRoom, ANN).number()).isEqualTo(1);
    }

    @Test
    void numberOfTheNewerRoomStandsForNobodyInTheOlderOneBeforeTheFirstSnapshot() {
        bringBackTheOlderRoomUntold();
        assertThat(newerRoom.enter(3, ZOE)).isCompletedExceptionally();
        assertThat(newerRoom.call(3, ZOE)).isCompletedExceptionally();
        assertThat(newerRoom.leave(3, ZOE)).isCompletedWithValueMatching(zoe -> zoe.number() == 0);
        assertThat(find(olderRoom, CEM).state()).isEqualTo(Place.State.QUEUED);
        assertThat(find(olderRoom, CEM).number()).isEqualTo(3);

        assertThat(advance(newerRoom)).isCompleted();
        assertThat(newerRoom.call(3, CEM)).isCompletedWithValueMatching(cem -> cem.state() == Place.State.READY);
    }

    @Test
    void laterLossBringsBackNothingOfTheNewerRoom() {
        bringBackTheOlderRoom();
        loseEverything();
        bringBackTheOlderRoom();
        assertThat(find(newerRoom, ANN).number()).isEqualTo(1);
        assertThat(join(newerRoom, CEM).number()).isEqualTo(3);
    }
}
