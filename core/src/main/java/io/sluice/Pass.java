package io.sluice;

import java.time.Instant;

/**
 * The right to be inside a room.
 *
 * @param token the credential: signed, opaque, URL-safe, at most 200 characters; good for its visitor only
 * @param expiresAt when the stay ends, by the backend's clock
 */
public record Pass(String token, Instant expiresAt) {

    /** Omits the token, to keep it out of logs. */
    @Override
    public String toString() {
        return "Pass[expiresAt=" + expiresAt + ']';
    }
}
