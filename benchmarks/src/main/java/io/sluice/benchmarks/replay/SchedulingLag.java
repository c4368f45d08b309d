package io.sluice.benchmarks.replay;

import java.util.ArrayList;
import java.util.List;

/**
 * How late the client was with what it had planned, in real time. A client that lags measures itself: its figures are
 * not the shop's.
 */
final class SchedulingLag {

    private final double compression;
    private final List<Long> realLagsNanos = new ArrayList<>();

    SchedulingLag(double compression) {
        this.compression = compression;
    }

    /** Schedules a step and notes how late it began. On the timeline's thread only. */
    void schedule(Timeline timeline, long delayNanos, Runnable step) {
        long plannedNanos = timeline.nowNanos() + delayNanos;
        timeline.schedule(delayNanos, () -> {
            realLagsNanos.add((long) (Math.max(0, timeline.nowNanos() - plannedNanos) / compression));
            step.run();
        });
    }

    Summary summary() {
        long[] lags = Percentiles.sorted(realLagsNanos.stream().mapToLong(Long::longValue));
        return new Summary(Percentiles.of(lags, 0.99), Percentiles.of(lags, 1));
    }

    /** Real time, whatever the compression. */
    record Summary(long p99RealNanos, long maxRealNanos) {}
}
