package io.sluice;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;

/**
 * The state of a room at one moment, as {@link RoomStore#advance} returns it. Immutable; a store builds it with
 * {@link #ofEpoch}.
 */
public final class RoomSnapshot {

    /**
     * Numbers that nobody has. A store that has lost something leaves out some, in case they were given out.
     *
     * @param first the lowest of them
     * @param last the highest of them
     */
    public record Gap(long first, long last) {

        /** Checks the order: {@code last} is not below {@code first}. */
        public Gap {
            if (last < first) {
                throw new IllegalArgumentException("A gap from " + first + " to " + last + " has no numbers");
            }
        }

        private boolean contains(long number) {
            return first <= number && number <= last;
        }

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

    private RoomSnapshot(Builder builder) {
        epoch = builder.epoch;
        revision = builder.revision;
        storeMicros = builder.storeMicros;
        issued = builder.issued;
        served = builder.served;
        inside = builder.inside;
        capacity = builder.capacity;
        mode = builder.mode;
        cursorPerSecond = builder.cursorPerSecond;
        called = builder.called;
        insideOutOfTurn = builder.insideOutOfTurn;
        overAheadOfCursor = builder.overAheadOfCursor;
        gaps = builder.gaps;
        freed = builder.freed;
        lives = builder.lives;
        numbers = builder.numbers;
        checkNotNegative("storeMicros", storeMicros);
        Room.checkCapacity(capacity);
        checkNotNegative("revision", revision);
        checkNotNegative("served", served);
        checkNotNegative("inside", inside);
        checkNotNegative("lives", lives);
        // Not a number fails this, too.
        if (!(cursorPerSecond >= 0)) {
            throw new IllegalArgumentException(
                    "A snapshot's cursorPerSecond is 0 or more, but it was " + cursorPerSecond);
        }
        if (served > issued) {
            throw new IllegalArgumentException(
                    "A snapshot's served is at most its issued, but it was " + served + " and issued was " + issued);
        }
        checkAscending("called", called);
        checkAscending("insideOutOfTurn", insideOutOfTurn);
    }

    private static void checkNotNegative(String property, long value) {
        if (value < 0) {
            throw new IllegalArgumentException("A snapshot's " + property + " is 0 or more, but it was " + value);
        }
    }

    private static void checkAscending(String property, long[] numbers) {
        for (int i = 1; i < numbers.length; i++) {
            if (numbers[i] <= numbers[i - 1]) {
                throw new IllegalArgumentException("The numbers of a snapshot's " + property + " ascend, but "
                        + numbers[i] + " came after " + numbers[i - 1]);
            }
        }
    }

    /**
     * Starts a snapshot with the defaults: a room in mode {@link Room.Mode#OPEN} that has given out no number and has
     * lost nothing. Store time and capacity must be set.
     *
     * @param epoch which room of this name this is: it stands in the room's tickets
     */
    public static Builder ofEpoch(int epoch) {
        return new Builder(epoch);
    }

    /** Starts a snapshot with the properties of this one, for a store that adds to what another one says. */
    public Builder toBuilder() {
        return new Builder(epoch)
                .revision(revision)
                .storeMicros(storeMicros)
                .issued(issued)
                .served(served)
                .inside(inside)
                .capacity(capacity)
                .mode(mode)
                .cursorPerSecond(cursorPerSecond)
                .called(called)
                .insideOutOfTurn(insideOutOfTurn)
                .overAheadOfCursor(overAheadOfCursor)
                .gaps(gaps)
                .freed(freed)
                .lives(lives)
                .numbers(numbers);
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

    /** Returns the highest number given out, or left out after a loss in the store: those {@link Gap}s count, too. */
    public long issued() {
        return issued;
    }

    /** Returns the cursor: the number up to which all have had their turn. A higher one may have been called. */
    public long served() {
        return served;
    }

    /**
     * Returns how many visitors wait for the cursor: numbers given out that it has not reached, without those that
     * are over, called or inside already. Who has gone without a word counts until the cursor gets there. Visitors who
     * were passed over while silent and are back do not count.
     */
    public long waiting() {
        long over = overAheadOfCursor.stream()
                .filter(bit -> isGivenOut(served + 1 + bit))
                .count();
        // What is over may seem called still, or lie above the numbers issued: a store's answers overtake one another.
        long outOfTurn = LongStream.concat(Arrays.stream(called), Arrays.stream(insideOutOfTurn))
                .filter(number -> number > served && !isOverAheadOfCursor(number) && isGivenOut(number))
                .count();
        return countAhead(issued) - over - outOfTurn;
    }

    private boolean isGivenOut(long number) {
        return number <= issued && gaps.stream().noneMatch(gap -> gap.contains(number));
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

    /** Collects what a store knows of a room. Not safe for use by several threads. */
    public static final class Builder {
        private final int epoch;
        private long revision;
        private long storeMicros = -1;
        private long issued;
        private long served;
        private int inside;
        private int capacity = -1;
        private Room.Mode mode = Room.Mode.OPEN;
        private double cursorPerSecond;
        private long[] called = {};
        private long[] insideOutOfTurn = {};
        private BitSet overAheadOfCursor = new BitSet();
        private List<Gap> gaps = List.of();
        private Map<Long, Long> freed = Map.of();
        private int lives;
        private Map<Sightings.HeldTicket, Long> numbers = Map.of();

        private Builder(int epoch) {
            this.epoch = epoch;
        }

        /** Sets the count of places freed before their time. */
        public Builder revision(long count) {
            this.revision = count;
            return this;
        }

        /** Sets the store's time, in epoch microseconds. */
        public Builder storeMicros(long micros) {
            this.storeMicros = micros;
            return this;
        }

        /** Sets the highest number given out, or left out after a loss. */
        public Builder issued(long number) {
            this.issued = number;
            return this;
        }

        /** Sets the cursor: the number up to which all have had their turn. */
        public Builder served(long number) {
            this.served = number;
            return this;
        }

        /** Sets how many visitors are inside. */
        public Builder inside(int visitors) {
            this.inside = visitors;
            return this;
        }

        /** Sets how many visitors may be inside; 0 to 10,000,000. */
        public Builder capacity(int visitors) {
            this.capacity = visitors;
            return this;
        }

        /** Sets the room's mode. */
        public Builder mode(Room.Mode value) {
            this.mode = Objects.requireNonNull(value, "mode");
            return this;
        }

        /** Sets how many numbers a second the cursor has moved lately. */
        public Builder cursorPerSecond(double value) {
            this.cursorPerSecond = value;
            return this;
        }

        /** Sets the numbers that hold a claim, ascending; copied. */
        public Builder called(long... ascending) {
            this.called = Objects.requireNonNull(ascending, "called").clone();
            return this;
        }

        /** Sets the numbers inside that the cursor has not reached, ascending; copied. */
        public Builder insideOutOfTurn(long... ascending) {
            this.insideOutOfTurn =
                    Objects.requireNonNull(ascending, "insideOutOfTurn").clone();
            return this;
        }

        /**
         * Sets the numbers that are over before the cursor has reached them; copied.
         *
         * @param fromServed bit 0 stands for the number after {@code served}
         */
        public Builder overAheadOfCursor(BitSet fromServed) {
            this.overAheadOfCursor = (BitSet)
                    Objects.requireNonNull(fromServed, "overAheadOfCursor").clone();
            return this;
        }

        /** Sets the numbers that nobody has; copied. */
        public Builder gaps(List<Gap> numbers) {
            this.gaps = List.copyOf(Objects.requireNonNull(numbers, "gaps"));
            return this;
        }

        /**
         * Sets the stays that ended early since the revision asked for; copied.
         *
         * @param untilMicrosByNumber when each stay would have ended, in epoch microseconds
         */
        public Builder freed(Map<Long, Long> untilMicrosByNumber) {
            this.freed = Map.copyOf(Objects.requireNonNull(untilMicrosByNumber, "freed"));
            return this;
        }

        /** Sets how often the store has lost something. */
        public Builder lives(int count) {
            this.lives = count;
            return this;
        }

        /** Sets the number that each of the {@link Sightings#tickets} stands for, if it is known; copied. */
        public Builder numbers(Map<Sightings.HeldTicket, Long> numberByTicket) {
            this.numbers = Map.copyOf(Objects.requireNonNull(numberByTicket, "numbers"));
            return this;
        }

        /**
         * Returns the snapshot.
         *
         * @throws IllegalArgumentException if a value is out of its range; the message says which, and what it may be
         */
        public RoomSnapshot build() {
            return new RoomSnapshot(this);
        }
    }
}
