package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Guard;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One backend guard over HTTP: whose turn it is. */
final class GuardGate implements Gate {

    private static final Logger log = LoggerFactory.getLogger(GuardGate.class);

    private final Guard guard;
    private final KeyResolver key;
    private final KeyResolver otherwise;

    /**
     * A gate before a guard.
     *
     * @param key between whom the turns go round
     * @param otherwise who it is where that finds nobody
     */
    GuardGate(Guard guard, KeyResolver key, KeyResolver otherwise) {
        this.guard = guard;
        this.key = key;
        this.otherwise = otherwise;
    }

    Guard guard() {
        return guard;
    }

    /** Waits for a turn, which the request then has until it ends. */
    @Override
    public CompletionStage<Optional<HttpAnswer>> enter(HttpCall call) {
        return enter(call, key);
    }

    /**
     * Returns the gate that does the same.
     *
     * @param otherKey between whom the turns go round, in place of the guard's own key
     */
    Gate sharedBy(KeyResolver otherKey) {
        return call -> enter(call, otherKey);
    }

    private CompletionStage<Optional<HttpAnswer>> enter(HttpCall call, KeyResolver by) {
        Passage passage = Passage.of(call);
        return passage.once(this, () -> {
            CompletableFuture<Guard.Permit> turn =
                    guard.acquireAsync(callerOf(call, by)).toCompletableFuture();
            passage.atEnd(() -> giveUp(turn));
            return turn.handle(
                    (permit, failure) -> failure == null ? Optional.empty() : Optional.of(refusal(call, failure)));
        });
    }

    private String callerOf(HttpCall call, KeyResolver by) {
        String caller = KeyResolvers.callerOf(call, by, otherwise);
        return caller == null || caller.isEmpty() ? KeyResolvers.EVERYBODY : caller;
    }

    /** Gives the turn back, or the wait for it up. */
    static void giveUp(CompletableFuture<Guard.Permit> turn) {
        if (!turn.cancel(false) && !turn.isCompletedExceptionally()) {
            turn.join().release();
        }
    }

    private HttpAnswer refusal(HttpCall call, Throwable failure) {
        if (failure instanceof AdmissionException refused) {
            return refusal(call, refused.retryAfter());
        }
        if (!(failure instanceof CancellationException)) {
            log.warn("The guard {} did not answer", guard.bound().name(), failure);
        }
        return refusal(call, Duration.ZERO);
    }

    /** Returns what is answered to a call that got no turn. */
    HttpAnswer refusal(HttpCall call, Duration retryAfter) {
        long retryAfterNanos = retryAfter.toNanos();
        return HttpAnswer.refusal(
                        call,
                        Problem.REDUCED_CAPACITY,
                        "Too many people are here just now. Try again in a moment.",
                        Map.of(
                                "violated-policies",
                                List.of(guard.bound().name()),
                                "retryAfterMs",
                                HttpAnswer.wholeMillis(retryAfterNanos)))
                .retryAfter(retryAfterNanos);
    }
}
