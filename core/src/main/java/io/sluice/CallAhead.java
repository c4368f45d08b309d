package io.sluice;

/**
 * How many numbers to call before their places are free. Times are microseconds; not safe for use by several threads.
 */
final class CallAhead {

    /*
     * A called number holds a claim, not a place. If calling took the place, no-shows and the time between a call and
     * the next poll would leave 23 to 46 % of the places empty (stays of 30 s, 0 to 60 % leavers). So as many numbers
     * are called as places are free, plus those that will become free until the called ones are at the door:
     *
     *   claims = free + ceil(λh + 2·sqrt(λh)) - knocking, at most capacity
     *
     * λ is how many places a second become free, h how many seconds pass from a call to the knock. Places become free
     * like a Poisson stream, so λh are expected while one called visitor is on the way, and two standard deviations
     * more keep a visitor at the door nearly always. Worked: 500 places, stays of 30 s, h = 2 s: λ = 16.7, λh = 33.3,
     * so 33.3 + 11.5 = 45 are called ahead. Whoever comes too early knocks, and waits for λ places a second at the door:
     * with the usual 2 + λ/2 knocking, about half a second.
     *
     * A claim not heard from for 4 s is taken for a no-show: it stands, but no longer keeps others from being called.
     */
    private static final double WINDOW_SECONDS = 20;

    private static final double FRESH_SECONDS = 4;
    private static final double DELAY_WEIGHT = 0.1;
    private static final double MICROS_PER_SECOND = 1e6;

    private final Rate freed;
    private final Rate cursor;
    private double knockDelaySeconds = 1;

    CallAhead(long nowMicros) {
        freed = new Rate(nowMicros);
        cursor = new Rate(nowMicros);
    }

    void placeFreed(long nowMicros) {
        freed.add(1, nowMicros);
    }

    void cursorMoved(long numbers, long nowMicros) {
        cursor.add(numbers, nowMicros);
    }

    /** Takes in how long a called visitor took to the first knock. */
    void knocked(long delayMicros) {
        knockDelaySeconds += DELAY_WEIGHT * (delayMicros / MICROS_PER_SECOND - knockDelaySeconds);
    }

    /** Returns how many numbers a second the cursor has moved lately. */
    double cursorPerSecond(long nowMicros) {
        return cursor.perSecond(nowMicros);
    }

    boolean isFresh(long silentMicros) {
        return silentMicros < FRESH_SECONDS * MICROS_PER_SECOND;
    }

    /** Returns how many fresh claims there should be besides those knocking; negative if there are too many. */
    int claimsWanted(long nowMicros, int capacity, int inside, int knocking) {
        double freedPerSecond = freed.perSecond(nowMicros);
        if (knocking > 2 + freedPerSecond / 2) {
            return 0;
        }
        double onTheWay = freedPerSecond * knockDelaySeconds;
        double ahead = Math.ceil(onTheWay + 2 * Math.sqrt(onTheWay));
        return (int) Math.min(capacity, capacity - inside + ahead - knocking);
    }

    /** Events a second, as a mean that forgets with a time constant of 20 s. */
    private static final class Rate {
        private final long startMicros;
        private double weight;
        private long lastMicros;

        Rate(long nowMicros) {
            startMicros = nowMicros;
            lastMicros = nowMicros;
        }

        void add(long events, long nowMicros) {
            decayTo(nowMicros);
            weight += events;
        }

        double perSecond(long nowMicros) {
            decayTo(nowMicros);
            // A mean over the time seen so far, as long as that is shorter than the window.
            double seenSeconds = Math.max(1, (nowMicros - startMicros) / MICROS_PER_SECOND);
            return weight / (WINDOW_SECONDS * (1 - Math.exp(-seenSeconds / WINDOW_SECONDS)));
        }

        private void decayTo(long nowMicros) {
            if (nowMicros > lastMicros) {
                weight *= Math.exp(-(nowMicros - lastMicros) / (MICROS_PER_SECOND * WINDOW_SECONDS));
                lastMicros = nowMicros;
            }
        }
    }
}
