package io.sluice.benchmarks.replay;

/**
 * The time of the model: nanoseconds of the uncompressed load test. Everything scheduled on one timeline runs on one
 * thread, so its objects need no locks. Tests use a virtual clock instead.
 */
interface Timeline {

    /** Returns the nanoseconds since the timeline began. */
    long nowNanos();

    /** Runs the task on the timeline's thread after {@code delayNanos}; at once if the delay is not positive. */
    void schedule(long delayNanos, Runnable task);
}
