package io.sluice;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells why a {@link WaitingRoom} or a {@link Guard} does not admit a caller. Nothing has been changed. It is an answer
 * rather than a fault, and cheap: it has no stack trace.
 */
public final class AdmissionException extends RuntimeException {

    private static final long serialVersionUID = 1L;
    private static final Duration CLOSED_RETRY_AFTER = Duration.ofSeconds(30);
    private static final Duration LONGEST_RETRY_AFTER = Duration.ofDays(1);

    /** Why a caller is not admitted. */
    public enum Reason {
        /** A token is forged, garbled, made for another room or purpose, or signed with a key that is not known. */
        INVALID_TOKEN,
        /** The ticket belongs to another visitor. */
        FOREIGN_TICKET,
        /** The visitor has not been called, or no longer holds the place; {@link #standing} tells. */
        NOT_READY,
        /** The visitor whose stay was to begin anew is not inside. */
        NOT_INSIDE,
        /** The visitor has been called but no place became free in time; the claim stands, so try again. */
        NO_PLACE_YET,
        /** The room is closed. */
        CLOSED,
        /**
         * The guard had no turn within {@link Bound#maxWait}, which may be 0, or no more room in its queue for this
         * caller; or it was closed during the wait.
         */
        OVERLOADED
    }

    private final Reason reason;
    private final transient @Nullable Standing standing;
    private final long retryAfterNanos;

    private AdmissionException(Reason reason, String message, @Nullable Standing standing, Duration retryAfter) {
        super(message, null, false, false);
        this.reason = reason;
        this.standing = standing;
        this.retryAfterNanos = retryAfter.toNanos();
    }

    static AdmissionException invalidToken() {
        return new AdmissionException(Reason.INVALID_TOKEN, "The token is not one of this room", null, Duration.ZERO);
    }

    static AdmissionException foreignTicket() {
        return new AdmissionException(
                Reason.FOREIGN_TICKET, "This ticket belongs to another visitor", null, Duration.ZERO);
    }

    static AdmissionException notReady(Standing standing) {
        return new AdmissionException(
                Reason.NOT_READY, "The ticket is " + standing.state() + ", not READY", standing, standing.pollAfter());
    }

    static AdmissionException notInside() {
        return new AdmissionException(Reason.NOT_INSIDE, "The visitor is not inside", null, Duration.ZERO);
    }

    static AdmissionException noPlaceYet(Standing standing, Duration retryAfter) {
        return new AdmissionException(
                Reason.NO_PLACE_YET, "No place became free in time; the claim stands", standing, retryAfter);
    }

    static AdmissionException closed() {
        return new AdmissionException(Reason.CLOSED, "The room is closed", null, CLOSED_RETRY_AFTER);
    }

    /**
     * For stores of guards: returns the refusal of a call that gets no turn.
     *
     * @param message the exception's message
     * @param retryAfter how long to wait before a new try: more than 0, at most a day
     * @throws IllegalArgumentException if {@code retryAfter} is out of range
     */
    public static AdmissionException overloaded(String message, Duration retryAfter) {
        Objects.requireNonNull(message, "message");
        if (retryAfter.compareTo(Duration.ZERO) <= 0 || retryAfter.compareTo(LONGEST_RETRY_AFTER) > 0) {
            throw new IllegalArgumentException(
                    "retryAfter must be more than zero and at most " + LONGEST_RETRY_AFTER + ", but was " + retryAfter);
        }
        return new AdmissionException(Reason.OVERLOADED, message, null, retryAfter);
    }

    /** Returns the reason. */
    public Reason reason() {
        return reason;
    }

    /** Returns where the visitor stands if the reason is {@code NOT_READY} or {@code NO_PLACE_YET}, otherwise null. */
    public @Nullable Standing standing() {
        return standing;
    }

    /**
     * Returns how long to wait before a new try; zero if it would get the same answer. If the reason is
     * {@code NOT_READY}, it is when to ask for the standing again; EXPIRED and USED do not change: join again, or go
     * in with the pass.
     */
    public Duration retryAfter() {
        return Duration.ofNanos(retryAfterNanos);
    }
}
