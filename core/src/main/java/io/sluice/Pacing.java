package io.sluice;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * When a waiting visitor should poll again: a quarter of the expected wait, between half a second and 15 s. If the wait
 * is not known, whoever may be next polls every 2 s and everybody else as seldom as may be.
 *
 * <p>The upper bound is also 1/2.5 of the patience: a visitor who polls as told can lose a poll and still counts as
 * alive. If the two came near each other, the living would be taken for dead.
 */
final class Pacing {

    /*
     * The wait is unknown where it would be longest: in a room that is paused, has just begun, or moves a number in an
     * hour. If all who wait polled every 2 s then, 100,000 would send 50,000 polls a second. But at most `capacity` claims
     * are on the way at once, so whoever is further back is not next: with a capacity of 500 it is 250 polls a second of
     * the first 500, and 7,000 of the others at 15 s. In a small room the first 100 count as next too, so that the places
     * of one that is opened wider do not stand empty for 15 s; they send 50 polls a second.
     */
    private static final int NEXT_IN_A_SMALL_ROOM = 100;

    private static final long SHORTEST_NANOS = Duration.ofMillis(500).toNanos();
    private static final long LONGEST_NANOS = Duration.ofSeconds(15).toNanos();
    private static final long UNKNOWN_ETA_NANOS = Duration.ofSeconds(2).toNanos();
    private static final double POLLS_PER_PATIENCE = 2.5;
    private static final double JITTER = 0.1;

    private final long longestNanos;

    Pacing(Duration patience) {
        this.longestNanos = Math.min(LONGEST_NANOS, (long) (patience.toNanos() / POLLS_PER_PATIENCE));
    }

    /** Returns the least patience that two and a half polls and five refreshes fit into. */
    static Duration shortestPatience(Duration refresh) {
        Duration polls = Duration.ofNanos((long) (SHORTEST_NANOS * POLLS_PER_PATIENCE));
        Duration refreshes = refresh.multipliedBy(5);
        return polls.compareTo(refreshes) > 0 ? polls : refreshes;
    }

    Duration longest() {
        return Duration.ofNanos(longestNanos);
    }

    /**
     * Of a visitor whose wait may not be known.
     *
     * @param position how far the cursor is away
     * @param eta the expected wait; null if unknown
     * @param capacity how many may be inside
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

    /** Of a visitor of whom nothing is known but that the place is safe. */
    Duration pollSoon() {
        return paced(UNKNOWN_ETA_NANOS);
    }

    private Duration paced(long nanos) {
        long pacedNanos = Math.max(SHORTEST_NANOS, Math.min(nanos, longestNanos));
        // Only ever sooner: later would eat into the patience.
        double factor = 1 - JITTER * ThreadLocalRandom.current().nextDouble();
        return Duration.ofNanos((long) (pacedNanos * factor));
    }
}
