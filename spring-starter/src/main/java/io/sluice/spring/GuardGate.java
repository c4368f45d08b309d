package io.sluice.spring;

import io.sluice.Guard;
import java.util.concurrent.CompletionStage;

/** One backend guard over HTTP: whose turn it is. */
final class GuardGate {

    private final Guard guard;
    private final KeyResolver key;

    GuardGate(Guard guard, KeyResolver key) {
        this.guard = guard;
        this.key = key;
    }

    Guard guard() {
        return guard;
    }

    /** Asks for a turn; {@link Guard#acquireAsync} says how it completes. */
    CompletionStage<Guard.Permit> acquire(HttpCall call) {
        String caller = key.resolve(call);
        return guard.acquireAsync(caller == null || caller.isEmpty() ? call.remoteAddress() : caller);
    }
}
