package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Pass;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.time.Duration;
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

/** One waiting room over HTTP: who the visitor is, whether inside, and what is answered if not. */
final class RoomGate implements Gate {

    /** The header that carries a pass, from and to clients that keep no cookies. */
    static final String PASS_HEADER = "Sluice-Pass";

    private static final Logger log = LoggerFactory.getLogger(RoomGate.class);
    /** How long a ticket is remembered; its cookie outlives a browser that is closed and opened again. */
    static final Duration TICKET_COOKIE_AGE = Duration.ofHours(24);
    /** What a hidden tab needs, which browsers let ask once a minute. */
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

    /**
     * What is asked about visitors whom the room sees for the first time.
     *
     * @param ofNameless about those without a name, who get a random id
     * @param ofKeyed about those with a name that they choose themselves
     */
    record Newcomers(Gate ofNameless, Gate ofKeyed) {}

    private final WaitingRoom room;
    private final Newcomers newcomers;
    private final LiveSettings settings;
    private final RoomAnswers answers;
    private final Hold atOnce;
    private final GateObserver.OfRoom observer;
    private final RoomDoor door;
    private volatile Definition definition;

    /** @param atOnce for how long a call may be held in shadow mode */
    RoomGate(
            WaitingRoom room,
            Definition definition,
            Newcomers newcomers,
            LiveSettings settings,
            Hold atOnce,
            GateObserver observer) {
        this.room = room;
        this.definition = definition;
        this.newcomers = newcomers;
        this.settings = settings;
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

    /**
     * Lets a call on a protected route through if its visitor is inside, or can go in now. Completes with the answer
     * if not, with nothing if it may pass. A visitor who brings a ticket and waits costs no call of the store.
     */
    @Override
    public CompletionStage<Optional<HttpAnswer>> enter(HttpCall call) {
        Passage passage = Passage.of(call);
        return passage.once(this, () -> {
            passage.isAt(this);
            return definition.shadow() ? enterInShadow(call) : enterOrWait(call);
        });
    }

    private CompletionStage<Optional<HttpAnswer>> enterOrWait(HttpCall call) {
        Visitor visitor = visitorOf(call);
        CompletionStage<Optional<HttpAnswer>> answer = ask(
                        call, visitor, Hold.UNTIL_ANSWERED, Passage.of(call)::waitsFor)
                .thenApply(asked -> asked.admission()
                        .map(admission -> said(call, visitor, admission))
                        .orElse(asked.refusal()));
        return observed(answer, Optional::isEmpty)
                .exceptionally(failure -> Optional.of(answers.refusal(call, ticketOf(visitor), failure)));
    }

    /** Counts what is decided, and observes for how long that holds the call. Nothing is decided for whoever has gone. */
    private <T> CompletionStage<T> observed(CompletionStage<T> decision, Predicate<T> isInside) {
        GateObserver.Held held =
                decision.toCompletableFuture().isDone() ? GateObserver.Held.UNOBSERVED : observer.held();
        return decision.whenComplete((decided, failure) -> {
            if (failure != null && Failures.causeOf(failure) instanceof CancellationException) {
                held.abandon();
                return;
            }
            GateObserver.Outcome outcome = GateObserver.Outcome.of(failure == null && isInside.test(decided), false);
            held.end(outcome);
            observer.decided(outcome);
        });
    }

    /** The request does not wait for its turn; if that comes meanwhile, the next one of the visitor is inside. */
    private CompletionStage<Optional<HttpAnswer>> enterInShadow(HttpCall call) {
        Visitor visitor = visitorOf(call);
        return ask(call, visitor, atOnce, unused -> {})
                .exceptionally(failure -> Asked.NO_ANSWER)
                .thenApply(asked -> {
                    boolean inside =
                            asked.admission().filter(Admission::isInside).isPresent();
                    observer.decided(GateObserver.Outcome.of(inside, true));
                    asked.admission().ifPresent(admission -> give(call, visitor, admission));
                    if (!inside) {
                        Shadow.mark(call, "room", room.room().name());
                    }
                    return Optional.empty();
                });
    }

    /** What came of asking: an admission, or a refusal before it came to that, or nothing in time. */
    private record Asked(Optional<Admission> admission, Optional<HttpAnswer> refusal) {

        static final Asked NO_ANSWER = new Asked(Optional.empty(), Optional.empty());

        static Asked of(Optional<Admission> admission) {
            return new Asked(admission, Optional.empty());
        }
    }

    /** What comes after the hold does not touch the call, which may be over then. */
    private CompletionStage<Asked> ask(
            HttpCall call, Visitor visitor, Hold hold, Consumer<CompletableFuture<?>> waits) {
        Pass brought = visitor.token() == null ? null : room.verify(visitor.name(), visitor.token());
        if (brought != null) {
            return hold.on(door.stay(visitor, brought)).thenApply(Asked::of);
        }
        String ticket = ticketOf(visitor);
        if (ticket != null) {
            return hold.on(door.comeBack(visitor, ticket, waits)).thenApply(Asked::of);
        }
        if (visitor.naming() == Visitor.Naming.RANDOM) {
            return greeted(call, visitor, () -> hold.on(door.findOrAdmit(visitor, waits)));
        }
        return hold.on(door.find(visitor, waits)).thenCompose(found -> {
            if (found.isEmpty()) {
                return CompletableFuture.completedFuture(Asked.NO_ANSWER);
            }
            return found.get().isPresent()
                    ? CompletableFuture.completedFuture(Asked.of(found.get()))
                    : greeted(call, visitor, () -> hold.on(door.admit(visitor)));
        });
    }

    private CompletionStage<Asked> greeted(
            HttpCall call, Visitor visitor, Supplier<CompletionStage<Optional<Admission>>> next) {
        return greet(call, visitor)
                .thenCompose(refusal -> refusal.isPresent()
                        ? CompletableFuture.completedFuture(new Asked(Optional.empty(), refusal))
                        : next.get().thenApply(Asked::of));
    }

    private @Nullable String ticketOf(Visitor visitor) {
        String token = visitor.token();
        return token != null && room.isTicketOf(visitor.name(), token) ? token : null;
    }

    /**
     * Stops whoever comes with a new name each time, and would take a place each time. A principal cannot, nor can
     * somebody who brings what this room has given. Stops too whose browser has kept the cookie back: the one for a new
     * place would replace it.
     */
    CompletionStage<Optional<HttpAnswer>> greet(HttpCall call, Visitor visitor) {
        if (visitor.token() != null && room.gave(visitor.name(), visitor.token())) {
            return Gate.PASS;
        }
        return switch (visitor.naming()) {
            case PROVEN -> Gate.PASS;
            case CHOSEN -> newcomers.ofKeyed().enter(call);
            case RANDOM ->
                cookieIsKeptBack(call)
                        ? CompletableFuture.completedFuture(Optional.of(answers.ofAnotherSite(call)))
                        : newcomers.ofNameless().enter(call);
        };
    }

    /** Tells whether a visitor may have a cookie of this room that the browser does not send with this call. */
    private boolean cookieIsKeptBack(HttpCall call) {
        // Browsers send cookies with SameSite=Lax from one site to another only with what changes nothing.
        return call.cookie(cookieName(call)) == null
                && "cross-site".equals(call.header("Sec-Fetch-Site"))
                && !call.method().equals("GET")
                && !call.method().equals("HEAD");
    }

    private Optional<HttpAnswer> said(HttpCall call, Visitor visitor, Admission admission) {
        give(call, visitor, admission);
        return admission.isInside()
                ? Optional.empty()
                : Optional.of(answers.waiting(call, admission.requiredTicket(), admission.requiredStanding()));
    }

    /** Gives the visitor the pass or the ticket, if it is another one than the visitor has. */
    private void give(HttpCall call, Visitor visitor, Admission admission) {
        Pass pass = admission.pass();
        if (pass == null) {
            String ticket = admission.requiredTicket();
            if (!ticket.equals(visitor.token())) {
                setCookie(call, visitor.cookieValue(ticket), TICKET_COOKIE_AGE);
            }
        } else if (!pass.token().equals(visitor.token())) {
            hand(call, visitor, pass);
        }
    }

    /**
     * Lets a visitor in who is named by a call of a bean. Completes exceptionally with a {@link RefusedException} if the
     * visitor has to wait, or cannot. In shadow mode the call neither waits nor fails.
     */
    CompletionStage<Void> admit(String visitor) {
        CompletionStage<Void> admitted = door.admit(visitor);
        if (definition.shadow()) {
            return atOnce.on(admitted.thenApply(unused -> true)).handle((inside, failure) -> {
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

    /** Frees the place of a visitor who is named by a call of a bean. */
    CompletionStage<Void> leave(String visitor) {
        return room.leaveAsync(visitor).thenAccept(observer::left);
    }

    /** Returns what is answered to a call of a bean whose visitor has to wait, or cannot. */
    HttpAnswer refusal(HttpCall call, RefusedException refused) {
        Ticket ticket = refused.ticket();
        if (ticket != null) {
            Visitor visitor = visitorOf(call);
            // A bean may name another visitor, whose ticket is nobody else's business.
            if (visitor.name().equals(refused.caller())) {
                setCookie(call, visitor.cookieValue(ticket.token()), TICKET_COOKIE_AGE);
            }
            return answers.waiting(call, ticket.token(), ticket.standing());
        }
        AdmissionException admission = refused.admission();
        return admission == null
                ? HttpAnswer.problem(Problem.NO_KEY, String.valueOf(refused.getMessage()))
                : answers.refusal(call, null, admission);
    }

    /** Returns the problem document about a visitor who is not admitted. */
    HttpAnswer refusal(Throwable failure) {
        return answers.refusal(failure);
    }

    /** Returns the gate that lets every call pass, and frees its visitor's place if the call succeeds. */
    Gate leavingOnSuccess() {
        return new Gate() {
            @Override
            public CompletionStage<Optional<HttpAnswer>> enter(HttpCall call) {
                Passage passage = Passage.of(call);
                // Once: a streamed answer that has begun is dispatched again, and the visitor may be inside again.
                return passage.once(this, () -> {
                    // Now: when the answer begins, Spring Security may not say any more who the principal is.
                    visitorOf(call);
                    passage.leavesOnSuccess(RoomGate.this);
                    return Gate.PASS;
                });
            }
        };
    }

    /** Frees the visitor's place: the service has said that the visitor is done. */
    CompletionStage<Void> release(HttpCall call) {
        Visitor visitor = visitorOf(call);
        if (visitor.naming() == Visitor.Naming.RANDOM && cookieIsKeptBack(call)) {
            return CompletableFuture.completedFuture(null);
        }
        setCookie(call, "", Duration.ZERO);
        return room.leaveAsync(visitor.name()).thenAccept(observer::left);
    }

    /** Returns who the call belongs to; one and the same for the whole request, random ids included. */
    Visitor visitorOf(HttpCall call) {
        String attribute = Visitor.class.getName() + '.' + room.room().name();
        if (call.attributes().get(attribute) instanceof Visitor known) {
            return known;
        }
        // Not by computeIfAbsent: to read the visitor, other attributes are computed.
        Visitor visitor = readVisitor(call);
        call.attributes().put(attribute, visitor);
        return visitor;
    }

    private Visitor readVisitor(HttpCall call) {
        String pass = call.headers(PASS_HEADER).stream()
                .filter(room::claims)
                .findFirst()
                .orElse(null);
        String cookie = call.cookie(cookieName(call));
        String principal = call.principal();
        KeyResolver key = definition.key;
        String name = principal != null ? KeyResolvers.ofPrincipal(principal) : key == null ? null : key.resolve(call);
        if (name == null || keepsPlace(pass, cookie)) {
            return Visitor.nameless(pass, cookie);
        }
        boolean chosen = principal == null && KeyResolvers.isChosenByClient(definition.properties.key());
        return Visitor.named(name, chosen ? Visitor.Naming.CHOSEN : Visitor.Naming.PROVEN, pass, cookie);
    }

    /** Tells whether somebody came without a name, was given a place, and keeps it with a login. */
    private boolean keepsPlace(@Nullable String pass, @Nullable String cookie) {
        if (!Visitor.bringsId(cookie)) {
            return false;
        }
        Visitor nameless = Visitor.nameless(pass, cookie);
        String token = nameless.token();
        return token != null && room.gave(nameless.name(), token);
    }

    /** Gives the visitor the pass, as a cookie and as a header. */
    void hand(HttpCall call, Visitor visitor, Pass pass) {
        call.addResponseHeader(PASS_HEADER, pass.token());
        setCookie(call, visitor.cookieValue(pass.token()), room.remaining(pass));
    }

    /** Sets the room's cookie, for that long. */
    void setCookie(HttpCall call, String value, Duration maxAge) {
        Passage.of(call).handsOutToken();
        StringBuilder cookie =
                new StringBuilder(cookieName(call)).append('=').append(value).append("; Path=/");
        cookie.append("; Max-Age=").append(maxAge.toSeconds());
        cookie.append(isSecure(call) ? "; Secure" : "").append("; HttpOnly; SameSite=Lax");
        call.addResponseHeader("Set-Cookie", cookie.toString());
        // Now, for a cache within the application itself, such as the gateway's, which takes the answer before its end.
        call.setResponseHeader("Cache-Control", HttpAnswer.NO_STORE);
    }

    private String cookieName(HttpCall call) {
        return (isSecure(call) ? "__Host-sluice-" : "sluice-") + room.room().name();
    }

    private boolean isSecure(HttpCall call) {
        return settings.of(call).waitingRoom().secure(call);
    }
}
