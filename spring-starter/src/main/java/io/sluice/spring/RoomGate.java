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
final class RoomGate {

    /** The header that carries a pass, from and to clients that keep no cookies. */
    static final String PASS_HEADER = "Sluice-Pass";

    private static final Logger log = LoggerFactory.getLogger(RoomGate.class);
    private static final Duration STORE_RETRY_AFTER = Duration.ofSeconds(2);

    private static final CompletionStage<Optional<HttpAnswer>> PASS =
            CompletableFuture.completedFuture(Optional.empty());

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
    private final SluiceProperties.WaitingRoomProperties http;
    private final GateObserver.OfRoom observer;
    private volatile Definition definition;

    RoomGate(
            WaitingRoom room,
            Definition definition,
            SluiceProperties.WaitingRoomProperties http,
            GateObserver observer) {
        this.room = room;
        this.definition = definition;
        this.http = http;
        this.observer = observer.room(this);
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

    String releaseHeader() {
        return http.releaseHeader();
    }

    /**
     * Lets a call on a protected route through if its visitor is inside, or can go straight in. Completes with the
     * answer if not, with nothing if it may pass.
     */
    CompletionStage<Optional<HttpAnswer>> enter(HttpCall call) {
        boolean shadow = definition.shadow();
        return decide(call).thenApply(answer -> {
            observer.decided(GateObserver.Outcome.of(answer.isEmpty(), shadow));
            if (answer.isPresent() && shadow) {
                Shadow.mark(call, "room", room.room().name());
                return Optional.empty();
            }
            return answer;
        });
    }

    private CompletionStage<Optional<HttpAnswer>> decide(HttpCall call) {
        Visitor visitor = visitorOf(call);
        Pass brought = visitor.token() == null ? null : room.verify(visitor.name(), visitor.token());
        if (brought != null) {
            return isDueForRenewal(brought) ? renew(call, visitor) : PASS;
        }
        CompletionStage<@Nullable Pass> found = room.findAsync(visitor.name());
        return found.thenCompose(pass -> {
                    if (pass != null) {
                        hand(call, visitor, pass);
                        return PASS;
                    }
                    return admit(call, visitor);
                })
                .exceptionally(failure -> Optional.of(refusal(failure)));
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
            setCookie(call, visitor.cookieValue(ticket.token()), null);
            return Optional.of(wait(call, ticket));
        });
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
