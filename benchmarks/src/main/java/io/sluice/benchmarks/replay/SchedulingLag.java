package io.sluice.benchmarks.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * How late the client was with its planned steps, in the time of the test. A client that lags measures itself: its
 * figures are not the shop's.
 */
final class SchedulingLag {

    private final Timeline timeline;
    private final List<Long> lagsNanos = new ArrayList<>();

    SchedulingLag(Timeline timeline) {
        this.timeline = timeline;
    }

    long nowNanos() {
        return timeline.nowNanos();
    }

    /**
     * Schedules a step and notes how late it began. On the timeline's thread only.
     *
     * @param step gets the time at which it should have begun; its duration counts from then
     */
    void schedule(long delayNanos, LongConsumer step) {
        long plannedNanos = timeline.nowNanos() + delayNanos;
        timeline.schedule(delayNanos, () -> {
            lagsNanos.add(Math.max(0, timeline.nowNanos() - plannedNanos));
            step.accept(plannedNanos);
        });
    }

    Summary summary() {
        long[] lags = Percentiles.sorted(lagsNanos.stream().mapToLong(Long::longValue));
        return new Summary(Percentiles.of(lags, 0.99), Percentiles.of(lags, 1));
    }

    /** A summary in the time of the test, as all latencies. */
    record Summary(long p99Nanos, long maxNanos) {}
}
