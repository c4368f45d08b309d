package io.sluice;

import java.time.Duration;
import java.util.Objects;

/**
 * How many calls a {@link Guard} lets through to its backend at once. Immutable.
 *
 * @param name 1 to 64 characters of {@code A-Za-z0-9._-}; guards of one name on one backend share the bound
 * @param limit calls at once, over all gateways; 1 to 1,000,000
 * @param maxWait how long a call may wait for its turn; 0 to 1 h
 * @param maxWaiting how many calls may wait; one more is refused at once. 0 to 1,000,000
 */
public record Bound(String name, int limit, Duration maxWait, int maxWaiting) {

    private static final int MOST = 1_000_000;
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);

    public Bound {
        Names.check("guard", name);
        if (limit < 1 || limit > MOST) {
            throw new IllegalArgumentException("A guard's limit lies between 1 and " + MOST + ", but it was " + limit);
        }
        Objects.requireNonNull(maxWait, "maxWait");
        if (maxWait.isNegative() || maxWait.compareTo(LONGEST_WAIT) > 0) {
            throw new IllegalArgumentException(
                    "A guard's maxWait lies between 0 and " + LONGEST_WAIT + ", but it was " + maxWait);
        }
        if (maxWaiting < 0 || maxWaiting > MOST) {
            throw new IllegalArgumentException(
                    "A guard's maxWaiting lies between 0 and " + MOST + ", but it was " + maxWaiting);
        }
    }

    /** Returns a bound with the defaults: maxWait 10 s, maxWaiting 10,000. */
    public static Bound of(String name, int limit) {
        return new Bound(name, limit, Duration.ofSeconds(10), 10_000);
    }

    /** Returns this bound with another longest wait. */
    public Bound withMaxWait(Duration wait) {
        return new Bound(name, limit, wait, maxWaiting);
    }

    /** Returns this bound with another number of calls that may wait. */
    public Bound withMaxWaiting(int calls) {
        return new Bound(name, limit, maxWait, calls);
    }
}
