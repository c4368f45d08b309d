package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Pass;
import io.sluice.Standing;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
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

    private final WaitingRoom room;
    private final Gate newcomers;
    private final SluiceProperties.WaitingRoomProperties http;
    private final RoomAnswers answers;
    private final GateObserver.OfRoom observer;
    private volatile Definition definition;

    RoomGate(
            WaitingRoom room,
            Definition definition,
            Gate newcomers,
            SluiceProperties.WaitingRoomProperties http,
            Pages pages,
            GateObserver observer) {
        this.room = room;
        this.definition = definition;
        this.newcomers = newcomers;
        this.http = http;
        this.answers = new RoomAnswers(room, http, pages);
        this.observer = observer.room(this);
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
            boolean shadow = definition.shadow();
            return ask(call).thenApply(answer -> {
                observer.decided(GateObserver.Outcome.of(answer.isEmpty(), shadow));
                if (answer.isPresent() && shadow) {
                    Shadow.mark(call, "room", room.room().name());
                    return Optional.empty();
                }
                return answer;
            });
        });
    }

    private CompletionStage<Optional<HttpAnswer>> ask(HttpCall call) {
        Visitor visitor = visitorOf(call);
        Pass brought = visitor.token() == null ? null : room.verify(visitor.name(), visitor.token());
        if (brought != null) {
            return isDueForRenewal(brought) ? renew(call, visitor) : Gate.PASS;
        }
        String ticket = ticketOf(visitor);
        return (ticket == null ? welcome(call, visitor) : comeBack(call, visitor, ticket))
                .exceptionally(failure -> Optional.of(answers.refusal(call, ticket, failure)));
    }

    private @Nullable String ticketOf(Visitor visitor) {
        String token = visitor.token();
        return token != null && room.isTicketOf(visitor.name(), token) ? token : null;
    }

    private CompletionStage<Optional<HttpAnswer>> welcome(HttpCall call, Visitor visitor) {
        return greet(call, visitor)
                .thenCompose(refusal ->
                        refusal.isPresent() ? CompletableFuture.completedFuture(refusal) : findOrAdmit(call, visitor));
    }

    /**
     * Stops whoever comes with a new name each time, and would take a place each time. Somebody who is known by the
     * principal or the configured key, or who has been given a ticket, cannot.
     */
    CompletionStage<Optional<HttpAnswer>> greet(HttpCall call, Visitor visitor) {
        boolean known =
                visitor.cookieId() == null || (visitor.token() != null && room.gave(visitor.name(), visitor.token()));
        return known ? Gate.PASS : newcomers.enter(call);
    }

    private CompletionStage<Optional<HttpAnswer>> findOrAdmit(HttpCall call, Visitor visitor) {
        if (visitor.isNew()) {
            return admit(call, visitor);
        }
        CompletionStage<@Nullable Pass> found = room.findAsync(visitor.name());
        return found.thenCompose(pass -> {
            if (pass != null) {
                hand(call, visitor, pass);
                return Gate.PASS;
            }
            return admit(call, visitor);
        });
    }

    private CompletionStage<Optional<HttpAnswer>> comeBack(HttpCall call, Visitor visitor, String ticket) {
        return room.statusAsync(ticket).thenCompose(standing -> switch (standing.state()) {
            case QUEUED -> CompletableFuture.completedFuture(Optional.of(answers.waiting(call, ticket, standing)));
            case READY -> enterCalled(call, visitor, ticket, Objects.requireNonNull(standing.gateToken()));
            case USED, EXPIRED -> findOrAdmit(call, visitor);
        });
    }

    private CompletionStage<Optional<HttpAnswer>> enterCalled(
            HttpCall call, Visitor visitor, String ticket, String gateToken) {
        return room.enterAsync(visitor.name(), ticket, gateToken)
                .<Optional<HttpAnswer>>thenApply(pass -> {
                    observer.entered(room.age(ticket));
                    hand(call, visitor, pass);
                    return Optional.empty();
                })
                .exceptionallyCompose(failure -> {
                    Standing standing = RoomAnswers.causeOf(failure) instanceof AdmissionException refused
                            ? refused.standing()
                            : null;
                    if (standing == null) {
                        return CompletableFuture.failedFuture(failure);
                    }
                    return standing.state() == Standing.State.EXPIRED
                            ? findOrAdmit(call, visitor)
                            : CompletableFuture.completedFuture(Optional.of(answers.waiting(call, ticket, standing)));
                });
    }

    /**
     * Lets a visitor in who is named by a call of a bean. Completes exceptionally with a {@link RefusedException} if the
     * visitor has to wait, or cannot.
     */
    CompletionStage<Void> admit(String visitor) {
        boolean shadow = definition.shadow();
        CompletionStage<@Nullable Pass> found = room.findAsync(visitor);
        CompletionStage<Void> admitted = found.thenCompose(pass -> pass == null
                ? room.admitAsync(visitor).thenAccept(ticket -> requireInside(visitor, ticket))
                : stay(visitor, pass));
        return admitted.handle((inside, failure) -> {
            observer.decided(GateObserver.Outcome.of(failure == null, shadow));
            if (failure != null && !shadow) {
                throw RefusedException.ofAdmission(
                        RefusedException.By.ROOM, room.room().name(), failure);
            }
            return null;
        });
    }

    private void requireInside(String visitor, Ticket ticket) {
        if (ticket.pass() == null) {
            observer.joined();
            throw RefusedException.mustWait(room.room().name(), visitor, ticket);
        }
        observer.entered(Duration.ZERO);
    }

    private CompletionStage<Void> stay(String visitor, Pass pass) {
        CompletionStage<?> stayed =
                isDueForRenewal(pass) ? room.renewAsync(visitor) : CompletableFuture.completedFuture(pass);
        // If the renewal fails, the visitor is inside all the same.
        return stayed.handle((renewed, failure) -> null);
    }

    /** Frees the place of a visitor who is named by a call of a bean. */
    CompletionStage<Void> leave(String visitor) {
        return room.leaveAsync(visitor).thenAccept(observer::left);
    }

    /** Whoever is active stays; one renewal for half a stay keeps the store out of most calls. */
    private boolean isDueForRenewal(Pass pass) {
        return room.room().renewable()
                && room.remaining(pass).compareTo(room.room().stay().dividedBy(2)) < 0;
    }

    private CompletionStage<Optional<HttpAnswer>> renew(HttpCall call, Visitor visitor) {
        return room.renewAsync(visitor.name()).handle((renewed, failure) -> {
            // If it fails, the pass that was brought is still good.
            if (failure == null) {
                hand(call, visitor, renewed);
            }
            return Optional.empty();
        });
    }

    private CompletionStage<Optional<HttpAnswer>> admit(HttpCall call, Visitor visitor) {
        return room.admitAsync(visitor.name()).thenApply(ticket -> {
            Pass pass = ticket.pass();
            if (pass != null) {
                observer.entered(visitor.token() == null ? Duration.ZERO : room.age(visitor.token()));
                hand(call, visitor, pass);
                return Optional.empty();
            }
            observer.joined();
            log.debug(
                    "No place free: room={} state={}",
                    room.room().name(),
                    ticket.standing().state());
            setCookie(call, visitor.cookieValue(ticket.token()), TICKET_COOKIE_AGE);
            return Optional.of(answers.waiting(call, ticket.token(), ticket.standing()));
        });
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

    /** Returns the gate that lets every call pass, and frees its visitor's place if the call succeeds. */
    Gate leavingOnSuccess() {
        return call -> {
            Passage.of(call).leavesOnSuccess(this);
            return Gate.PASS;
        };
    }

    /** Frees the visitor's place: the backend has said that the visitor is done. */
    CompletionStage<Void> release(HttpCall call) {
        Visitor visitor = visitorOf(call);
        setCookie(call, "", Duration.ZERO);
        return room.leaveAsync(visitor.name()).thenAccept(observer::left);
    }

    /** Returns who the call belongs to; one and the same for the whole request, random ids included. */
    Visitor visitorOf(HttpCall call) {
        String attribute = Visitor.class.getName() + '.' + room.room().name();
        return (Visitor) call.attributes().computeIfAbsent(attribute, unused -> readVisitor(call));
    }

    private Visitor readVisitor(HttpCall call) {
        String identity = call.principal();
        KeyResolver key = definition.key;
        if (identity != null) {
            identity = KeyResolvers.ofPrincipal(identity);
        } else if (key != null) {
            identity = key.resolve(call);
        }
        return Visitor.of(identity, call.header(PASS_HEADER), call.cookie(cookieName(call)));
    }

    /** Gives the visitor the pass, as a cookie and as a header. */
    void hand(HttpCall call, Visitor visitor, Pass pass) {
        call.setResponseHeader(PASS_HEADER, pass.token());
        setCookie(call, visitor.cookieValue(pass.token()), room.remaining(pass));
    }

    /** Sets the room's cookie, for that long. */
    void setCookie(HttpCall call, String value, Duration maxAge) {
        Passage.of(call).handsOutToken();
        StringBuilder cookie =
                new StringBuilder(cookieName(call)).append('=').append(value).append("; Path=/");
        cookie.append("; Max-Age=").append(maxAge.toSeconds());
        cookie.append(http.secure(call) ? "; Secure" : "").append("; HttpOnly; SameSite=Lax");
        call.addResponseHeader("Set-Cookie", cookie.toString());
    }

    private String cookieName(HttpCall call) {
        return (http.secure(call) ? "__Host-sluice-" : "sluice-") + room.room().name();
    }
}
