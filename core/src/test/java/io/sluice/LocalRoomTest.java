package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class LocalRoomTest extends RoomContract {

    private static final Duration HALF_A_DAY = Duration.ofHours(12);

    private final ManualTime time = new ManualTime();

    @Override
    protected Backend create(TimeSource time) {
        return LocalBackend.create(time);
    }

    private static RoomSnapshot advance(RoomStore store, long firstNumber, int... alive) {
        BitSet bits = new BitSet();
        for (int bit : alive) {
            bits.set(bit);
        }
        return Stages.await(store.advance(new Sightings(firstNumber, bits, List.of(), 0, -1, List.of())));
    }

    /** Lets time pass in a room that is in use: what is asked for matters to nobody. */
    private static void passTime(Duration duration, ManualTime time, RoomStore store) {
        for (long second = 0; second < duration.toSeconds(); second++) {
            time.advance(Duration.ofSeconds(1));
            store.find(0);
        }
    }

    @Test
    void numberThatSightingsBeginWithIsNotHeardFromUnlessItsBitIsSet() {
        ManualTime time = new ManualTime();
        RoomStore store = create(time).room(Room.named("sale").capacity(0).build());
        Stages.await(store.join(11, false));
        Stages.await(store.join(12, false));
        passTime(Duration.ofSeconds(59), time, store);
        advance(store, 1, 1);
        time.advance(Duration.ofSeconds(1));
        Stages.await(store.configure(2, null));
        RoomSnapshot snapshot = advance(store, 1);
        assertThat(snapshot.isCalled(1)).isFalse();
        assertThat(snapshot.isCalled(2)).isTrue();
    }

    @Test
    void claimIsGoodThoughTheTicketIsADayOldMeanwhile() {
        ManualTime time = new ManualTime();
        RoomStore store = create(time).room(Room.named("sale").capacity(0).build());
        Stages.await(store.join(11, false));
        time.advance(Duration.ofHours(24).minusSeconds(30));
        advance(store, 1, 0);
        Stages.await(store.configure(1, null));
        assertThat(advance(store, 1).isCalled(1)).isTrue();
        time.advance(Duration.ofSeconds(31));
        assertThat(Stages.await(store.enter(1, 11)).state()).isEqualTo(Place.State.USED);
    }

    @Test
    void freedPlaceIsForgottenWhenTheStayWouldHaveEnded() {
        ManualTime time = new ManualTime();
        RoomStore store = create(time).room(Room.named("sale").capacity(1).build());
        Place inside = Stages.await(store.join(11, true));
        Stages.await(store.leave(inside.number(), 11));
        time.advance(Duration.ofMinutes(5).minus(RoomRules.INSTANT));
        assertThat(advance(store, 0).freed()).containsOnlyKeys(inside.number());
        time.advance(RoomRules.INSTANT);
        assertThat(advance(store, 0).freed()).isEmpty();
    }

    /** As in Redis, where one call does both. */
    @Test
    void visitorsAreCalledByTheShareWhoCameBeforeTheSilenceOfThisMomentIsCounted() {
        LocalRoom room = new LocalRoom(Room.named("sale").capacity(20).build(), time);
        for (long visitor = 1; visitor <= 60; visitor++) {
            Stages.await(room.join(visitor, visitor <= 10));
        }
        assertThat(advance(room, 0).inside()).isEqualTo(10);
        passTime(Duration.ofSeconds(4), time, room);
        RoomSnapshot snapshot = advance(room, 0);
        assertThat(LongStream.rangeClosed(1, 60).filter(snapshot::isCalled))
                .as("ten who are silent, and ten for as many places; if half of those called came, it would be twenty")
                .hasSize(20);
    }

    private static long numberOf(LocalRoom room, long visitor) {
        return room.join(visitor, false).toCompletableFuture().join().number();
    }

    private static Place.State stateOf(LocalRoom room, long visitor) {
        return room.find(visitor).toCompletableFuture().join().state();
    }

    @Test
    void visitorIsForgottenADayAfterTheLastTicketAlthoughAnEarlierOneJoinsAgain() {
        LocalRoom room = new LocalRoom(
                Room.named("sale").capacity(1).mode(Room.Mode.PAUSED).build(), time);
        assertThat(numberOf(room, 11)).isEqualTo(1);
        assertThat(numberOf(room, 12)).isEqualTo(2);
        time.advance(HALF_A_DAY);
        assertThat(numberOf(room, 11)).isEqualTo(1);
        time.advance(HALF_A_DAY);
        assertThat(stateOf(room, 11)).isEqualTo(Place.State.QUEUED);
        assertThat(stateOf(room, 12)).isEqualTo(Place.State.EXPIRED);
    }

    @Test
    void visitorIsForgottenADayAfterTheLastTicketAlthoughAnEarlierOneIsCalled() {
        LocalRoom room = new LocalRoom(Room.named("sale").capacity(1).build(), time);
        numberOf(room, 11);
        numberOf(room, 12);
        room.call(1, 11);
        room.configure(1, Room.Mode.CLOSED);
        time.advance(HALF_A_DAY.multipliedBy(2));
        assertThat(stateOf(room, 11)).isEqualTo(Place.State.READY);
        assertThat(stateOf(room, 12)).isEqualTo(Place.State.EXPIRED);
    }

    @Test
    void calledVisitorWhoseTicketIsOverIsForgottenWhenTheClaimEnds() {
        LocalRoom room = new LocalRoom(
                Room.named("sale").capacity(1).mode(Room.Mode.PAUSED).build(), time);
        numberOf(room, 11);
        time.advance(HALF_A_DAY.multipliedBy(2).minusSeconds(1));
        room.call(1, 11);
        time.advance(Duration.ofSeconds(1));
        assertThat(stateOf(room, 11)).isEqualTo(Place.State.READY);
        passTime(Duration.ofSeconds(60), time, room);
        assertThat(stateOf(room, 11)).isEqualTo(Place.State.EXPIRED);
    }
}
