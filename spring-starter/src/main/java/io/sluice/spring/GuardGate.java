package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Guard;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;

/** One backend guard over HTTP: whose turn it is. */
final class GuardGate {

    private final Guard guard;
    private final KeyResolver key;
    private final Pages pages;

    GuardGate(Guard guard, KeyResolver key, Pages pages) {
        this.guard = guard;
        this.key = key;
        this.pages = pages;
    }

    Guard guard() {
        return guard;
    }

    /** Asks for a turn; {@link Guard#acquireAsync} says how it completes. */
    CompletionStage<Guard.Permit> acquire(HttpCall call) {
        String caller = key.resolve(call);
        return guard.acquireAsync(caller == null || caller.isEmpty() ? call.remoteAddress() : caller);
    }

    /** Returns what is answered to a call that got no turn. */
    HttpAnswer refusal(HttpCall call, AdmissionException refused) {
        long retryAfterNanos = refused.retryAfter().toNanos();
        return pages.refusal(
                call,
                Problem.REDUCED_CAPACITY,
                "Too many people are here just now. Try again in a moment.",
                Map.of(
                        "violated-policies",
                        List.of(guard.bound().name()),
                        "retryAfterMs",
                        HttpAnswer.wholeMillis(retryAfterNanos)),
                retryAfterNanos);
    }
}
