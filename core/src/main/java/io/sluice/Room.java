package io.sluice;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The policy of one waiting room: how many visitors may be inside, for how long, and how the others wait. Immutable;
 * equal if all properties are equal; built with {@link #named}. Capacity and mode are initial values:
 * {@link WaitingRoom#configure} changes them while the room runs.
 */
public final class Room {

    /** How long a ticket that is never called is remembered. */
    static final Duration TICKET_LIFETIME = Duration.ofHours(24);

    static final long TICKET_LIFETIME_MICROS = TimeUnit.MICROSECONDS.convert(TICKET_LIFETIME);

    private static final int MAX_CAPACITY = 10_000_000;

    /** Who may join, and who is called. */
    public enum Mode {
        /** A visitor goes straight in while a place is free and nobody waits; the others wait and are called. */
        OPEN,
        /** Nobody goes straight in: every visitor gets a number and is called. */
        QUEUE_EVERYBODY,
        /** Visitors may join but nobody is called. Called visitors may still enter. */
        PAUSED,
        /** Nobody joins, is called or enters. Those inside stay inside. */
        CLOSED;

        boolean callsVisitors() {
            return this == OPEN || this == QUEUE_EVERYBODY;
        }
    }

    private final String name;
    private final int capacity;
    private final Duration stay;
    private final boolean renewable;
    private final Duration claimWithin;
    private final Duration patience;
    private final Duration refresh;
    private final Duration enterWait;
    private final Mode mode;

    private Room(Builder builder) {
        name = builder.name;
        capacity = builder.capacity;
        stay = builder.stay;
        renewable = builder.renewable;
        claimWithin = builder.claimWithin;
        patience = builder.patience;
        refresh = builder.refresh;
        enterWait = builder.enterWait;
        mode = Objects.requireNonNull(builder.mode, "mode");
        checkCapacity(capacity);
        checkBetween("stay", stay, Duration.ofMillis(1), Duration.ofDays(30));
        checkBetween("claimWithin", claimWithin, Duration.ofMillis(1), TICKET_LIFETIME);
        checkBetween("refresh", refresh, Duration.ofMillis(1), Duration.ofSeconds(10));
        checkBetween("enterWait", enterWait, Duration.ZERO, Duration.ofMinutes(5));
        checkBetween("patience", patience, Pacing.shortestPatience(refresh), TICKET_LIFETIME);
    }

    /**
     * Starts a policy with the defaults: stay 5 min, not renewable; claimWithin and patience 60 s; refresh 200 ms;
     * enterWait 10 s; mode {@link Mode#OPEN}. The capacity must be set.
     *
     * @param name 1 to 64 characters of {@code A-Za-z0-9._-}
     * @throws IllegalArgumentException if the name is out of range
     */
    public static Builder named(String name) {
        return new Builder(name);
    }

    /** Starts a policy with the properties of this one. */
    public Builder toBuilder() {
        return new Builder(name)
                .capacity(capacity)
                .stay(stay)
                .renewable(renewable)
                .claimWithin(claimWithin)
                .patience(patience)
                .refresh(refresh)
                .enterWait(enterWait)
                .mode(mode);
    }

    /** Returns the name; rooms of one name on one backend are one room. */
    public String name() {
        return name;
    }

    /** Returns how many visitors may be inside at once. */
    public int capacity() {
        return capacity;
    }

    /** Returns how long a visitor may stay inside. */
    public Duration stay() {
        return stay;
    }

    /** Tells whether {@link WaitingRoom#renew} starts the stay anew; if not, the stay keeps its end. */
    public boolean renewable() {
        return renewable;
    }

    /** Returns how long a visitor may take to enter after being told {@link Standing.State#READY READY}. */
    public Duration claimWithin() {
        return claimWithin;
    }

    /**
     * Returns how long a visitor who does not poll still counts as waiting; a backend may allow up to a quarter more.
     */
    public Duration patience() {
        return patience;
    }

    /** Returns how often each gateway asks the backend how far the queue has moved. */
    public Duration refresh() {
        return refresh;
    }

    /** Returns how long {@code enter} may be held until a place is free; while the store is away, {@code find}, too. */
    public Duration enterWait() {
        return enterWait;
    }

    /** Returns the mode in which the room starts. */
    public Mode mode() {
        return mode;
    }

    static void checkCapacity(int capacity) {
        if (capacity < 0 || capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException(
                    "A room's capacity lies between 0 and " + MAX_CAPACITY + ", but it was " + capacity);
        }
    }

    private static void checkBetween(String property, Duration value, Duration least, Duration most) {
        Objects.requireNonNull(value, property);
        if (value.compareTo(least) < 0 || value.compareTo(most) > 0) {
            throw new IllegalArgumentException(
                    "A room's " + property + " lies between " + least + " and " + most + ", but it was " + value);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Room that
                && name.equals(that.name)
                && capacity == that.capacity
                && stay.equals(that.stay)
                && renewable == that.renewable
                && claimWithin.equals(that.claimWithin)
                && patience.equals(that.patience)
                && refresh.equals(that.refresh)
                && enterWait.equals(that.enterWait)
                && mode == that.mode;
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, capacity, stay, renewable, claimWithin, patience, refresh, enterWait, mode);
    }

    @Override
    public String toString() {
        return "Room " + name + ", capacity " + capacity + ", stay " + stay + ", renewable " + renewable
                + ", claimWithin " + claimWithin + ", patience " + patience + ", refresh " + refresh + ", enterWait "
                + enterWait + ", mode " + mode;
    }

    /** Collects a room's policy. Not safe for use by several threads. */
    public static final class Builder {
        private final String name;
        private int capacity = -1;
        private Duration stay = Duration.ofMinutes(5);
        private boolean renewable;
        private Duration claimWithin = Duration.ofSeconds(60);
        private Duration patience = Duration.ofSeconds(60);
        private Duration refresh = Duration.ofMillis(200);
        private Duration enterWait = Duration.ofSeconds(10);
        private Mode mode = Mode.OPEN;

        private Builder(String name) {
            Names.check("room", name);
            this.name = name;
        }

        /** Sets how many visitors may be inside at once; 0 to 10,000,000. */
        public Builder capacity(int visitors) {
            this.capacity = visitors;
            return this;
        }

        /** Sets how long a visitor may stay inside; 1 ms to 30 days. */
        public Builder stay(Duration duration) {
            this.stay = duration;
            return this;
        }

        /** Sets whether a stay can be renewed. */
        public Builder renewable(boolean value) {
            this.renewable = value;
            return this;
        }

        /** Sets how long a visitor may take to enter after being told READY; 1 ms to 24 h. */
        public Builder claimWithin(Duration duration) {
            this.claimWithin = duration;
            return this;
        }

        /**
         * Sets how long a visitor who does not poll still counts as waiting; up to 24 h, and long enough for two and
         * a half polls at the shortest pace (1.25 s) and for five refreshes.
         */
        public Builder patience(Duration duration) {
            this.patience = duration;
            return this;
        }

        /** Sets how often each gateway asks the backend how far the queue has moved; 1 ms to 10 s. */
        public Builder refresh(Duration duration) {
            this.refresh = duration;
            return this;
        }

        /**
         * Sets how long {@code enter} may be held until a place is free; while the store is away, {@code find}, too.
         * 0 to 5 min.
         */
        public Builder enterWait(Duration duration) {
            this.enterWait = duration;
            return this;
        }

        /** Sets the mode in which the room starts. */
        public Builder mode(Mode value) {
            this.mode = value;
            return this;
        }

        /**
         * Returns the policy.
         *
         * @throws IllegalArgumentException if a value is out of its range; the message says which, and what it may be
         */
        public Room build() {
            return new Room(this);
        }
    }
}
