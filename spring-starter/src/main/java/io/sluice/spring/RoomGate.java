package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Pass;
import io.sluice.Standing;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** One waiting room over HTTP: who the visitor is, whether inside, and what is answered if not. */
final class RoomGate {

    /** The header that carries a pass, from and to clients that keep no cookies. */
    static final String PASS_HEADER = "Sluice-Pass";

    private static final CompletionStage<Optional<HttpAnswer>> PASS =
            CompletableFuture.completedFuture(Optional.empty());

    private final WaitingRoom room;
    private final @Nullable KeyResolver key;
    private final SluiceProperties.WaitingRoomProperties http;

    RoomGate(WaitingRoom room, @Nullable KeyResolver key, SluiceProperties.WaitingRoomProperties http) {
        this.room = room;
        this.key = key;
        this.http = http;
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
        Visitor visitor = visitorOf(call);
        if (visitor.token() != null && room.verify(visitor.name(), visitor.token()) != null) {
            return PASS;
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
        return room.leaveAsync(visitor.name());
    }

    Visitor visitorOf(HttpCall call) {
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
        Duration left = Duration.between(Instant.now(), pass.expiresAt());
        setCookie(call, visitor.cookieValue(pass.token()), left.isNegative() ? Duration.ZERO : left);
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
            throw failure instanceof CompletionException e ? e : new CompletionException(failure);
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
