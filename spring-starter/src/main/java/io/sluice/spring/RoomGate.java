package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Credential;
import io.sluice.Pass;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One waiting room over HTTP: whether a visitor is inside, and what is answered if not. */
final class RoomGate implements Gate {

    private static final Logger log = LoggerFactory.getLogger(RoomGate.class);

    /** The patience that a hidden tab needs: browsers let it poll once a minute. */
    private static final Duration PATIENCE_OF_PAGES = Duration.ofMinutes(2);

    /**
     * What a live change replaces, besides the room's capacity and mode.
     *
     * @param key who the visitor is when there is no principal; null for a random id
     */
    record Definition(@Nullable KeyResolver key, SluiceProperties.RoomProperties properties) {

        boolean shadow() {
            return properties.shadow();
        }
    }

    private final WaitingRoom room;
    private final LimitsOnJoins joins;
    private final LimitsOnJoins joinsInShadow;
    private final Visitors visitors;
    private final RoomAnswers answers;
    private final Hold atOnce;
    private final GateObserver.OfRoom observer;
    private final RoomDoor door;
    private volatile Definition definition;

    /**
     * @param joinsInShadow the limits on joins in shadow mode
     * @param atOnce how long a call may be held in shadow mode
     */
    RoomGate(
            WaitingRoom room,
            Definition definition,
            LimitsOnJoins joins,
            LimitsOnJoins joinsInShadow,
            LiveSettings settings,
            Hold atOnce,
            GateObserver observer) {
        this.room = room;
        this.definition = definition;
        this.joins = joins;
        this.joinsInShadow = joinsInShadow;
        this.visitors = new Visitors(room, settings, this::definition);
        this.answers = new RoomAnswers(room, settings);
        this.atOnce = atOnce;
        this.observer = observer.room(this);
        this.door = new RoomDoor(room, this.observer);
        if (room.room().patience().compareTo(PATIENCE_OF_PAGES) < 0) {
            log.info(
                    "Room {}: browsers let a hidden tab ask once a minute, so a visitor who looks elsewhere may be passed"
                            + " over. If people wait in this room, set sluice.rooms.{}.patience to 2m or more",
                    room.room().name(),
                    room.room().name());
        }
    }

    GateObserver.OfRoom observer() {
        return observer;
    }

    Definition definition() {
        return definition;
    }

    void redefine(Definition changed) {
        definition = changed;
    }

    WaitingRoom room() {
        return room;
    }

    Visitors visitors() {
        return visitors;
    }

    /**
     * Lets a call on a protected route through if its visitor is inside, or can go in now. Completes empty if the call
     * may pass, else with the answer. A visitor who brings a ticket and waits costs no call of the store.
     */
    @Override
    public CompletionStage<Optional<HttpAnswer>> enter(GatedCall call) {
        Passage passage = Passage.of(call);
        return passage.once(this, () -> {
            passage.isAt(this);
            return definition.shadow() ? enterInShadow(call) : enterOrWait(call);
        });
    }

    private CompletionStage<Optional<HttpAnswer>> enterOrWait(GatedCall call) {
        Visitor visitor = visitors.of(call);
        CompletionStage<Optional<HttpAnswer>> answer = ask(
                        call, visitor, joins, Hold.UNTIL_ANSWERED, Passage.of(call)::waitsFor)
                .thenApply(asked -> asked.admission()
                        .map(admission -> said(call, visitor, admission))
                        .orElse(asked.refusal()));
        return observed(answer, Optional::isEmpty)
                .exceptionally(failure -> Optional.of(answers.refusal(call, visitor.ticket(), failure)));
    }

    /** Counts the decision, and observes how long it holds the call. For a caller who has gone nothing is decided. */
    private <T> CompletionStage<T> observed(CompletionStage<T> decision, Predicate<T> isInside) {
        GateObserver.Held held =
                decision.toCompletableFuture().isDone() ? GateObserver.Held.UNOBSERVED : observer.held();
        return decision.whenComplete((decided, failure) -> {
            if (failure != null && Failures.causeOf(failure) instanceof CancellationException) {
                held.abandon();
                return;
            }
            if (failure != null) {
                logRefusal(failure);
            }
            GateObserver.Outcome outcome = GateObserver.Outcome.of(failure == null && isInside.test(decided), false);
            held.end(outcome);
            observer.decided(outcome);
        });
    }

    /** Does not make the request wait. If the visitor's turn comes meanwhile, the visitor's next request is inside. */
    private CompletionStage<Optional<HttpAnswer>> enterInShadow(GatedCall call) {
        Visitor visitor = visitors.of(call);
        return ask(call, visitor, joinsInShadow, atOnce, unused -> {})
                .exceptionally(failure -> {
                    logRefusal(failure);
                    return Asked.NO_ANSWER;
                })
                .thenApply(asked -> {
                    boolean inside =
                            asked.admission().filter(Admission::isInside).isPresent();
                    observer.decided(GateObserver.Outcome.of(inside, true));
                    asked.admission().ifPresent(admission -> visitors.give(call, visitor, admission));
                    if (!inside) {
                        Shadow.mark(call, "room", room.room().name());
                    }
                    return Optional.empty();
                });
    }

    /** The result of asking: an admission, a refusal before that, or nothing in time. */
    private record Asked(Optional<Admission> admission, Optional<HttpAnswer> refusal) {

        static final Asked NO_ANSWER = new Asked(Optional.empty(), Optional.empty());

        static Asked of(Optional<Admission> admission) {
            return new Asked(admission, Optional.empty());
        }
    }

    /** Asks for an admission. What comes after the hold does not touch the call, which may be over then. */
    private CompletionStage<Asked> ask(
            GatedCall call, Visitor visitor, LimitsOnJoins limits, Hold hold, Consumer<CompletableFuture<?>> waits) {
        Credential brought = visitor.brought();
        Pass pass = brought == null ? null : brought.pass();
        if (pass != null) {
            return hold.on(door.stay(visitor, pass)).thenApply(Asked::of);
        }
        if (visitor.naming() == Visitor.Naming.RANDOM && brought == null) {
            return greeted(call, visitor, limits, () -> hold.on(door.findOrAdmit(visitor, waits)));
        }
        Credential ticket = visitor.ticket();
        CompletionStage<Optional<Admission>> known =
                ticket == null ? door.find(visitor, waits) : door.comeBack(visitor, ticket, waits);
        return hold.on(known).thenCompose(found -> {
            if (found.isEmpty()) {
                return CompletableFuture.completedFuture(Asked.NO_ANSWER);
            }
            return found.get().isPresent()
                    ? CompletableFuture.completedFuture(Asked.of(found.get()))
                    : greeted(call, visitor, limits, () -> hold.on(door.admit(visitor)));
        });
    }

    private CompletionStage<Asked> greeted(
            GatedCall call,
            Visitor visitor,
            LimitsOnJoins limits,
            Supplier<CompletionStage<Optional<Admission>>> next) {
        return greet(call, visitor, limits)
                .thenCompose(refusal -> refusal.isPresent()
                        ? CompletableFuture.completedFuture(new Asked(Optional.empty(), refusal))
                        : next.get().thenApply(Asked::of));
    }

    /**
     * Stops clients that come with a new name each time, and would take a place each time. A principal cannot do that.
     * A visitor who leaves and joins in turn uses up a number each time, and is stopped by name too. A call whose
     * browser has kept the cookie back is stopped: the cookie for a new place would replace that one.
     *
     * <p>Must be asked only of visitors who need a new place. What they bring is over then, and exempts nobody: a
     * client could collect tickets, give the places up, and come back with all of them at once.
     */
    CompletionStage<Optional<HttpAnswer>> greet(GatedCall call, Visitor visitor) {
        return greet(call, visitor, joins);
    }

    private CompletionStage<Optional<HttpAnswer>> greet(GatedCall call, Visitor visitor, LimitsOnJoins limits) {
        if (visitor.naming() == Visitor.Naming.RANDOM && visitors.cookieIsKeptBack(call)) {
            return CompletableFuture.completedFuture(Optional.of(answers.ofAnotherSite(call)));
        }
        return Gate.inOrder(gates(limits, visitor)).enter(call);
    }

    private static List<Gate> gates(LimitsOnJoins limits, Visitor visitor) {
        List<Gate> gates = new ArrayList<>(2);
        if (visitor.naming() == Visitor.Naming.PROVEN || visitor.brought() != null) {
            gates.add(limits.ofKnown().apply(visitor.name()));
        }
        switch (visitor.naming()) {
            case PROVEN -> {}
            case CHOSEN -> gates.add(limits.ofKeyed());
            case RANDOM -> gates.add(limits.ofNameless());
        }
        return gates;
    }

    private Optional<HttpAnswer> said(GatedCall call, Visitor visitor, Admission admission) {
        visitors.give(call, visitor, admission);
        return admission.isInside()
                ? Optional.empty()
                : Optional.of(answers.waiting(call, admission.requiredTicket(), admission.requiredStanding()));
    }

    /** Returns the gate that lets every call pass, and frees its visitor's place if the call succeeds. */
    Gate leavingOnSuccess() {
        return new Gate() {
            @Override
            public CompletionStage<Optional<HttpAnswer>> enter(GatedCall call) {
                Passage passage = Passage.of(call);
                // Once: a streamed answer that has begun is dispatched again, and the visitor may be inside again.
                return passage.once(this, () -> {
                    // Now: when the answer begins, Spring Security may no longer say who the principal is.
                    visitors.of(call);
                    passage.leavesOnSuccess(RoomGate.this);
                    return Gate.PASS;
                });
            }
        };
    }

    /** Frees the visitor's place: the service has said that the visitor is done. */
    CompletionStage<Void> release(GatedCall call) {
        Visitor visitor = visitors.of(call);
        if (visitor.naming() == Visitor.Naming.RANDOM && visitors.cookieIsKeptBack(call)) {
            return CompletableFuture.completedFuture(null);
        }
        visitors.takeCookie(call);
        return room.leaveAsync(visitor.name()).thenAccept(observer::left);
    }

    /** Returns the problem document about a visitor who is not admitted. */
    HttpAnswer refusal(Throwable failure) {
        logRefusal(failure);
        return answers.refusal(failure);
    }

    /** Logs why the room refuses. Any other failure is logged where it is answered. */
    private void logRefusal(Throwable failure) {
        if (Failures.causeOf(failure) instanceof AdmissionException refused) {
            log.debug("Not admitted: room={} reason={}", room.room().name(), refused.reason());
        }
    }

    /**
     * Lets in a visitor named by a call of a bean. Completes exceptionally with a {@link RefusedException} if the
     * visitor has to wait, or cannot enter. In shadow mode the call neither waits nor fails.
     *
     * @param visitor null if the call names nobody, who cannot enter
     */
    CompletionStage<Void> admit(@Nullable String visitor) {
        CompletionStage<Void> admitted = visitor == null ? nobody() : door.admit(visitor);
        if (definition.shadow()) {
            return atOnce.on(admitted.thenApply(unused -> true)).handle((inside, failure) -> {
                if (failure != null) {
                    logRefusal(failure);
                }
                observer.decided(GateObserver.Outcome.of(failure == null && inside.isPresent(), true));
                return null;
            });
        }
        return observed(admitted, inside -> true).handle((inside, failure) -> {
            if (failure != null) {
                throw RefusedException.ofAdmission(
                        RefusedException.By.ROOM, room.room().name(), failure);
            }
            return null;
        });
    }

    private CompletionStage<Void> nobody() {
        String name = room.room().name();
        log.debug("Caller unknown: room={}", name);
        return CompletableFuture.failedFuture(RefusedException.unknownCaller(RefusedException.By.ROOM, name));
    }

    /** Frees the place of a visitor named by a call of a bean. */
    CompletionStage<Void> leave(String visitor) {
        return room.leaveAsync(visitor).thenAccept(observer::left);
    }

    /** Returns the answer to a call of a bean whose visitor has to wait, or cannot enter. */
    HttpAnswer refusal(GatedCall call, RefusedException refused) {
        Ticket ticket = refused.ticket();
        if (ticket != null) {
            Visitor visitor = visitors.of(call);
            if (!visitor.name().equals(refused.caller())) {
                // A bean may name another visitor. Whoever has the ticket can give up that visitor's place.
                return answers.waiting(call, ticket.standing());
            }
            visitors.giveCookie(call, visitor, ticket.token());
            return answers.waiting(call, ticket.token(), ticket.standing());
        }
        AdmissionException admission = refused.admission();
        return admission == null
                ? HttpAnswer.problem(Problem.NO_KEY, String.valueOf(refused.getMessage()))
                : answers.refusal(call, null, admission);
    }
}
