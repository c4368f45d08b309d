package io.sluice;

/**
 * How many numbers to call before their places are free. Times are microseconds; not safe for use by several threads.
 */
final class CallAhead {

    /*
     * A called number holds a claim, not a place. If calling took the place, no-shows and the time between a call
     * and the next poll would leave 23 to 46 % of the places empty (stays of 30 s, 0 to 60 % leavers). So numbers
     * are called until the visitors expected at the door match the free places, plus those that become free until
     * the called visitors arrive:
     *
     *   expected on the way + knocking = free + ceil(λh + 2·sqrt(λh)), with at most capacity claims on the way
     *
     * λ is how many places a second become free, h how many seconds pass from a call to the knock. Places become
     * free like a Poisson stream, so λh are expected while one called visitor is on the way; two standard deviations
     * more keep a visitor at the door nearly always. Worked: 500 places, stays of 30 s, h = 0.7 s: λ = 16.7, λh =
     * 11.7, so ceil(11.7 + 6.8) = 19 more are wanted on the way than places are free. A visitor who comes too early
     * knocks, and waits at the door while λ places a second become free: with the usual 2 + λ/2 knocking, about half
     * a second.
     *
     * Not everybody called comes. If every claim counted as one visitor on the way until it has been silent for 4 s,
     * leavers would crowd out the living. With p = 40 % of the called coming, λ/p a second are called, and the claims
     * of λ/p · 60 % · 4 s = 6λ visitors who have gone stand beside the λh = 0.7λ who come. Fewer places become free
     * while some are empty, so 6.7λ = free + ceil(0.7λ + 2·sqrt(0.7λ)) with λ = (500 - free) ÷ 30: some 77 of the 500
     * places are empty, 15 % (simulated: 13 to 16 %). So a claim counts by the chance that its visitor, silent for s
     * seconds, still comes:
     *
     *   chance(s) = p·exp(-s/h) ÷ (p·exp(-s/h) + 1 - p)
     *
     * Summed over all claims that is λh again, however many leavers are among them: 0.4 % of the places stay empty.
     * p is measured over the last 20 s, with TRUSTED visitors who come added. So a small room, which sees few
     * visitors, calls one for one place and takes a silence of 4 s for a no-show; a large one overbooks.
     */
    private static final double WINDOW_SECONDS = 20;

    private static final double MICROS_PER_SECOND = 1e6;
    private static final long FRESH_MICROS = 4_000_000;
    private static final long SHORTEST_DELAY_MICROS = 100_000;
    private static final double DELAY_WEIGHT = 0.1;
    private static final double TRUSTED = 10;
    /** A sum of chances that should be whole may be a hair too large; that must not leave a place uncalled for. */
    private static final double ROUNDING = 1e-6;

    private final Rate freed;
    private final Rate cursor;
    private final Rate came;
    private final Rate answered;
    private double knockDelayMicros = MICROS_PER_SECOND;

    CallAhead(long nowMicros) {
        freed = new Rate(nowMicros);
        cursor = new Rate(nowMicros);
        came = new Rate(nowMicros);
        answered = new Rate(nowMicros);
    }

    void placeFreed(long nowMicros) {
        freed.add(1, nowMicros);
    }

    void cursorMoved(long numbers, long nowMicros) {
        cursor.add(numbers, nowMicros);
    }

    /** Notes how long a called visitor took to the first knock. */
    void came(long delayMicros, long nowMicros) {
        // A delay of 30 s in an outage says nothing about the next visitor: with h = 26 s nearly the whole capacity
        // would be called at once.
        long boundedMicros = Math.max(SHORTEST_DELAY_MICROS, Math.min(delayMicros, FRESH_MICROS));
        knockDelayMicros += DELAY_WEIGHT * (boundedMicros - knockDelayMicros);
        came.add(1, nowMicros);
    }

    /** Notes that a call has had its answer: the visitor came, left, let the claim lapse or was silent for too long. */
    void answered(long nowMicros) {
        answered.add(1, nowMicros);
    }

    /** Returns how many numbers a second the cursor has moved lately. */
    double cursorPerSecond(long nowMicros) {
        return cursor.perSecond(nowMicros);
    }

    /** Tells whether a called visitor may still be on the way after such a silence. */
    static boolean isFresh(long silentMicros) {
        return silentMicros < FRESH_MICROS;
    }

    /** Returns the share of called visitors who come to the door. */
    double showRate(long nowMicros) {
        double rate = (came.weight(nowMicros) + TRUSTED) / (answered.weight(nowMicros) + TRUSTED);
        return Math.min(1, rate);
    }

    /** Returns the probability that a called visitor still comes after such a silence. */
    double chanceToCome(double showRate, long silentMicros) {
        double late = showRate * Math.exp(-silentMicros / knockDelayMicros);
        return late / (late + (1 - showRate));
    }

    /**
     * Returns how many more numbers to call.
     *
     * @param freePlaces negative if there are more visitors inside than the capacity
     * @param knocking how many visitors are at the door
     * @param expected how many called visitors are on the way: the sum of their {@link #chanceToCome}
     * @param showRate of which those chances are
     */
    int missingClaims(long nowMicros, int freePlaces, int knocking, double expected, double showRate) {
        double freedPerSecond = freed.perSecond(nowMicros);
        if (knocking > 2 + freedPerSecond / 2) {
            return 0;
        }
        double freedMeanwhile = freedPerSecond * knockDelayMicros / MICROS_PER_SECOND;
        double ahead = Math.ceil(freedMeanwhile + 2 * Math.sqrt(freedMeanwhile));
        return (int) ((freePlaces + ahead - knocking - expected) / showRate + ROUNDING);
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

        double weight(long nowMicros) {
            decayTo(nowMicros);
            return weight;
        }

        double perSecond(long nowMicros) {
            decayTo(nowMicros);
            // A mean over the time seen so far while that is shorter than the window.
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
