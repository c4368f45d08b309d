package io.sluice;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;
import java.util.concurrent.TimeUnit;

/** Packs and reads the verdicts of limits that Bucket4j decides. */
final class BucketVerdict {

    /*
     * The verdict of a limit that Bucket4j decides: (remaining << 32 | waitMillis) if allowed and the complement ~
     * of that if denied. remaining stops at 2^31 - 1. waitMillis is rounded up and stops at 2^32 - 1, 49 days. If
     * denied, it is the time until the permits asked for fit; if allowed, the time until one more permit than
     * remaining is available.
     */

    private static final int WAIT_BITS = 32;
    private static final long WAIT_MASK = (1L << WAIT_BITS) - 1;

    private BucketVerdict() {}

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

    /** Returns how long until the last of the bandwidths aligned to a moment is refilled for the first time. */
    static long untilFirstRefillNanos(BucketConfiguration configuration, long nowEpochNanos) {
        long longest = 0;
        for (Bandwidth bandwidth : configuration.getBandwidths()) {
            if (bandwidth.isIntervallyAligned()) {
                long firstEpochNanos = TimeUnit.MILLISECONDS.toNanos(bandwidth.getTimeOfFirstRefillMillis());
                longest = Math.max(longest, firstEpochNanos - nowEpochNanos);
            }
        }
        return longest;
    }

    /** Reads a verdict; {@link Limit#resetAfterNanos} says how exact it is. */
    static long resetAfterNanos(BucketConfiguration configuration, long verdict) {
        // The wait for a token includes the first refill if that is still to come.
        return resetAfterNanos(configuration, remaining(verdict), waitNanos(verdict));
    }

    /**
     * Returns an upper bound: no bandwidth has fewer tokens than {@code remaining}, so none needs longer to be full.
     *
     * @param nextRefillNanos when aligned bandwidths are refilled, if that may be more than a period away
     */
    static long resetAfterNanos(BucketConfiguration configuration, long remaining, long nextRefillNanos) {
        long longest = 0;
        for (Bandwidth bandwidth : configuration.getBandwidths()) {
            long refillNanos = refillNanos(
                    bandwidth,
                    bandwidth.getCapacity() - remaining,
                    bandwidth.isIntervallyAligned() ? nextRefillNanos : 0);
            longest = Math.max(longest, refillNanos);
        }
        return longest;
    }

    /** Returns the most time that so many tokens need: whole periods, as with a refill at intervals. Saturates. */
    private static long refillNanos(Bandwidth bandwidth, long tokens, long nextRefillNanos) {
        if (tokens <= 0) {
            return 0;
        }
        long furtherPeriods = (tokens - 1) / bandwidth.getRefillTokens();
        long periodNanos = bandwidth.getRefillPeriodNanos();
        long firstNanos = Math.max(periodNanos, nextRefillNanos);
        return furtherPeriods > (Long.MAX_VALUE - firstNanos) / periodNanos
                ? Long.MAX_VALUE
                : firstNanos + furtherPeriods * periodNanos;
    }
}
