package io.sluice.benchmarks.replay;

import java.util.stream.LongStream;

/** Percentiles by nearest rank: always a value that was measured. */
final class Percentiles {

    private Percentiles() {}

    static long[] sorted(LongStream values) {
        return values.sorted().toArray();
    }

    /**
     * Returns the smallest value that at least this part of all values does not exceed; 0 if there are none.
     *
     * @param sorted ascending
     * @param part from 0 to 1
     */
    static long of(long[] sorted, double part) {
        if (sorted.length == 0) {
            return 0;
        }
        int rank = (int) Math.ceil(part * sorted.length);
        return sorted[Math.max(1, rank) - 1];
    }
}
