package io.sluice;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Tells why a {@link WaitingRoom} or a {@link Guard} does not admit a caller. Nothing has been changed. It is an answer
 * rather than a fault, and cheap: it has no stack trace.
 */
public final class AdmissionException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Why a caller is not admitted. */
    public enum Reason {
        /** A token is forged, garbled, made for another room or purpose, or signed with a key that is not known. */
        INVALID_TOKEN,
        /** The ticket belongs to another visitor. */
        FOREIGN_TICKET,
        /** The visitor has not been called, or no longer holds the place; {@link #standing} tells. */
        NOT_READY,
        /** The visitor has been called but no place became free in time; the claim stands, so try again. */
        NO_PLACE_YET,
        /** The room is closed. */
        CLOSED,
        /** The guard's queue was full, or the wait reached its deadline. */
        OVERLOADED
    }

    private final Reason reason;
    private final transient @Nullable Standing standing;
    private final long retryAfterNanos;

    AdmissionException(Reason reason, String message, @Nullable Standing standing, Duration retryAfter) {
        super(message, null, false, false);
        this.reason = reason;
        this.standing = standing;
        this.retryAfterNanos = retryAfter.toNanos();
    }

    /** Returns why. */
    public Reason reason() {
        return reason;
    }

    /** Returns where the visitor stands, if the reason is {@code NOT_READY} or {@code NO_PLACE_YET}. */
    public @Nullable Standing standing() {
        return standing;
    }

    /** Returns after what time a new try makes sense; zero if a new try will be answered the same. */
    public Duration retryAfter() {
        return Duration.ofNanos(retryAfterNanos);
    }
}
