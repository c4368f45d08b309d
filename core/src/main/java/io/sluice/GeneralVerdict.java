package io.sluice;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;
import java.util.concurrent.TimeUnit;

/** Packs and reads verdicts of the general lane. */
final class GeneralVerdict {

    /*
     * The verdict of a limit that Bucket4j decides: (remaining << 32 | waitMillis) if allowed and the complement ~ of
     * that if denied. remaining stops at 2^31 - 1. waitMillis is rounded up and stops at 2^32 - 1, 49 days; if denied
     * it is the time until the permits asked for fit, if allowed the time until one more permit than remaining is
     * there.
     */

    private static final int WAIT_BITS = 32;
    private static final long WAIT_MASK = (1L << WAIT_BITS) - 1;

    private GeneralVerdict() {}

    static long of(boolean allowed, long remaining, long waitNanos) {
        long waitMillis = waitNanos / 1_000_000 + (waitNanos % 1_000_000 == 0 ? 0 : 1);
        long packed = (Math.min(remaining, Integer.MAX_VALUE) << WAIT_BITS) | Math.min(waitMillis, WAIT_MASK);
        return allowed ? packed : ~packed;
    }

    static long remaining(long verdict) {
        return unsigned(verdict) >> WAIT_BITS;
    }

    static long waitNanos(long verdict) {
        return TimeUnit.MILLISECONDS.toNanos(unsigned(verdict) & WAIT_MASK);
    }

    private static long unsigned(long verdict) {
        return verdict < 0 ? ~verdict : verdict;
    }

    static long maxPermits(BucketConfiguration configuration) {
        long smallest = Long.MAX_VALUE;
        for (Bandwidth bandwidth : configuration.getBandwidths()) {
            smallest = Math.min(smallest, bandwidth.getCapacity());
        }
        return smallest;
    }

    /** No bandwidth has fewer tokens than {@code remaining}, so none needs longer than this to be full. */
    static long resetAfterNanos(BucketConfiguration configuration, long remaining) {
        long longest = 0;
        for (Bandwidth bandwidth : configuration.getBandwidths()) {
            longest = Math.max(longest, refillNanos(bandwidth, bandwidth.getCapacity() - remaining));
        }
        return longest;
    }

    /** The most time that so many tokens need: whole periods, as of a refill at intervals. Saturates. */
    private static long refillNanos(Bandwidth bandwidth, long tokens) {
        if (tokens <= 0) {
            return 0;
        }
        long periods = (tokens - 1) / bandwidth.getRefillTokens() + 1;
        long periodNanos = bandwidth.getRefillPeriodNanos();
        return periods > Long.MAX_VALUE / periodNanos ? Long.MAX_VALUE : periods * periodNanos;
    }
}
