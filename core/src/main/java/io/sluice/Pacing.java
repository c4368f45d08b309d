package io.sluice;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Decides when a waiting visitor polls again: after a quarter of the expected wait, between half a second and 15 s.
 * If the wait is not known, visitors who may be next poll every 2 s, and all others as seldom as allowed.
 *
 * <p>The upper bound is also 1/2.5 of the patience: a visitor who polls as told can lose a poll and still counts as
 * alive. If the bound came near the patience, the living would be taken for dead.
 */
final class Pacing {

    /*
     * The wait is unknown where it is longest: in a room that is paused, has just begun, or moves one number an
     * hour. If all waiting visitors polled every 2 s then, 100,000 would send 50,000 polls a second. But at most
     * `capacity` claims are on the way at once, so a visitor further back is not next. With a capacity of 500 the
     * first 500 send 250 polls a second, and the others at 15 s send 7,000. In a small room the first 100 count as
     * next too, so that its places do not stand empty for 15 s when it is opened wider: they send 50 polls a second.
     */
    private static final int NEXT_IN_A_SMALL_ROOM = 100;

    private static final long SHORTEST_NANOS = Duration.ofMillis(500).toNanos();
    private static final long LONGEST_NANOS = Duration.ofSeconds(15).toNanos();
    private static final long UNKNOWN_ETA_NANOS = Duration.ofSeconds(2).toNanos();
    private static final double POLLS_PER_PATIENCE = 2.5;
    private static final double JITTER = 0.1;

    private final DoubleSupplier random;
    private final long longestNanos;

    Pacing(Duration patience) {
        this(patience, () -> ThreadLocalRandom.current().nextDouble());
    }

    /** @param random gives numbers from 0 to 1, for the jitter */
    Pacing(Duration patience, DoubleSupplier random) {
        this.random = random;
        this.longestNanos = Math.min(LONGEST_NANOS, (long) (patience.toNanos() / POLLS_PER_PATIENCE));
    }

    /** Returns the least patience that fits two and a half polls and five refreshes. */
    static Duration shortestPatience(Duration refresh) {
        Duration polls = Duration.ofNanos((long) (SHORTEST_NANOS * POLLS_PER_PATIENCE));
        Duration refreshes = refresh.multipliedBy(5);
        return polls.compareTo(refreshes) > 0 ? polls : refreshes;
    }

    Duration longest() {
        return Duration.ofNanos(longestNanos);
    }

    /**
     * Returns the pause for a visitor whose wait may not be known.
     *
     * @param position the distance from the cursor
     * @param eta the expected wait; null if unknown
     * @param capacity how many visitors may be inside
     */
    Duration pollAfter(long position, @Nullable Duration eta, int capacity) {
        if (eta != null) {
            return pollAfter(eta);
        }
        return position > Math.max(capacity, NEXT_IN_A_SMALL_ROOM) ? paced(longestNanos) : pollSoon();
    }

    Duration pollAfter(Duration eta) {
        return paced(eta.toNanos() / 4);
    }

    /** Returns the pause for a visitor whose place is safe, if nothing else is known. */
    Duration pollSoon() {
        return paced(UNKNOWN_ETA_NANOS);
    }

    private Duration paced(long nanos) {
        long pacedNanos = Math.max(SHORTEST_NANOS, Math.min(nanos, longestNanos));
        // Only ever sooner: later would eat into the patience.
        double factor = 1 - JITTER * random.getAsDouble();
        return Duration.ofNanos((long) (pacedNanos * factor));
    }
}
