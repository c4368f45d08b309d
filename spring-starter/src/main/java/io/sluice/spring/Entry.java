package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Guard;
import io.sluice.RateLimiter;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one call of a bean through its protections: limits, room, guards. If one refuses, or the caller gives up,
 * it gives back what it was charged and holds. Whoever is let through says when the call {@linkplain #end ends}.
 */
final class Entry {

    private static final Logger log = LoggerFactory.getLogger(Entry.class);

    private final CompletableFuture<Entry> outcome = new CompletableFuture<>();
    private final BeanCall call;
    private final Iterator<Runnable> steps;
    private final List<Runnable> refunds = new ArrayList<>(1);
    private final List<Runnable> releases = new ArrayList<>(1);
    private boolean over;

    private Entry(BeanCall call) {
        this.call = call;
        MethodRules rules = call.rules();
        steps = Stream.of(
                        rules.limits().stream().<Runnable>map(rule -> () -> charge(rule)),
                        rules.rooms().stream().<Runnable>map(rule -> () -> enter(rule)),
                        rules.guards().stream().<Runnable>map(rule -> () -> takeTurn(rule)))
                .flatMap(kind -> kind)
                .iterator();
    }

    /** Sets out. The outcome is there at once unless the call has to wait for a guard or a remote store. */
    static Entry begin(BeanCall call) {
        Entry entry = new Entry(call);
        entry.next();
        entry.outcome().exceptionally(cancelled -> {
            entry.giveBack();
            return entry;
        });
        return entry;
    }

    /**
     * Completes with this entry once all have let the call through, exceptionally with a {@link RefusedException} as
     * soon as one does not. Cancelling its future gives up.
     */
    CompletionStage<Entry> outcome() {
        return outcome;
    }

    boolean isDone() {
        return outcome.isDone();
    }

    /** Gives up, if there is no outcome yet. */
    void cancel() {
        outcome.cancel(false);
    }

    private void next() {
        if (!steps.hasNext()) {
            outcome.complete(this);
            return;
        }
        try {
            steps.next().run();
        } catch (RuntimeException refused) {
            refuse(refused);
        }
    }

    private void charge(MethodRules.LimitRule rule) {
        RateLimiter limiter = rule.limit().limiter();
        String name = limiter.limit().name();
        String caller = call.caller(rule);
        ask(limiter.tryAcquireAsync(caller, rule.permits()), decision -> {
            if (!decision.allowed()) {
                throw RefusedException.overLimit(name, caller, decision);
            }
            keep(refunds, () -> limiter.refundAsync(caller, rule.permits()));
        });
    }

    private void enter(MethodRules.RoomRule rule) {
        String name = rule.room().room().room().name();
        String visitor = call.visitor(rule);
        ask(
                rule.room().admit(visitor).exceptionally(failure -> {
                    throw refusal(RefusedException.By.ROOM, name, failure);
                }),
                waiting -> waiting.ifPresent(ticket -> {
                    throw RefusedException.mustWait(name, visitor, ticket);
                }));
    }

    private void takeTurn(MethodRules.GuardRule rule) {
        Guard guard = rule.guard().guard();
        CompletableFuture<Guard.Permit> turn =
                guard.acquireAsync(call.caller(rule)).toCompletableFuture();
        keep(releases, () -> GuardGate.giveUp(turn));
        ask(
                turn.exceptionally(failure -> {
                    throw refusal(RefusedException.By.GUARD, guard.bound().name(), failure);
                }),
                permit -> {});
    }

    private static RuntimeException refusal(RefusedException.By by, String name, Throwable failure) {
        Throwable cause = unwrapped(failure);
        return cause instanceof AdmissionException refused
                ? RefusedException.notAdmitted(by, name, refused)
                : new CompletionException(cause);
    }

    /** Goes on with the next step when the answer to this one is there and is no refusal. */
    private <T> void ask(CompletionStage<T> answer, Consumer<T> given) {
        answer.whenComplete((value, failure) -> {
            if (failure != null) {
                refuse(unwrapped(failure));
                return;
            }
            try {
                given.accept(value);
            } catch (RefusedException refused) {
                refuse(refused);
                return;
            }
            next();
        });
    }

    private void refuse(Throwable refused) {
        giveBack();
        outcome.completeExceptionally(refused);
    }

    /** Remembers how to undo something, or undoes it if nothing is wanted any more. */
    private void keep(List<Runnable> undos, Runnable undo) {
        synchronized (this) {
            if (!over) {
                undos.add(undo);
                return;
            }
        }
        undo.run();
    }

    private void undo(List<Runnable> undos) {
        List<Runnable> all;
        synchronized (this) {
            over = true;
            all = List.copyOf(undos);
            undos.clear();
        }
        all.forEach(Runnable::run);
    }

    /** Gives everything back: the call does not happen. */
    void giveBack() {
        undo(releases);
        undo(refunds);
    }

    /**
     * Ends the call: others have their turn.
     *
     * @param succeeded whether the places in the rooms that it releases are to be freed
     */
    void end(boolean succeeded) {
        undo(releases);
        if (succeeded) {
            call.rules().released().forEach(this::leave);
        }
    }

    /** What the visitor came for is done, whatever becomes of this. */
    private void leave(MethodRules.RoomRule rule) {
        try {
            rule.room().room().leaveAsync(call.visitor(rule)).whenComplete((left, failure) -> {
                if (failure != null) {
                    log.warn(
                            "A place in the waiting room {} could not be freed",
                            rule.room().room().room().name(),
                            failure);
                }
            });
        } catch (RuntimeException e) {
            log.warn(
                    "A place in the waiting room {} could not be freed",
                    rule.room().room().room().name(),
                    e);
        }
    }

    static Throwable unwrapped(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }
}
