package io.sluice.benchmarks.replay;

/**
 * The time that the model lives in: nanoseconds of the uncompressed load test. Everything scheduled on one timeline
 * runs on one thread, so what lives on it needs no locks; tests put a virtual clock in its place.
 */
interface Timeline {

    /** Nanoseconds since the timeline began. */
    long nowNanos();

    /** Runs the task on the timeline's thread, in so many nanoseconds; at once when the delay is not positive. */
    void schedule(long delayNanos, Runnable task);
}
