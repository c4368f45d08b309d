package io.sluice.benchmarks.gateway;

import java.util.concurrent.TimeUnit;

/** How long requests took, to the microsecond. Used by one thread at a time. */
final class Latencies {

    private static final int LONGEST_MICROS = 1_000_000;

    private final int[] byMicros = new int[LONGEST_MICROS + 1];
    private long count;

    void add(long nanos) {
        byMicros[(int) Math.min(TimeUnit.NANOSECONDS.toMicros(nanos), LONGEST_MICROS)]++;
        count++;
    }

    long count() {
        return count;
    }

    /** Returns the time that this part of all requests did not exceed; at most 1 s. */
    int micros(double part) {
        long left = (long) (count * part);
        for (int micros = 0; micros < LONGEST_MICROS; micros++) {
            left -= byMicros[micros];
            if (left < 0) {
                return micros;
            }
        }
        return LONGEST_MICROS;
    }
}
