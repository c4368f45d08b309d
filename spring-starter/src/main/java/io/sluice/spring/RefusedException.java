package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Decision;
import io.sluice.Ticket;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when an annotated method of a bean is not called because a limit, a waiting room or a guard refused. If it was
 * a limit, what earlier limits have charged the call is refunded. The charges of a call that a room or a guard refuses
 * stay: they bound how often a caller asks.
 *
 * <p>If a controller lets it through, and no {@code @ExceptionHandler} takes it, it becomes the answer that a filter
 * would have given: 429, 503, 403 for an unknown caller, or the waiting page. It is an answer rather than a fault, and
 * cheap: it has no stack trace.
 */
public final class RefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** What refused. */
    public enum By {
        /** A rate limit. */
        LIMIT,
        /** A waiting room. */
        ROOM,
        /** A guard. */
        GUARD
    }

    private final By by;
    private final String name;
    private final String caller;
    private final transient @Nullable Decision decision;
    private final transient @Nullable Ticket ticket;
    private final Duration retryAfter;

    private RefusedException(
            By by,
            String name,
            String caller,
            String message,
            @Nullable Decision decision,
            @Nullable Ticket ticket,
            @Nullable AdmissionException cause,
            Duration retryAfter) {
        super(message, cause, false, false);
        this.by = by;
        this.name = name;
        this.caller = caller;
        this.decision = decision;
        this.ticket = ticket;
        this.retryAfter = retryAfter;
    }

    static RefusedException overLimit(String limit, String caller, Decision decision) {
        return new RefusedException(
                By.LIMIT,
                limit,
                caller,
                "The limit \"" + limit + "\" is exhausted; try again after "
                        + HttpAnswer.wholeMillis(decision.retryAfterNanos()) + " ms",
                decision,
                null,
                null,
                decision.retryAfter());
    }

    static RefusedException mustWait(String room, String visitor, Ticket ticket) {
        return new RefusedException(
                By.ROOM,
                room,
                visitor,
                "Everything in the waiting room \"" + room + "\" is taken; the visitor has joined the queue",
                null,
                ticket,
                null,
                ticket.standing().pollAfter());
    }

    /** Returns the refusal that a room's or a guard's failure means, or the failure itself if it is none. */
    static RuntimeException ofAdmission(By by, String name, Throwable failure) {
        Throwable cause = Failures.causeOf(failure);
        if (cause instanceof AdmissionException refused) {
            String message = name + ": " + refused.getMessage();
            return new RefusedException(by, name, "", message, null, null, refused, refused.retryAfter());
        }
        return cause instanceof RuntimeException exception ? exception : new CompletionException(cause);
    }

    static RefusedException unknownCaller(By by, String name) {
        return new RefusedException(
                by,
                name,
                "",
                "The " + (by == By.LIMIT ? "limit" : "waiting room") + " \"" + name
                        + "\" wants to know who calls, and this call does not tell",
                null,
                null,
                null,
                Duration.ZERO);
    }

    /** Returns the refusal in a failure that futures may have wrapped; null if it is another failure. */
    static @Nullable RefusedException in(Throwable failure) {
        return Failures.causeOf(failure) instanceof RefusedException refused ? refused : null;
    }

    /** Returns what refused. */
    public By by() {
        return by;
    }

    /** Returns the name of the limit, room or guard. */
    public String name() {
        return name;
    }

    /** Returns the limit's decision; null if something else refused, or if the caller is not known. */
    public @Nullable Decision decision() {
        return decision;
    }

    /** Returns the ticket that the visitor has now; null if there is none. */
    public @Nullable Ticket ticket() {
        return ticket;
    }

    /** Returns why a guard or a closed room refused; null if something else refused. */
    public @Nullable AdmissionException admission() {
        return (AdmissionException) getCause();
    }

    /** Returns how long to wait before a new try; zero if a new try will be answered the same. */
    public Duration retryAfter() {
        return retryAfter;
    }

    /** Returns the key under which the call was counted, or the visitor who has the ticket; empty if there is none. */
    String caller() {
        return caller;
    }
}
