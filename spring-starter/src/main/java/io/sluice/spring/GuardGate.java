package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Guard;
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

    /** Shares the turns of whoever is not known by anything. */
    private static final String ANYBODY = "*";

    private final Guard guard;
    private final KeyResolver key;

    GuardGate(Guard guard, KeyResolver key) {
        this.guard = guard;
        this.key = key;
    }

    Guard guard() {
        return guard;
    }

    /** Waits for a turn, which the request then has until it ends. */
    @Override
    public CompletionStage<Optional<HttpAnswer>> enter(HttpCall call) {
        Passage passage = Passage.of(call);
        return passage.once(this, () -> {
            CompletableFuture<Guard.Permit> turn =
                    guard.acquireAsync(callerOf(call)).toCompletableFuture();
            passage.atEnd(() -> giveUp(turn));
            return turn.handle(
                    (permit, failure) -> failure == null ? Optional.empty() : Optional.of(refusal(call, failure)));
        });
    }

    private String callerOf(HttpCall call) {
        String caller = key.resolve(call);
        return caller == null || caller.isEmpty() ? ANYBODY : caller;
    }

    private static void giveUp(CompletableFuture<Guard.Permit> turn) {
        if (!turn.cancel(false) && !turn.isCompletedExceptionally()) {
            turn.join().release();
        }
    }

    private HttpAnswer refusal(HttpCall call, Throwable failure) {
        long retryAfterNanos = 0;
        if (failure instanceof AdmissionException refused) {
            retryAfterNanos = refused.retryAfter().toNanos();
        } else if (!(failure instanceof CancellationException)) {
            log.warn("The guard {} did not answer", guard.bound().name(), failure);
        }
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
