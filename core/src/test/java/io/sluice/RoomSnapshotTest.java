package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a store says of a room. */
class RoomSnapshotTest {

    private static final int EPOCH = -7;
    private static final Sightings.HeldTicket TICKET = new Sightings.HeldTicket(11, 0, 1_000);

    private static RoomSnapshot.Builder minimal() {
        return RoomSnapshot.ofEpoch(EPOCH).storeMicros(1_000).capacity(3);
    }

    /** Number 1 to 4 were called, 1 still is, and so is 8, out of turn; 6 is inside, 7 is over, 9 and 10 are a gap. */
    private static RoomSnapshot.Builder full() {
        BitSet over = new BitSet();
        over.set(2);
        return minimal()
                .revision(5)
                .issued(12)
                .served(4)
                .inside(2)
                .mode(Room.Mode.PAUSED)
                .cursorPerSecond(0.5)
                .called(1, 8)
                .insideOutOfTurn(6)
                .overAheadOfCursor(over)
                .gaps(List.of(new RoomSnapshot.Gap(9, 10)))
                .freed(Map.of(3L, 2_000L))
                .lives(1)
                .numbers(Map.of(TICKET, 12L));
    }

    private static void assertFull(RoomSnapshot snapshot) {
        assertThat(snapshot.epoch()).isEqualTo(EPOCH);
        assertThat(snapshot.revision()).isEqualTo(5);
        assertThat(snapshot.storeMicros()).isEqualTo(1_000);
        assertThat(snapshot.issued()).isEqualTo(12);
        assertThat(snapshot.served()).isEqualTo(4);
        assertThat(snapshot.inside()).isEqualTo(2);
        assertThat(snapshot.capacity()).isEqualTo(3);
        assertThat(snapshot.mode()).isEqualTo(Room.Mode.PAUSED);
        assertThat(snapshot.cursorPerSecond()).isEqualTo(0.5);
        assertThat(snapshot.calledCount()).isEqualTo(2);
        assertThat(snapshot.highestCalled()).isEqualTo(8);
        assertThat(snapshot.isAhead(5)).isTrue();
        assertThat(snapshot.isAhead(6)).as("inside").isFalse();
        assertThat(snapshot.isAhead(7)).as("over").isFalse();
        assertThat(snapshot.isAhead(8)).as("called").isFalse();
        assertThat(snapshot.waiting()).as("5, 11 and 12").isEqualTo(3);
        assertThat(snapshot.freed()).containsExactly(Map.entry(3L, 2_000L));
        assertThat(snapshot.lives()).isEqualTo(1);
        assertThat(snapshot.numbers()).containsExactly(Map.entry(TICKET, 12L));
    }

    @Test
    void saysEachPartUnderItsName() {
        assertFull(full().build());
    }

    @Test
    void isWhollyTakenOverByAStoreThatAddsToIt() {
        RoomSnapshot before = full().build();
        assertFull(before.toBuilder().build());
        RoomSnapshot closed = before.toBuilder().mode(Room.Mode.CLOSED).build();
        assertThat(closed.mode()).isEqualTo(Room.Mode.CLOSED);
        assertThat(closed.isCalled(8)).isTrue();
        assertFull(before);
    }

    @Test
    void isOfAnOpenRoomThatHasGivenOutNothingByDefault() {
        RoomSnapshot snapshot = minimal().build();
        assertThat(snapshot.mode()).isEqualTo(Room.Mode.OPEN);
        assertThat(List.of(snapshot.revision(), snapshot.issued(), snapshot.served(), snapshot.waiting()))
                .containsOnly(0L);
        assertThat(List.of(snapshot.inside(), snapshot.calledCount(), snapshot.lives()))
                .containsOnly(0);
        assertThat(snapshot.cursorPerSecond()).isZero();
        assertThat(snapshot.isAhead(1)).isTrue();
        assertThat(snapshot.freed()).isEmpty();
        assertThat(snapshot.numbers()).isEmpty();
    }

    @Test
    void doesNotChangeWithWhatItWasBuiltFrom() {
        long[] called = {8};
        long[] insideOutOfTurn = {6};
        BitSet over = new BitSet();
        List<RoomSnapshot.Gap> gaps = new ArrayList<>();
        Map<Long, Long> freed = new HashMap<>();
        Map<Sightings.HeldTicket, Long> numbers = new HashMap<>();
        RoomSnapshot snapshot = minimal()
                .issued(12)
                .called(called)
                .insideOutOfTurn(insideOutOfTurn)
                .overAheadOfCursor(over)
                .gaps(gaps)
                .freed(freed)
                .numbers(numbers)
                .build();
        called[0] = 9;
        insideOutOfTurn[0] = 9;
        over.set(0);
        gaps.add(new RoomSnapshot.Gap(1, 2));
        freed.put(1L, 1L);
        numbers.put(TICKET, 1L);
        assertThat(snapshot.isCalled(8)).isTrue();
        assertThat(snapshot.isAhead(6)).isFalse();
        assertThat(snapshot.isAhead(1)).isTrue();
        assertThat(snapshot.waiting()).as("without 6 and 8").isEqualTo(10);
        assertThat(snapshot.freed()).isEmpty();
        assertThat(snapshot.numbers()).isEmpty();
    }

    @Test
    void waitingAreTheNumbersGivenOutThatAreAhead() {
        for (RoomSnapshot.Builder builder : List.of(full(), full().called(7, 8, 10), full().issued(7))) {
            RoomSnapshot snapshot = builder.build();
            long ahead = LongStream.rangeClosed(1, snapshot.issued())
                    .filter(number -> number < 9 || number > 10)
                    .filter(snapshot::isAhead)
                    .count();
            assertThat(snapshot.waiting()).isEqualTo(ahead);
        }
    }

    @Test
    void storeTimeAndCapacityMustBeSet() {
        assertRefused(
                "storeMicros", () -> RoomSnapshot.ofEpoch(EPOCH).capacity(3).build());
        assertRefused(
                "capacity", () -> RoomSnapshot.ofEpoch(EPOCH).storeMicros(1_000).build());
    }

    @Test
    void partsAreInTheirRanges() {
        assertRefused("storeMicros", () -> minimal().storeMicros(-2).build());
        assertRefused("capacity", () -> minimal().capacity(10_000_001).build());
        assertRefused("revision", () -> minimal().revision(-1).build());
        assertRefused("served", () -> minimal().served(-1).build());
        assertRefused("inside", () -> minimal().inside(-1).build());
        assertRefused("lives", () -> minimal().lives(-1).build());
        assertRefused("cursorPerSecond", () -> minimal().cursorPerSecond(-0.1).build());
        assertRefused(
                "cursorPerSecond", () -> minimal().cursorPerSecond(Double.NaN).build());
    }

    @Test
    void numberThatWasNotGivenOutHasNotBeenCalled() {
        assertRefused("served", () -> minimal().issued(4).served(5).build());
        assertThat(minimal().issued(5).served(5).build().waiting()).isZero();
    }

    @Test
    void numbersInNoOrderAreRefusedBecauseTheyWouldNotBeFound() {
        assertRefused("called", () -> minimal().issued(9).called(8, 3).build());
        assertRefused("called", () -> minimal().issued(9).called(3, 3).build());
        assertRefused(
                "insideOutOfTurn", () -> minimal().insideOutOfTurn(2, 8, 5).build());
    }

    @Test
    void gapHasNumbers() {
        assertRefused("gap", () -> new RoomSnapshot.Gap(3, 2));
        assertThat(minimal()
                        .issued(3)
                        .gaps(List.of(new RoomSnapshot.Gap(3, 3)))
                        .build()
                        .waiting())
                .isEqualTo(2);
    }

    private static void assertRefused(String part, ThrowingCallable call) {
        assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(part);
    }

    @Test
    @SuppressWarnings("NullAway") // that null is refused is what is tested
    void partsAreNotNull() {
        assertNullRefused("mode", () -> minimal().mode(null));
        assertNullRefused("called", () -> minimal().called((long[]) null));
        assertNullRefused("insideOutOfTurn", () -> minimal().insideOutOfTurn((long[]) null));
        assertNullRefused("overAheadOfCursor", () -> minimal().overAheadOfCursor(null));
        assertNullRefused("gaps", () -> minimal().gaps(null));
        assertNullRefused("freed", () -> minimal().freed(null));
        assertNullRefused("numbers", () -> minimal().numbers(null));
    }

    private static void assertNullRefused(String part, ThrowingCallable call) {
        assertThatNullPointerException().isThrownBy(call).withMessage(part);
    }
}
