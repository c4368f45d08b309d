package io.sluice;

import static io.sluice.Arithmetic.ceilDiv;

import java.time.Duration;
import java.util.Objects;

/**
 * One rate within a {@link Limit}: {@code permits} per {@code period}, and at most {@code burst} at once. Immutable.
 *
 * <p>A caller at rest may take {@code burst} permits in an instant; from then on one permit comes back every {@link
 * #costNanos}. Idle time never banks more than the burst.
 *
 * @param permits permits per period, 1 or more
 * @param period more than zero and at most 1825 days
 * @param burst the most permits that fit at once, 1 or more; the time to refill it is at most 1825 days
 */
public record Bandwidth(long permits, Duration period, long burst) {

    /** Five years: short enough that no sum or shift of two such times overflows. */
    private static final Duration LONGEST = Duration.ofDays(5 * 365);

    /** Creates a bandwidth whose burst is one period's permits. */
    public Bandwidth(long permits, Duration period) {
        this(permits, period, permits);
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if a number is out of its range, or if the time per permit, rounded up to whole
     *     nanoseconds, would lose more than 1 % of the rate
     */
    public Bandwidth {
        Objects.requireNonNull(period, "period");
        if (permits < 1 || burst < 1) {
            throw invalid("permits and burst must be 1 or more, but were %d and %d".formatted(permits, burst));
        }
        if (period.compareTo(Duration.ZERO) <= 0 || period.compareTo(LONGEST) > 0) {
            throw invalid("the period must be more than zero and at most %s, but was %s".formatted(LONGEST, period));
        }
        long periodNanos = period.toNanos();
        if (permits > periodNanos) {
            throw invalid("%d permits in %s are more than one a nanosecond; use a lower rate or leave it unlimited"
                    .formatted(permits, period));
        }
        long costNanos = ceilDiv(periodNanos, permits);
        long roundedNanos = costNanos * permits;
        if (roundedNanos - periodNanos > roundedNanos / 100) {
            throw invalid("%d permits in %s cannot be kept within 1 %% at whole nanoseconds a permit; use %d or %d"
                    .formatted(permits, period, ceilDiv(periodNanos, costNanos), ceilDiv(periodNanos, costNanos - 1)));
        }
        if (burst > LONGEST.toNanos() / costNanos) {
            throw invalid("a burst of %d takes longer than %s to refill; use at most %d"
                    .formatted(burst, LONGEST, LONGEST.toNanos() / costNanos));
        }
    }

    /** Returns the time after which one permit comes back: period ÷ permits, rounded up; 1 or more. */
    public long costNanos() {
        return ceilDiv(period.toNanos(), permits);
    }

    /** Returns the time after which an empty burst is full again: burst × {@link #costNanos}. */
    public long toleranceNanos() {
        return burst * costNanos();
    }

    /** Returns the form that {@link Limit#parse} reads, such as {@code 300/1m burst 50}. */
    @Override
    public String toString() {
        return LimitText.format(this);
    }

    private static IllegalArgumentException invalid(String problem) {
        return new IllegalArgumentException("Bandwidth: " + problem);
    }
}
