package io.sluice.redis;

import java.util.Arrays;

/** The last counts of the gateways, and the count that is believed. Written by one thread at a time. */
final class Counts {

    /*
     * The believed count is the largest of the last three counts, one a second. A gateway that starts counts at once,
     * so that shares shrink without delay; one that leaves counts for two more seconds. A Redis that comes back empty
     * counts 1, 2, 3 as the gateways find back, and is not believed meanwhile.
     *
     * Likewise the largest of the last three ranks is believed, because a bound's remainder goes to the gateways that
     * come first. The ranks move on by one every six seconds of Redis's time. Example: limit 4 on three gateways gives
     * shares 2, 1, 1. If ranks stayed, callers at the latter two could wait out a maxWait of 25 s while nobody waits at
     * the first. A gateway that loses the remainder gives it up within a second. From the second after that
     * on, it reports whether calls still have turns of the remainder. By then the gateway that comes first has been
     * told so three times, which takes more than two seconds, and it waits for as long as another one reports such
     * calls. So nobody has the remainder for some two of the six seconds, and for longer after long calls, but no two
     * have it.
     */

    private static final int REMEMBERED = 3;
    private static final long TURN_MICROS = 6_000_000;

    private final Census[] last = new Census[REMEMBERED];
    private int added;
    private volatile Census believed = Census.ALONE;

    Counts() {
        Arrays.fill(last, Census.ALONE);
    }

    /**
     * A count of the gateways that live.
     *
     * @param live how many there are, 1 or more
     * @param rank how many of them come before this one, in an order that is the same for all
     */
    record Census(int live, int rank) {

        static final Census ALONE = new Census(1, 0);

        /** Returns the count with the rank at a time: each gateway is the first of all in its turn. */
        Census at(long storeMicros) {
            return new Census(live, (int) ((rank + storeMicros / TURN_MICROS) % live));
        }

        /** Returns the count that makes the smaller share. */
        Census cautious(Census other) {
            return new Census(Math.max(live, other.live), Math.max(rank, other.rank));
        }
    }

    /**
     * Adds a count.
     *
     * @param anotherHoldsMore whether another gateway has more calls under way than its share: then no share grows
     * @return whether the believed count has changed
     */
    boolean add(Census count, boolean anotherHoldsMore) {
        Census before = believed;
        last[added++ % REMEMBERED] = anotherHoldsMore ? count.cautious(before) : count;
        believed = Arrays.stream(last).reduce(Census.ALONE, Census::cautious);
        return !believed.equals(before);
    }

    /** Returns the believed count. */
    Census believed() {
        return believed;
    }
}
