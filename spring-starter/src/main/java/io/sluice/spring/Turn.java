package io.sluice.spring;

import io.sluice.Guard;
import java.util.concurrent.CompletableFuture;

/**
 * A turn of a guard, or the wait for one. A request holds the turn, and so do calls of beans in the request. The last
 * of them to give it up lets others have theirs.
 */
final class Turn {

    private final CompletableFuture<Guard.Permit> permit;
    private int holders = 1;

    Turn(CompletableFuture<Guard.Permit> permit) {
        this.permit = permit;
    }

    /** Completes as {@link Guard#acquireAsync} does. */
    CompletableFuture<Guard.Permit> permit() {
        return permit;
    }

    /** Tells whether the turn has come. */
    boolean isGiven() {
        return permit.isDone() && !permit.isCompletedExceptionally();
    }

    /** Adds a holder if the turn has come and is still held. After true, the new holder must give it up, too. */
    synchronized boolean share() {
        if (holders == 0 || !isGiven()) {
            return false;
        }
        holders++;
        return true;
    }

    /** Gives the turn back, or gives up the wait for it, if nobody else holds it. Each holder must call this once. */
    void giveUp() {
        synchronized (this) {
            holders--;
            if (holders != 0) {
                return;
            }
        }
        if (!permit.cancel(false) && !permit.isCompletedExceptionally()) {
            permit.join().release();
        }
    }
}
