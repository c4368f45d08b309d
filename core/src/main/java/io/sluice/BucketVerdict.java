package io.sluice;

import static io.sluice.Arithmetic.ceilDiv;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.BucketConfiguration;
import java.util.concurrent.TimeUnit;

/** Packs and reads the verdicts of limits that Bucket4j decides. */
final class BucketVerdict {

    /*
     * The verdict of a limit that Bucket4j decides: (remaining << 32 | wait) if allowed and the complement ~ of that
     * if denied. remaining stops at 2^31 - 1. If denied, the wait is the time until the permits asked for fit; if
     * allowed, the time until one more permit than remaining is available. It is rounded up: whoever comes after it
     * finds the permits. Up to 24 days it counts milliseconds; a longer one has LONG_WAIT set and counts units of
     * 65.536 s, so that 292 years fit, which is as long as there are nanoseconds in a long.
     */

    private static final int WAIT_BITS = 32;
    private static final long WAIT_MASK = (1L << WAIT_BITS) - 1;
    private static final long LONG_WAIT = 1L << (WAIT_BITS - 1);
    private static final long MILLIS_PER_UNIT = 65_536;
    private static final long NANOS_PER_MILLI = 1_000_000;

    private BucketVerdict() {}

    static long of(boolean allowed, long remaining, long waitNanos) {
        long packed = (Math.min(remaining, Integer.MAX_VALUE) << WAIT_BITS) | packedWait(waitNanos);
        return allowed ? packed : ~packed;
    }

    private static long packedWait(long nanos) {
        long millis = ceilDiv(nanos, NANOS_PER_MILLI);
        return millis < LONG_WAIT ? millis : LONG_WAIT | ceilDiv(millis, MILLIS_PER_UNIT);
    }

    static long remaining(long verdict) {
        return unsigned(verdict) >> WAIT_BITS;
    }

    static long waitNanos(long verdict) {
        long wait = unsigned(verdict) & WAIT_MASK;
        long millis = wait < LONG_WAIT ? wait : (wait - LONG_WAIT) * MILLIS_PER_UNIT;
        return TimeUnit.MILLISECONDS.toNanos(millis);
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
