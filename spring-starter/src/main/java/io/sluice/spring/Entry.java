package io.sluice.spring;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes one call of a bean through its protections: limits, rooms, guards. If one refuses, or the caller gives up, the
 * call gives back what it holds. Charges follow the rule of requests: only the refusal of a limit refunds what earlier
 * limits have charged. A call that is let through must {@linkplain #end end}.
 */
final class Entry {

    private static final Logger log = LoggerFactory.getLogger(Entry.class);

    /** A visitor whose place the call frees if it succeeds. */
    private record Leaving(RoomGate room, String visitor) {}

    private final CompletableFuture<Entry> outcome = new CompletableFuture<>();
    private final BeanCall call;
    private final List<Runnable> refunds = new ArrayList<>(1);
    private final List<Leaving> leavings = new ArrayList<>(0);
    private @Nullable List<Turn> turns = new ArrayList<>(1);

    private Entry(BeanCall call) {
        this.call = call;
    }

    /**
     * Resolves the keys before the first step, on the caller's thread. A later step may run on one of the store's
     * threads, where a key must not block and would not find what belongs to the caller's thread. The end would be too
     * late as well: the call may change what a key reads, and a key that fails then would fail a call that is done.
     */
    private Iterator<Supplier<CompletionStage<?>>> steps() {
        MethodRules rules = call.rules();
        List<Supplier<CompletionStage<?>>> inOrder = new ArrayList<>();
        for (MethodRules.LimitRule rule : rules.limits()) {
            String caller = call.caller(rule);
            inOrder.add(() -> charge(rule, caller));
        }
        for (MethodRules.RoomRule rule : rules.rooms()) {
            String visitor = call.visitor(rule);
            inOrder.add(() -> rule.room().admit(visitor));
        }
        for (MethodRules.GuardRule rule : rules.guards()) {
            String caller = call.caller(rule);
            inOrder.add(() -> takeTurn(rule, caller));
        }
        rules.released().forEach(this::releases);
        return inOrder.iterator();
    }

    private void releases(MethodRules.RoomRule rule) {
        String visitor = call.visitor(rule);
        if (visitor != null) {
            leavings.add(new Leaving(rule.room(), visitor));
        } else {
            log.debug(
                    "Whose place a call frees is not known: room={}",
                    rule.room().room().room().name());
        }
    }

    /** Begins the call. The outcome is there at once unless the call has to wait for a guard or a remote store. */
    static Entry begin(BeanCall call) {
        Entry entry = new Entry(call);
        entry.setOut();
        entry.outcome().exceptionally(cancelled -> {
            entry.giveBack();
            return entry;
        });
        return entry;
    }

    /**
     * Completes with this entry once all protections let the call through, or exceptionally with a {@link
     * RefusedException} as soon as one refuses. Cancelling its future gives up.
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

    private void setOut() {
        try {
            next(steps());
        } catch (RuntimeException failure) {
            refuse(failure);
        }
    }

    private void next(Iterator<Supplier<CompletionStage<?>>> steps) {
        if (outcome.isDone()) {
            return;
        }
        if (!steps.hasNext()) {
            outcome.complete(this);
            return;
        }
        try {
            goOnAfter(steps.next().get(), steps);
        } catch (RuntimeException refused) {
            refuse(refused);
        }
    }

    private void goOnAfter(CompletionStage<?> step, Iterator<Supplier<CompletionStage<?>>> steps) {
        step.whenComplete((passed, refused) -> {
            if (refused == null) {
                next(steps);
            } else {
                refuse(Failures.causeOf(refused));
            }
        });
    }

    private CompletionStage<?> charge(MethodRules.LimitRule rule, @Nullable String caller) {
        return rule.limit().charge(caller, rule.permits(), refunds::add);
    }

    private CompletionStage<?> takeTurn(MethodRules.GuardRule rule, String caller) {
        Turn held = call.turnOfRequest(rule);
        if (held != null) {
            keep(held);
            return CompletableFuture.completedFuture(null);
        }
        Turn turn = rule.guard().turn(caller);
        keep(turn);
        if (rule.guard().isShadow()) {
            return CompletableFuture.completedFuture(null);
        }
        return turn.permit().exceptionally(failure -> {
            throw RefusedException.ofAdmission(
                    RefusedException.By.GUARD, rule.guard().guard().bound().name(), failure);
        });
    }

    private void refuse(Throwable refused) {
        if (refused instanceof RefusedException refusal && refusal.by() == RefusedException.By.LIMIT) {
            refunds.forEach(Runnable::run);
        }
        giveBack();
        outcome.completeExceptionally(refused);
    }

    /** Keeps a turn until the call is over; gives it to others at once if that is so already. */
    private void keep(Turn turn) {
        synchronized (this) {
            if (turns != null) {
                turns.add(turn);
                return;
            }
        }
        turn.giveUp();
    }

    /** Gives the turns to others: the call is over or does not happen. */
    void giveBack() {
        List<Turn> all;
        synchronized (this) {
            all = turns == null ? List.of() : turns;
            turns = null;
        }
        all.forEach(Turn::giveUp);
    }

    /**
     * Ends the call and gives its turns to others.
     *
     * @param succeeded whether to free the places in the rooms that the call releases
     */
    void end(boolean succeeded) {
        giveBack();
        if (succeeded) {
            leavings.forEach(Entry::leave);
        }
    }

    /** Only logs a failure: what the visitor came for is done all the same. */
    private static void leave(Leaving leaving) {
        leaving.room().leave(leaving.visitor()).exceptionally(failure -> {
            log.warn(
                    "A place in the waiting room {} could not be freed",
                    leaving.room().room().room().name(),
                    failure);
            return null;
        });
    }
}
