package io.sluice;

import org.jspecify.annotations.Nullable;

/**
 * The store of a {@link WaitingRoom} is away, or cannot decide yet after it was. Nobody has lost a place; whether what was
 * asked has been done is not known, so ask again. It has no stack trace.
 */
public class StoreUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Creates it; for a {@link RoomStore} to complete its stages with. */
    public StoreUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
    }
}
