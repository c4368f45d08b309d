package io.sluice;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * When a waiting visitor should poll again: a quarter of the expected wait, between half a second and 15 s.
 *
 * <p>The upper bound is also 1/2.5 of the patience: a visitor who polls as told can lose a poll and still counts as
 * alive. If the two came near each other, the living would be taken for dead.
 */
final class Pacing {

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

    Duration pollAfter(@Nullable Duration eta) {
        long quarterNanos = eta == null ? UNKNOWN_ETA_NANOS : eta.toNanos() / 4;
        long pacedNanos = Math.max(SHORTEST_NANOS, Math.min(quarterNanos, longestNanos));
        // Only ever sooner: later would eat into the patience.
        double factor = 1 - JITTER * ThreadLocalRandom.current().nextDouble();
        return Duration.ofNanos((long) (pacedNanos * factor));
    }
}
