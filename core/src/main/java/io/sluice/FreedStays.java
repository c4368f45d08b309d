package io.sluice;

import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Stays that ended early, each kept until it would have ended, so that its pass is refused. Safe for use by many
 * threads.
 */
final class FreedStays {

    /*
     * With stays of hours there may be millions, and five times a second those that are due are dropped. So they are
     * also kept in the order of their ends: the cost of a drop depends on what is due, not on what there is. A stay
     * that is noted again with another end has two entries in `ends`; only the one that matches `untilMicrosByStay`
     * removes it.
     */

    /** A stay. Another room of this name may have given out its number too. */
    private record Stay(int epoch, long number) {}

    private record End(long untilMicros, Stay stay) {}

    private final Map<Stay, Long> untilMicrosByStay = new ConcurrentHashMap<>();
    private final ConcurrentSkipListSet<End> ends =
            new ConcurrentSkipListSet<>(Comparator.comparingLong(End::untilMicros)
                    .thenComparingInt(end -> end.stay().epoch())
                    .thenComparingLong(end -> end.stay().number()));

    void add(int epoch, long number, long untilMicros) {
        Stay stay = new Stay(epoch, number);
        untilMicrosByStay.put(stay, untilMicros);
        ends.add(new End(untilMicros, stay));
    }

    boolean contains(int epoch, long number) {
        return untilMicrosByStay.containsKey(new Stay(epoch, number));
    }

    /** Forgets the stays that would have ended by then. */
    void dropDue(long nowMicros) {
        for (End end : ends) {
            if (end.untilMicros() > nowMicros) {
                return;
            }
            ends.remove(end);
            untilMicrosByStay.remove(end.stay(), end.untilMicros());
        }
    }
}
