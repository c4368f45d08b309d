package io.sluice;

import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * Stays that ended before their time, each until it would have ended, so that their passes are refused. Safe for use by
 * many threads.
 */
final class FreedStays {

    /*
     * With stays of hours there may be millions, and five times a second those that are due are dropped. So they stand in
     * the order of their ends too: what a drop costs goes by what is due, not by what there is. A stay that is noted again
     * with another end stands there twice, and is forgotten with the end that was noted last.
     */

    /** A stay; another room of this name may have given out its number too. */
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
