package io.sluice;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a visitor stands.
 *
 * @param state the visitor's state
 * @param position the distance from the cursor: 1 is next; 0 unless {@code QUEUED}, or while {@code holding}. It
 *     does not grow on one gateway; another may know the cursor as it was a refresh ago
 * @param eta how long until the visitor is called at the recent speed; null if unknown, zero once called
 * @param pollAfter when to ask again
 * @param gateToken the argument for {@link WaitingRoom#enter}; null unless {@code READY}
 * @param holding true while the store is away: the place is safe, the position unknown
 */
public record Standing(
        State state,
        long position,
        @Nullable Duration eta,
        Duration pollAfter,
        @Nullable String gateToken,
        boolean holding) {

    /** Omits the gate token, to keep it out of logs. */
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
