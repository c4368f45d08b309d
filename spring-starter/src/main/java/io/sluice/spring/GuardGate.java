package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Guard;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One backend guard over HTTP: whose turn it is. */
final class GuardGate {

    private static final Logger log = LoggerFactory.getLogger(GuardGate.class);

    /** What a live change replaces, besides the guard's bound. */
    record Definition(KeyResolver key, SluiceProperties.GuardProperties properties) {

        boolean shadow() {
            return properties.shadow();
        }
    }

    private final Guard guard;
    private final GateObserver.OfGuard observer;
    private volatile Definition definition;

    GuardGate(Guard guard, Definition definition, GateObserver observer) {
        this.guard = guard;
        this.definition = definition;
        this.observer = observer.guard(this);
    }

    Guard guard() {
        return guard;
    }

    Definition definition() {
        return definition;
    }

    void redefine(Definition changed) {
        definition = changed;
    }

    /** Asks for a turn; {@link Guard#acquireAsync} says how it completes. */
    CompletionStage<Guard.Permit> acquire(HttpCall call) {
        Definition now = definition;
        String key = now.key.resolve(call);
        String caller = key == null || key.isEmpty() ? call.remoteAddress() : key;
        CompletableFuture<Guard.Permit> turn = guard.acquireAsync(caller).toCompletableFuture();
        if (turn.isDone() && !turn.isCompletedExceptionally()) {
            observer.decided(GateObserver.Outcome.ALLOWED, 0);
            return turn;
        }
        observe(turn, caller, now);
        return now.shadow() ? passAnyway(call, turn) : turn;
    }

    private void observe(CompletableFuture<Guard.Permit> turn, String caller, Definition now) {
        long startNanos = System.nanoTime();
        CompletionStage<Guard.Permit> answer = turn;
        answer.whenComplete((permit, failure) -> {
            boolean refused = failure instanceof AdmissionException;
            if (failure == null || refused) {
                observer.decided(
                        GateObserver.Outcome.of(failure == null, now.shadow()), System.nanoTime() - startNanos);
            }
            if (refused && log.isDebugEnabled()) {
                log.debug("No turn: guard={} caller={}", guard.bound().name(), CallerTag.of(caller));
            }
        });
    }

    /** The call does not wait for its turn, but takes it if it comes while the call is under way. */
    private CompletionStage<Guard.Permit> passAnyway(HttpCall call, CompletableFuture<Guard.Permit> turn) {
        Shadow.mark(call, "guard", guard.bound().name());
        CompletionStage<Guard.Permit> later = turn;
        Guard.Permit permit = () -> {
            if (!turn.cancel(false)) {
                later.thenAccept(Guard.Permit::release);
            }
        };
        return CompletableFuture.completedFuture(permit);
    }

    /** Returns what is answered to a call that got no turn. */
    HttpAnswer refusal(HttpCall call, AdmissionException refused) {
        long retryAfterNanos = refused.retryAfter().toNanos();
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
