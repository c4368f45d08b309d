package io.sluice;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How many calls a {@link Guard} lets through at once to the service it protects, and how the others wait. Immutable;
 * equal if all properties are equal.
 *
 * <pre>{@code
 * Bound.of("shop", 4);
 * Bound.named("shop").limit(4).maxWait(Duration.ofSeconds(25)).maxHold(Duration.ofSeconds(10)).build();
 * }</pre>
 */
public final class Bound {

    private static final int MOST = 1_000_000;
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    /** Anything shorter is a slip, such as 30 read as milliseconds, and would take permits from ordinary calls. */
    private static final Duration SHORTEST_HOLD = Duration.ofSeconds(1);

    private static final Duration LONGEST_HOLD = Duration.ofHours(24);

    private final String name;
    private final int limit;
    private final Duration maxWait;
    private final int maxWaiting;
    private final Duration maxHold;

    private Bound(Builder builder) {
        name = builder.name;
        limit = builder.limit;
        maxWait = Objects.requireNonNull(builder.maxWait, "maxWait");
        maxWaiting = builder.maxWaiting;
        maxHold = Objects.requireNonNull(builder.maxHold, "maxHold");
        if (limit < 1 || limit > MOST) {
            throw new IllegalArgumentException("A guard's limit lies between 1 and " + MOST + ", but it was " + limit);
        }
        if (maxWait.isNegative() || maxWait.compareTo(LONGEST_WAIT) > 0) {
            throw new IllegalArgumentException(
                    "A guard's maxWait lies between 0 and " + LONGEST_WAIT + ", but it was " + maxWait);
        }
        if (maxWaiting < 0 || maxWaiting > MOST) {
            throw new IllegalArgumentException(
                    "A guard's maxWaiting lies between 0 and " + MOST + ", but it was " + maxWaiting);
        }
        boolean canBeHeld = maxHold.compareTo(SHORTEST_HOLD) >= 0 && maxHold.compareTo(LONGEST_HOLD) <= 0;
        if (!maxHold.isZero() && !canBeHeld) {
            throw new IllegalArgumentException("A guard's maxHold lies between " + SHORTEST_HOLD + " and "
                    + LONGEST_HOLD + ", or is 0 to take no permit back, but it was " + maxHold);
        }
    }

    /**
     * Returns a bound with the defaults of {@link #named}.
     *
     * @param name 1 to 64 characters of {@code A-Za-z0-9._-}
     * @param limit 1 to 1,000,000
     * @throws IllegalArgumentException if one of them is out of its range
     */
    public static Bound of(String name, int limit) {
        return named(name).limit(limit).build();
    }

    /**
     * Starts a bound with the defaults: maxWait 10 s, maxWaiting 10,000, no maxHold. The limit must be set.
     *
     * @param name 1 to 64 characters of {@code A-Za-z0-9._-}
     * @throws IllegalArgumentException if the name is out of range
     */
    public static Builder named(String name) {
        return new Builder(name);
    }

    /** Starts a bound with the properties of this one, such as the one to change to in {@link Guard#redefine}. */
    public Builder toBuilder() {
        return new Builder(name)
                .limit(limit)
                .maxWait(maxWait)
                .maxWaiting(maxWaiting)
                .maxHold(maxHold);
    }

    /** Returns the name; guards of one name on one backend share the bound. */
    public String name() {
        return name;
    }

    /**
     * Returns how many calls may have a permit at once, over all gateways. A shared backend divides it among them, at
     * least 1 each.
     */
    public int limit() {
        return limit;
    }

    /** Returns how long a call may wait for its turn. */
    public Duration maxWait() {
        return maxWait;
    }

    /**
     * Returns how many calls may wait in each gateway; one more is refused at once. A caller may have as many waiting
     * as there is room left for all others, so one caller alone has at most half of them; one more is refused at
     * once, too.
     */
    public int maxWaiting() {
        return maxWaiting;
    }

    /** Returns how long a call keeps its permit while others wait; zero: until it has ended. */
    public Duration maxHold() {
        return maxHold;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Bound that
                && name.equals(that.name)
                && limit == that.limit
                && maxWait.equals(that.maxWait)
                && maxWaiting == that.maxWaiting
                && maxHold.equals(that.maxHold);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, limit, maxWait, maxWaiting, maxHold);
    }

    @Override
    public String toString() {
        return "Bound " + name + ", limit " + limit + ", maxWait " + maxWait + ", maxWaiting " + maxWaiting
                + ", maxHold " + maxHold;
    }

    /** Collects the properties of a {@link Bound}. Not safe for use by several threads. */
    public static final class Builder {
        private final String name;
        private int limit;
        private Duration maxWait = Duration.ofSeconds(10);
        private int maxWaiting = 10_000;
        private Duration maxHold = Duration.ZERO;

        private Builder(String name) {
            Names.check("guard", name);
            this.name = name;
        }

        /**
         * Sets how many calls may have a permit at once, over all gateways; 1 to 1,000,000. A shared backend divides
         * it among them, at least 1 each, so make it at least their number.
         */
        public Builder limit(int calls) {
            this.limit = calls;
            return this;
        }

        /** Sets how long a call may wait for its turn; 0 to 1 h. */
        public Builder maxWait(Duration duration) {
            this.maxWait = duration;
            return this;
        }

        /** Sets how many calls may wait in each gateway; 0 to 1,000,000. */
        public Builder maxWaiting(int calls) {
            this.maxWaiting = calls;
            return this;
        }

        /**
         * Sets how long a call keeps its permit while others wait; 1 s to 24 h, or 0, the default, for until it has
         * ended. A call that takes longer than calls ever do, such as a request whose body comes a byte at a time,
         * then cannot keep the others out. Make it shorter than {@link #maxWait}, so that they still wait when it
         * has passed.
         *
         * <p>The permit then goes to a waiting call. The late call goes on, and the service has more than
         * {@link #limit} calls until it ends. Where calls can be ended, bound them by a time-out: if the service
         * hangs, {@code limit} more calls reach it each time {@code maxHold} has passed, until ten times as many are
         * late. From then on a permit comes free when a call ends. No caller has more than {@code limit} calls under
         * way, late ones included, so being slow gains nobody more. A caller who holds all permits waits for one of
         * them as without this bound.
         */
        public Builder maxHold(Duration duration) {
            this.maxHold = duration;
            return this;
        }

        /**
         * Returns the bound.
         *
         * @throws IllegalArgumentException if a value is out of its range; the message says which, and what it may be
         */
        public Bound build() {
            return new Bound(this);
        }
    }
}
