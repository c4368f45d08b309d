package io.sluice;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The calls under way of one guard: those that have a permit, in the order in which they got it, and those that are
 * overdue, whose permit was taken back. Guarded by the queue that keeps it.
 */
final class PermitBook {

    /** The right of one call. Which of the two it is shows by whether it is among those that are out. */
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

    /** Returns the permit that has been out longest; null if none is. */
    @Nullable
    Permit oldest() {
        return out.isEmpty() ? null : out.iterator().next();
    }

    void takeBack(Permit permit) {
        out.remove(permit);
        overdue++;
        takenBack++;
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
