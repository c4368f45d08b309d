package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Pass;
import io.sluice.Standing;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One waiting room over HTTP: who the visitor is, whether inside, and what is answered if not. */
final class RoomGate implements Gate {

    /** The header that carries a pass, from and to clients that keep no cookies. */
    static final String PASS_HEADER = "Sluice-Pass";

    private static final Logger log = LoggerFactory.getLogger(RoomGate.class);
    private static final Duration STORE_RETRY_AFTER = Duration.ofSeconds(2);

    private final WaitingRoom room;
    private final @Nullable KeyResolver key;
    private final Gate newcomers;
    private final SluiceProperties.WaitingRoomProperties http;

    RoomGate(WaitingRoom room, @Nullable KeyResolver key, Gate newcomers, SluiceProperties.WaitingRoomProperties http) {
        this.room = room;
        this.key = key;
        this.newcomers = newcomers;
        this.http = http;
    }

    WaitingRoom room() {
        return room;
    }

    /**
     * Lets a call on a protected route through if its visitor is inside, or can go straight in. Completes with the
     * answer if not, with nothing if it may pass.
     */
    @Override
    public CompletionStage<Optional<HttpAnswer>> enter(HttpCall call) {
        Passage passage = Passage.of(call);
        return passage.once(this, () -> {
            passage.isAt(this);
            return ask(call);
        });
    }

    private CompletionStage<Optional<HttpAnswer>> ask(HttpCall call) {
        Visitor visitor = visitorOf(call);
        Pass brought = visitor.token() == null ? null : room.verify(visitor.name(), visitor.token());
        if (brought != null) {
            return isDueForRenewal(brought) ? renew(call, visitor) : Gate.PASS;
        }
        return greet(call, visitor)
                .thenCompose(refusal ->
                        refusal.isPresent() ? CompletableFuture.completedFuture(refusal) : findOrAdmit(call, visitor))
                .exceptionally(failure -> Optional.of(refusal(failure)));
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
        CompletionStage<@Nullable Pass> found = room.findAsync(visitor.name());
        return found.thenCompose(pass -> {
            if (pass != null) {
                hand(call, visitor, pass);
                return Gate.PASS;
            }
            return admit(call, visitor);
        });
    }

    /**
     * Lets a visitor in who is named by a bean, not by a request. Completes with nothing if the visitor is inside now,
     * with the ticket of whoever has to wait.
     */
    CompletionStage<Optional<Ticket>> admit(String visitor) {
        CompletionStage<@Nullable Pass> found = room.findAsync(visitor);
        return found.thenCompose(pass -> {
            if (pass == null) {
                return room.admitAsync(visitor)
                        .thenApply(ticket -> ticket.pass() == null ? Optional.of(ticket) : Optional.empty());
            }
            if (isDueForRenewal(pass)) {
                // If it fails, the visitor is inside all the same.
                return room.renewAsync(visitor).handle((renewed, failure) -> Optional.empty());
            }
            return CompletableFuture.completedFuture(Optional.empty());
        });
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
                hand(call, visitor, pass);
                return Optional.empty();
            }
            setCookie(call, visitor.cookieValue(ticket.token()), null);
            return Optional.of(wait(call, ticket));
        });
    }

    /** Returns what is answered to a call of a bean whose visitor has to wait, or cannot. */
    HttpAnswer refusal(HttpCall call, RefusedException refused) {
        Ticket ticket = refused.ticket();
        if (ticket != null) {
            Visitor visitor = visitorOf(call);
            // A bean may name another visitor, whose ticket is nobody else's business.
            if (visitor.name().equals(refused.caller())) {
                setCookie(call, visitor.cookieValue(ticket.token()), null);
            }
            return wait(call, ticket);
        }
        AdmissionException admission = refused.admission();
        return admission == null
                ? HttpAnswer.problem(Problem.NO_KEY, String.valueOf(refused.getMessage()))
                : refusal(admission);
    }

    private HttpAnswer wait(HttpCall call, Ticket ticket) {
        Standing standing = ticket.standing();
        long pollAfterNanos = standing.pollAfter().toNanos();
        boolean readsPage = call.method().equals("GET") || call.method().equals("HEAD");
        if (readsPage && Accept.prefersPage(call.header("Accept"))) {
            return HttpAnswer.html(http.pageStatus(), Pages.waiting(call, standing))
                    .retryAfter(pollAfterNanos);
        }
        Map<String, @Nullable Object> more = new LinkedHashMap<>();
        more.put("room", room.room().name());
        more.put("enqueue", http.path() + "/enqueue");
        more.put("pollAfterMs", HttpAnswer.wholeMillis(pollAfterNanos));
        return HttpAnswer.problem(Problem.WAITING_ROOM, "Everything is taken just now. Join the queue.", more)
                .withStatus(http.apiStatus())
                .retryAfter(pollAfterNanos);
    }

    /** Returns the gate that lets every call pass, and frees its visitor's place if the call succeeds. */
    Gate leavingOnSuccess() {
        return call -> {
            Passage.of(call).leavesOnSuccess(this);
            return PASS;
        };
    }

    /** Frees the visitor's place: the backend has said that the visitor is done. */
    CompletionStage<Void> release(HttpCall call) {
        Visitor visitor = visitorOf(call);
        setCookie(call, "", Duration.ZERO);
        return room.leaveAsync(visitor.name());
    }

    /** Returns who the call belongs to; one and the same for the whole request, random ids included. */
    Visitor visitorOf(HttpCall call) {
        String attribute = Visitor.class.getName() + '.' + room.room().name();
        return (Visitor) call.attributes().computeIfAbsent(attribute, unused -> readVisitor(call));
    }

    private Visitor readVisitor(HttpCall call) {
        String identity = call.principal();
        if (identity != null) {
            identity = "p:" + identity;
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

    /**
     * Sets the room's cookie.
     *
     * @param maxAge how long it lives; null for as long as the browser runs
     */
    void setCookie(HttpCall call, String value, @Nullable Duration maxAge) {
        StringBuilder cookie =
                new StringBuilder(cookieName(call)).append('=').append(value).append("; Path=/");
        if (maxAge != null) {
            cookie.append("; Max-Age=").append(maxAge.toSeconds());
        }
        cookie.append(call.secure() ? "; Secure" : "").append("; HttpOnly; SameSite=Lax");
        call.addResponseHeader("Set-Cookie", cookie.toString());
    }

    private String cookieName(HttpCall call) {
        return (call.secure() ? "__Host-sluice-" : "sluice-") + room.room().name();
    }

    /** Returns what is answered to a visitor who is not admitted. */
    static HttpAnswer refusal(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (!(cause instanceof AdmissionException refused)) {
            log.warn("A waiting room did not answer", cause);
            return HttpAnswer.problem(Problem.REDUCED_CAPACITY, "The waiting room does not answer just now. Try again.")
                    .retryAfter(STORE_RETRY_AFTER.toNanos());
        }
        Standing standing = refused.standing();
        Map<String, @Nullable Object> more = new LinkedHashMap<>();
        if (standing != null) {
            more.put("state", standing.state());
        }
        if (!refused.retryAfter().isZero()) {
            more.put("retryAfterMs", HttpAnswer.wholeMillis(refused.retryAfter().toNanos()));
        }
        Problem problem = switch (refused.reason()) {
            case INVALID_TOKEN -> Problem.INVALID_TICKET;
            case FOREIGN_TICKET -> Problem.FOREIGN_TICKET;
            case NOT_READY, NO_PLACE_YET -> Problem.NOT_READY;
            case CLOSED -> Problem.ROOM_CLOSED;
            case OVERLOADED -> Problem.REDUCED_CAPACITY;
        };
        HttpAnswer answer = HttpAnswer.problem(problem, String.valueOf(refused.getMessage()), more);
        return refused.retryAfter().isZero()
                ? answer
                : answer.retryAfter(refused.retryAfter().toNanos());
    }
}
