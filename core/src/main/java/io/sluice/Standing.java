package io.sluice;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a visitor stands.
 *
 * @param state the visitor's state
 * @param position how far the cursor is away: 1 is next; 0 unless {@code QUEUED}, or while {@code holding}. It
 *     does not grow on one gateway; another may know the cursor as it was a refresh ago
 * @param eta how long until the visitor is called at the speed seen lately; null if unknown, zero once called
 * @param pollAfter when to ask again
 * @param gateToken what {@link WaitingRoom#enter} wants; null unless {@code READY}
 * @param holding true while the store is away: the place is safe, the position unknown
 */
public record Standing(
        State state,
        long position,
        @Nullable Duration eta,
        Duration pollAfter,
        @Nullable String gateToken,
        boolean holding) {

    /** Leaves the gate token out, so that no log has it. */
    @Override
    public String toString() {
        return "Standing[state=" + state + ", position=" + position + ", eta=" + eta + ", pollAfter=" + pollAfter
                + ", holding=" + holding + ']';
    }

    /** The states of a ticket. */
    public enum State {
        /** Waiting to be called. */
        QUEUED,
        /** Called: {@link WaitingRoom#enter} now. */
        READY,
        /** Inside. */
        USED,
        /** No longer good: the claim lapsed, the stay ended, or the place was given up. Join again. */
        EXPIRED
    }
}
