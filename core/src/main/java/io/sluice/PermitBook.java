package io.sluice;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;

/**
 * The calls under way of one guard: those with a permit, in the order in which they got it, and the overdue ones,
 * whose permit was taken back. Guarded by the queue that keeps it.
 */
final class PermitBook {

    /** The right of one call. It is out until it is released or taken back. */
    static final class Permit implements Guard.Permit {

        final String caller;
        final long givenNanos;
        private final FairQueue queue;
        private boolean released;

        Permit(String caller, long givenNanos, FairQueue queue) {
            this.caller = caller;
            this.givenNanos = givenNanos;
            this.queue = queue;
        }

        @Override
        public void release() {
            queue.release(this);
        }
    }

    private final LinkedHashSet<Permit> out = new LinkedHashSet<>();
    private final Map<String, Integer> callsByCaller = new HashMap<>();
    private int overdue;
    private long takenBack;

    void give(Permit permit) {
        out.add(permit);
        callsByCaller.merge(permit.caller, 1, Integer::sum);
    }

    /** Ends the permit's call; false if it has ended before. */
    boolean release(Permit permit) {
        if (permit.released) {
            return false;
        }
        permit.released = true;
        if (!out.remove(permit)) {
            overdue--;
        }
        callsByCaller.computeIfPresent(permit.caller, (caller, calls) -> calls == 1 ? null : calls - 1);
        return true;
    }

    /**
     * Returns the permit that has been out longest (1), second longest (2), and so on; at least {@code nth} are out.
     */
    Permit oldest(int nth) {
        return out.stream().skip(nth - 1).findFirst().orElseThrow();
    }

    /** Takes back the permits that have been out longest. */
    void takeBackOldest(int count) {
        Iterator<Permit> oldest = out.iterator();
        for (int i = 0; i < count; i++) {
            oldest.next();
            oldest.remove();
        }
        overdue += count;
        takenBack += count;
    }

    /** Returns how many calls a caller has under way, overdue ones included. */
    int callsOf(String caller) {
        return callsByCaller.getOrDefault(caller, 0);
    }

    int out() {
        return out.size();
    }

    int overdue() {
        return overdue;
    }

    long takenBack() {
        return takenBack;
    }
}
