package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Guard;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One guard over HTTP: whose turn it is. */
final class GuardGate implements Gate {

    private static final Logger log = LoggerFactory.getLogger(GuardGate.class);

    /** What a live change replaces, besides the guard's bound. */
    record Definition(KeyResolver key, SluiceProperties.GuardProperties properties) {

        boolean shadow() {
            return properties.shadow();
        }
    }

    private final Guard guard;
    private final LiveSettings settings;
    private final GateObserver.OfGuard observer;
    private volatile Definition definition;

    GuardGate(Guard guard, Definition definition, LiveSettings settings, GateObserver observer) {
        this.guard = guard;
        this.definition = definition;
        this.settings = settings;
        this.observer = observer.guard(this);
    }

    Definition definition() {
        return definition;
    }

    void redefine(Definition changed) {
        definition = changed;
    }

    Guard guard() {
        return guard;
    }

    /** Waits for a turn. The request then holds it until the request ends. */
    @Override
    public CompletionStage<Optional<HttpAnswer>> enter(GatedCall call) {
        Definition now = definition;
        return enter(call, now, now.key);
    }

    /**
     * Returns the gate that does the same with another key.
     *
     * @param otherKey identifies the callers whom the turns go round, in place of the guard's own key
     */
    Gate sharedBy(KeyResolver otherKey) {
        return call -> enter(call, definition, otherKey);
    }

    private CompletionStage<Optional<HttpAnswer>> enter(GatedCall call, Definition now, KeyResolver by) {
        Passage passage = Passage.of(call);
        return passage.once(this, () -> {
            Turn turn = turn(now, callerOf(call, by));
            passage.holds(this, turn);
            if (now.shadow()) {
                return passInShadow(call, turn);
            }
            if (!turn.permit().isDone()) {
                call.noteHeld();
            }
            // A refusal refunds no limit. A refund would let a caller who floods the service ask again at once, and
            // only the guard would stand in the way.
            return turn.permit()
                    .handle((permit, failure) ->
                            failure == null ? Optional.empty() : Optional.of(refusal(call, failure)));
        });
    }

    /** Asks for a turn. In {@linkplain #isShadow shadow mode} callers must not wait for it. */
    Turn turn(String caller) {
        return turn(definition, caller);
    }

    /** Tells whether refusals are only marked. */
    boolean isShadow() {
        return definition.shadow();
    }

    private Turn turn(Definition now, String caller) {
        Turn turn = new Turn(guard.acquireAsync(caller).toCompletableFuture());
        if (turn.isGiven()) {
            observer.decided(GateObserver.Outcome.ALLOWED, 0);
        } else {
            observe(turn, now, caller);
        }
        return turn;
    }

    private void observe(Turn turn, Definition now, String caller) {
        long startNanos = System.nanoTime();
        GateObserver.Held held = now.shadow() ? GateObserver.Held.UNOBSERVED : observer.held();
        CompletionStage<Guard.Permit> answer = turn.permit();
        answer.whenComplete((permit, wrapped) -> {
            Throwable failure = wrapped == null ? null : Failures.causeOf(wrapped);
            if (failure instanceof CancellationException) {
                held.abandon();
            } else {
                held.end(GateObserver.Outcome.of(failure == null, false));
            }
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

    /** Lets the call pass without its turn. The call takes the turn if it comes while the call is under way. */
    private CompletionStage<Optional<HttpAnswer>> passInShadow(GatedCall call, Turn turn) {
        if (!turn.isGiven()) {
            Shadow.mark(call, "guard", guard.bound().name());
        }
        return PASS;
    }

    private static String callerOf(GatedCall call, KeyResolver by) {
        String caller = by.resolve(call);
        return caller == null || caller.isEmpty() ? KeyResolvers.EVERYBODY : caller;
    }

    private HttpAnswer refusal(GatedCall call, Throwable wrapped) {
        Throwable failure = Failures.causeOf(wrapped);
        if (failure instanceof AdmissionException refused) {
            return refusal(call, refused.retryAfter());
        }
        if (!(failure instanceof CancellationException)) {
            log.warn("The guard {} did not answer", guard.bound().name(), failure);
        }
        return refusal(call, Duration.ZERO);
    }

    /** Returns the answer to a call that got no turn. */
    HttpAnswer refusal(GatedCall call, Duration retryAfter) {
        long retryAfterNanos = retryAfter.toNanos();
        return settings.of(call)
                .pages()
                .refusal(
                        call,
                        Problem.REDUCED_CAPACITY,
                        "Too many people are here just now. Try again in a moment.",
                        HttpAnswer.violated(guard.bound().name(), retryAfterNanos),
                        retryAfterNanos);
    }
}
