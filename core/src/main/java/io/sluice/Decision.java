package io.sluice;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The answer of a {@link RateLimiter}. Immutable.
 *
 * <p>Example, for {@code 10/1s} and a caller who makes 12 calls in an instant: the first is allowed with 9 permits
 * remaining; the tenth is allowed with 0 remaining and the next permit after 100 ms; the eleventh and the twelfth are
 * denied with a retry after 100 ms, and the limit is at rest after 1 s.
 *
 * @param allowed whether the permits were charged
 * @param remaining how many permits of the binding bandwidth could be charged right now; 0 or more. It stops
 *     at 2,147,483,647 if the limit has a Bucket4j configuration
 * @param retryAfterNanos if denied: how long until the same number of permits fits, provided nobody charges this key
 *     meanwhile; more than 0. If allowed: 0
 * @param nextPermitAfterNanos how long until one more permit than {@code remaining} is available; 0 if the limit is
 *     at rest. If denied by a limit with a Bucket4j configuration, the same as {@code retryAfterNanos}
 * @param resetAfterNanos how long until the binding bandwidth is back at its full burst if nothing more is charged;
 *     0 if it is
 * @param bandwidth the binding bandwidth, which these figures describe: the one with the fewest permits left if
 *     allowed, the one with the longest wait if denied; null if the limit has a Bucket4j configuration
 */
public record Decision(
        boolean allowed,
        long remaining,
        long retryAfterNanos,
        long nextPermitAfterNanos,
        long resetAfterNanos,
        @Nullable Bandwidth bandwidth,
        Source source) {

    /** Who decided. */
    public enum Source {
        /** The store that holds the limit's state. */
        STORE,
        /** The limit's {@link Limit.OnOutage} policy, because the store did not answer in time. */
        OUTAGE_POLICY
    }

    /**
     * Tells whether a {@linkplain RateLimiter#refund refund} gives back what this decision took: the store charged
     * the permits.
     */
    public boolean isRefundable() {
        return allowed && source == Source.STORE;
    }

    /** Returns {@link #retryAfterNanos} as a duration. */
    public Duration retryAfter() {
        return Duration.ofNanos(retryAfterNanos);
    }

    /** Returns {@link #nextPermitAfterNanos} as a duration. */
    public Duration nextPermitAfter() {
        return Duration.ofNanos(nextPermitAfterNanos);
    }

    /** Returns {@link #resetAfterNanos} as a duration. */
    public Duration resetAfter() {
        return Duration.ofNanos(resetAfterNanos);
    }
}
