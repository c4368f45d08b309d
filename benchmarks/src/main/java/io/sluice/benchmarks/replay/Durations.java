package io.sluice.benchmarks.replay;

/** Nanoseconds from and to the units that people read. */
final class Durations {

    static final long NANOS_PER_MILLI = 1_000_000L;
    static final long NANOS_PER_SECOND = 1_000_000_000L;

    private Durations() {}

    static long seconds(double seconds) {
        return Math.round(seconds * NANOS_PER_SECOND);
    }

    static long millis(double millis) {
        return Math.round(millis * NANOS_PER_MILLI);
    }

    static double toSeconds(long nanos) {
        return nanos / (double) NANOS_PER_SECOND;
    }

    static double toMillis(long nanos) {
        return toMillis((double) nanos);
    }

    static double toMillis(double nanos) {
        return nanos / NANOS_PER_MILLI;
    }
}
