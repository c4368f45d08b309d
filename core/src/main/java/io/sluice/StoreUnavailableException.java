package io.sluice;

import org.jspecify.annotations.Nullable;

/**
 * The store of a {@link WaitingRoom} is away, or is back and cannot decide yet. Nobody has lost a place. It is not
 * known whether the request was carried out, so ask again. It has no stack trace.
 */
public class StoreUnavailableException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Creates an exception for a {@link RoomStore} to complete its stages with. */
    public StoreUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
    }
}
