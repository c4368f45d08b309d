package io.sluice;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/** The state of a room at one moment, as {@link RoomStore#advance} returns it. Immutable. */
public final class RoomSnapshot {

    /**
     * Numbers that nobody has. A store that has lost something leaves out some, in case they were given out.
     *
     * @param first the lowest of them
     * @param last the highest of them
     */
    public record Gap(long first, long last) {

        private long countBetween(long from, long to) {
            return Math.max(0, Math.min(last, to) - Math.max(first, from) + 1);
        }
    }

    private final int epoch;
    private final long revision;
    private final long storeMicros;
    private final long issued;
    private final long served;
    private final int inside;
    private final int capacity;
    private final Room.Mode mode;
    private final double cursorPerSecond;
    private final long[] called;
    private final long[] insideOutOfTurn;
    private final BitSet overAheadOfCursor;
    private final List<Gap> gaps;
    private final Map<Long, Long> freed;
    private final int lives;
    private final Map<Sightings.HeldTicket, Long> numbers;

    /**
     * Creates a snapshot.
     *
     * @param epoch which room of this name this is: it stands in the room's tickets
     * @param revision counts places freed before their time
     * @param storeMicros the store's time, in epoch microseconds
     * @param issued the highest number given out
     * @param served the highest number called
     * @param inside how many visitors are inside
     * @param capacity how many visitors may be inside
     * @param mode the room's mode
     * @param cursorPerSecond how many numbers a second the cursor has moved lately; 0 if none
     * @param called the numbers that hold a claim, ascending; copied
     * @param insideOutOfTurn the numbers inside that the cursor has not reached, ascending; copied
     * @param overAheadOfCursor the numbers that are over before the cursor has reached them: bit 0 stands for the one
     *     after {@code served}; copied
     * @param gaps the numbers that nobody has; copied
     * @param freed the stays that ended early since the revision asked for: from the number to when the stay would
     *     have ended, in epoch microseconds; copied
     * @param lives how often the store has lost something; 0 if never
     * @param numbers the number that each of the {@link Sightings#tickets} stands for, without those not known yet;
     *     copied
     */
    public RoomSnapshot(
            int epoch,
            long revision,
            long storeMicros,
            long issued,
            long served,
            int inside,
            int capacity,
            Room.Mode mode,
            double cursorPerSecond,
            long[] called,
            long[] insideOutOfTurn,
            BitSet overAheadOfCursor,
            List<Gap> gaps,
            Map<Long, Long> freed,
            int lives,
            Map<Sightings.HeldTicket, Long> numbers) {
        this.epoch = epoch;
        this.revision = revision;
        this.storeMicros = storeMicros;
        this.issued = issued;
        this.served = served;
        this.inside = inside;
        this.capacity = capacity;
        this.mode = mode;
        this.cursorPerSecond = cursorPerSecond;
        this.called = called.clone();
        this.insideOutOfTurn = insideOutOfTurn.clone();
        this.overAheadOfCursor = (BitSet) overAheadOfCursor.clone();
        this.gaps = List.copyOf(gaps);
        this.freed = Map.copyOf(freed);
        this.lives = lives;
        this.numbers = Map.copyOf(numbers);
    }

    /** Returns which room of this name this is: it stands in the room's tickets. */
    public int epoch() {
        return epoch;
    }

    /** Returns the count of places freed before their time. */
    public long revision() {
        return revision;
    }

    /** Returns the store's time in epoch microseconds. */
    public long storeMicros() {
        return storeMicros;
    }

    /** Returns the highest number given out. */
    public long issued() {
        return issued;
    }

    /** Returns the highest number called. */
    public long served() {
        return served;
    }

    /** Returns how many numbers have been given out and not called. */
    public long waiting() {
        return countAhead(issued);
    }

    /** Returns how many numbers have been given out from the one after the cursor through the given one. */
    long countAhead(long number) {
        long count = number - served;
        for (Gap gap : gaps) {
            count -= gap.countBetween(served + 1, number);
        }
        return count;
    }

    /** Returns how many visitors are inside. */
    public int inside() {
        return inside;
    }

    /** Returns how many visitors may be inside. */
    public int capacity() {
        return capacity;
    }

    /** Returns the room's mode. */
    public Room.Mode mode() {
        return mode;
    }

    /** Returns how many numbers a second the cursor has moved lately. */
    public double cursorPerSecond() {
        return cursorPerSecond;
    }

    /** Returns how many numbers hold a claim. */
    public int calledCount() {
        return called.length;
    }

    /** Tells whether a number holds a claim. */
    public boolean isCalled(long number) {
        return Arrays.binarySearch(called, number) >= 0;
    }

    /**
     * Returns the highest number that is or was called: usually the cursor, unless a visitor was called out of turn.
     */
    long highestCalled() {
        return called.length == 0 ? served : Math.max(served, called[called.length - 1]);
    }

    /** Tells whether a number waits for the cursor: it has not had its turn before, nor is it over. */
    boolean isAhead(long number) {
        return number > served
                && !isCalled(number)
                && Arrays.binarySearch(insideOutOfTurn, number) < 0
                && !isOverAheadOfCursor(number);
    }

    private boolean isOverAheadOfCursor(long number) {
        long bit = number - served - 1;
        return bit < overAheadOfCursor.length() && overAheadOfCursor.get((int) bit);
    }

    /** Returns the stays that ended early, each with when it would have ended in epoch microseconds. */
    public Map<Long, Long> freed() {
        return freed;
    }

    /**
     * Returns how often the store has lost something. After a loss each gateway asks about each ticket, and once more
     * after the patience.
     */
    public int lives() {
        return lives;
    }

    /** Returns the numbers that the tickets asked about stand for. */
    public Map<Sightings.HeldTicket, Long> numbers() {
        return numbers;
    }
}
