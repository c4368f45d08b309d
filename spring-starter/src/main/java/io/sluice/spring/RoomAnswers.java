package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Credential;
import io.sluice.Standing;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The answers to a visitor who is not let into a waiting room. */
final class RoomAnswers {

    private static final Logger log = LoggerFactory.getLogger(RoomAnswers.class);
    private static final Duration STORE_RETRY_AFTER = Duration.ofSeconds(2);

    /** In an outage every request fails. One warning is logged in so long a time. */
    private static final long WARNING_INTERVAL_NANOS = 10_000_000_000L;

    private final WaitingRoom room;
    private final LiveSettings settings;
    private final AtomicLong nextWarningNanos = new AtomicLong(System.nanoTime());

    RoomAnswers(WaitingRoom room, LiveSettings settings) {
        this.room = room;
        this.settings = settings;
    }

    /** Returns the waiting page for a browser that can wait, or else a document that says where to join. */
    HttpAnswer waiting(GatedCall call, String ticket, Standing standing) {
        return Pages.canWait(call)
                ? page(call, settings.of(call).waitingRoom().pageStatus(), ticket, standing)
                : waiting(call, standing);
    }

    /** Returns the document that says where to join. It does not contain the ticket. */
    HttpAnswer waiting(GatedCall call, Standing standing) {
        SluiceProperties.WaitingRoomProperties http = settings.of(call).waitingRoom();
        long pollAfterNanos = standing.pollAfter().toNanos();
        Map<String, @Nullable Object> more = new LinkedHashMap<>();
        more.put("room", room.room().name());
        more.put("enqueue", call.basePath() + http.path() + QueueEndpoints.ENQUEUE);
        more.put("pollAfterMs", HttpAnswer.wholeMillis(pollAfterNanos));
        return HttpAnswer.problem(Problem.WAITING_ROOM, http.apiStatus(), "Wait for your turn: join the queue.", more)
                .retryAfter(pollAfterNanos);
    }

    /**
     * Returns {@link #refusal(Throwable)}, or a page for a browser that can wait: a waiting page while the store is
     * away.
     */
    HttpAnswer refusal(GatedCall call, @Nullable Credential ticket, Throwable failure) {
        HttpAnswer answer = refusal(failure);
        if (!Pages.canWait(call)) {
            return answer;
        }
        if (Failures.causeOf(failure) instanceof AdmissionException refused) {
            return settings.of(call)
                    .pages()
                    .refusal(
                            call,
                            problemOf(refused),
                            "",
                            Map.of(),
                            refused.retryAfter().toNanos());
        }
        Standing holding = new Standing(Standing.State.QUEUED, 0, null, STORE_RETRY_AFTER, null, true);
        return ticket == null
                ? page(call, answer.status(), null, holding)
                : page(call, settings.of(call).waitingRoom().pageStatus(), ticket.token(), holding);
    }

    private HttpAnswer page(GatedCall call, int status, @Nullable String ticket, Standing standing) {
        return settings.of(call)
                .pages()
                .waiting(call, status, room.room().name(), room.room().patience(), ticket, standing);
    }

    /** Returns the problem document about a visitor who is not admitted. */
    HttpAnswer refusal(Throwable failure) {
        Throwable cause = Failures.causeOf(failure);
        if (!(cause instanceof AdmissionException refused)) {
            warn(cause);
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
        HttpAnswer answer = HttpAnswer.problem(problemOf(refused), String.valueOf(refused.getMessage()), more);
        return refused.retryAfter().isZero()
                ? answer
                : answer.retryAfter(refused.retryAfter().toNanos());
    }

    /** Returns the answer to a request that another site has a browser send, and so without the cookie. */
    HttpAnswer ofAnotherSite(GatedCall call) {
        log.debug("Sent by another site: room={}", room.room().name());
        return settings.of(call)
                .pages()
                .refusal(
                        call,
                        Problem.CROSS_SITE,
                        "Browsers send this site's cookies from another site only with links, so the visitor cannot be"
                                + " known. Come by a link, or from a page of this site.",
                        Map.of(),
                        0);
    }

    private void warn(Throwable cause) {
        if (cause instanceof CancellationException) {
            // The client has gone; nobody reads the answer.
            return;
        }
        long nowNanos = System.nanoTime();
        long dueNanos = nextWarningNanos.get();
        if (nowNanos - dueNanos >= 0 && nextWarningNanos.compareAndSet(dueNanos, nowNanos + WARNING_INTERVAL_NANOS)) {
            log.warn(
                    "The waiting room {} did not answer; more of this within 10 s is logged at debug level only",
                    room.room().name(),
                    cause);
        } else {
            log.debug("The waiting room {} did not answer", room.room().name(), cause);
        }
    }

    private static Problem problemOf(AdmissionException refused) {
        return switch (refused.reason()) {
            case INVALID_TOKEN -> Problem.INVALID_TICKET;
            case FOREIGN_TICKET -> Problem.FOREIGN_TICKET;
            case NOT_READY, NOT_INSIDE, NO_PLACE_YET -> Problem.NOT_READY;
            case CLOSED -> Problem.ROOM_CLOSED;
            case OVERLOADED -> Problem.REDUCED_CAPACITY;
        };
    }
}
