package io.sluice.spring;

import io.sluice.Guard;
import java.util.concurrent.CompletableFuture;

/**
 * A turn of a guard, or the wait for one. A request holds it, and with it calls of beans in that request; whoever gives
 * it up last lets others have theirs.
 */
final class Turn {

    private final CompletableFuture<Guard.Permit> permit;
    private int holders = 1;

    Turn(CompletableFuture<Guard.Permit> permit) {
        this.permit = permit;
    }

    /** Completes as {@link Guard#acquireAsync} says. */
    CompletableFuture<Guard.Permit> permit() {
        return permit;
    }

    /** Tells whether it has come. */
    boolean isGiven() {
        return permit.isDone() && !permit.isCompletedExceptionally();
    }

    /** Holds it once more, if it has come and is still held; whoever is told true gives it up too. */
    synchronized boolean share() {
        if (holders == 0 || !isGiven()) {
            return false;
        }
        holders++;
        return true;
    }

    /** Gives it back, or the wait for it up, if nobody else holds it. To be called once by each who holds it. */
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
