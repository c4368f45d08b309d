package io.sluice.benchmarks.replay;

import java.util.Locale;

/**
 * The most that the limit may grant a caller who goes round the gateways: in any window T so many bursts + rate × T.
 *
 * @param overlapNanos for how long some gateways may still use their shares of the rate while the others already have
 *     the whole of it from Redis
 */
record LimitBound(int bursts, long overlapNanos) {

    /*
     * WITH REDIS KILLED. A caller may get one burst from the Redis before, one from each gateway, because a share in
     * the outage has the whole burst, and one from the empty Redis, which knows of no debt. The shares add up to the
     * rate. Once Redis can be written again, each gateway is to decide by it within 2 s. So one may be back that much
     * earlier than another.
     */
    private static final double BACK_WITHIN_MILLIS = 2_000;

    private static final LimitBound PLAIN = new LimitBound(1, 0);

    static LimitBound of(Deployment deployment, int gateways, double compression) {
        if (!deployment.killsRedis()) {
            return PLAIN;
        }
        return new LimitBound(1 + gateways + 1, Durations.millis(BACK_WITHIN_MILLIS * compression));
    }

    long permitsIn(long windowNanos) {
        return (long) Math.floor(bursts * GatewayProperties.BURST
                + GatewayProperties.PERMITS_PER_SECOND * Durations.toSeconds(windowNanos + overlapNanos));
    }

    /** Returns the formula, and where more than one burst comes from. */
    @Override
    public String toString() {
        if (bursts == 1) {
            return "burst + rate × T";
        }
        return String.format(
                Locale.ROOT,
                "%d × burst + rate × (T + %.1f s)"
                        + " (one burst from Redis, one from each gateway in the outage, one from the empty Redis; one"
                        + " gateway may be back on Redis so much earlier than another)",
                bursts,
                Durations.toSeconds(overlapNanos));
    }
}
