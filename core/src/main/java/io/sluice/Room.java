package io.sluice;

import java.time.Duration;
import java.util.Objects;

/**
 * The policy of one waiting room: how many visitors may be inside, for how long, and how the others wait. Immutable;
 * built with {@link #named}. Capacity and mode are where a room starts: {@link WaitingRoom#configure} changes them
 * while it runs.
 *
 * @param name 1 to 64 characters of {@code A-Za-z0-9._-}; rooms of one name on one backend are one room
 * @param capacity visitors who may be inside at once; 0 to 10,000,000
 * @param stay how long a visitor may stay inside
 * @param renewable whether {@link WaitingRoom#renew} starts the stay anew; if not, it ends when it ends
 * @param claimWithin how long a visitor who has been told to be {@link Standing.State#READY READY} may take to enter
 * @param patience how long a visitor who does not poll still counts as waiting; a backend may allow up to a quarter
 *     more
 * @param refresh how often each gateway asks the backend how far the queue has moved
 * @param enterWait how long {@code enter} may be held until a place is free
 * @param mode how the room starts
 */
public record Room(
        String name,
        int capacity,
        Duration stay,
        boolean renewable,
        Duration claimWithin,
        Duration patience,
        Duration refresh,
        Duration enterWait,
        Mode mode) {

    /** How long a ticket that is never called is remembered. */
    static final Duration TICKET_LIFETIME = Duration.ofHours(24);

    private static final int MAX_CAPACITY = 10_000_000;

    /** Who may join, and who is called. */
    public enum Mode {
        /** Who comes while a place is free and nobody waits goes straight in; the others wait and are called. */
        OPEN,
        /** Nobody goes straight in: everybody gets a number and is called. */
        QUEUE_EVERYBODY,
        /** Visitors may join but nobody is called. Those who were called may still enter. */
        PAUSED,
        /** Nobody joins, is called or enters. Those inside stay inside. */
        CLOSED
    }

    public Room {
        Names.check("room", name);
        checkCapacity(capacity);
        checkBetween("stay", stay, Duration.ofMillis(1), Duration.ofDays(30));
        checkBetween("claimWithin", claimWithin, Duration.ofMillis(1), TICKET_LIFETIME);
        checkBetween("refresh", refresh, Duration.ofMillis(1), Duration.ofSeconds(10));
        checkBetween("enterWait", enterWait, Duration.ZERO, Duration.ofMinutes(5));
        checkBetween("patience", patience, Pacing.shortestPatience(refresh), TICKET_LIFETIME);
        Objects.requireNonNull(mode, "mode");
    }

    /**
     * Starts a policy with the defaults: stay 5 min, not renewable; claimWithin and patience 60 s; refresh 200 ms;
     * enterWait 10 s; mode {@link Mode#OPEN}. The capacity has none and must be set.
     */
    public static Builder named(String name) {
        return new Builder(name);
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

        /** Sets how long a visitor who has been told to be READY may take to enter; 1 ms to 24 h. */
        public Builder claimWithin(Duration duration) {
            this.claimWithin = duration;
            return this;
        }

        /**
         * Sets how long a visitor who does not poll still counts as waiting; up to 24 h, and long enough for two and a
         * half polls at the shortest pace (1.25 s) and for five refreshes.
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

        /** Sets how long {@code enter} may be held until a place is free; 0 to 5 min. */
        public Builder enterWait(Duration duration) {
            this.enterWait = duration;
            return this;
        }

        /** Sets how the room starts. */
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
            return new Room(name, capacity, stay, renewable, claimWithin, patience, refresh, enterWait, mode);
        }
    }
}
