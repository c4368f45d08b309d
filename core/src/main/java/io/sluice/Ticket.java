package io.sluice;

import org.jspecify.annotations.Nullable;

/**
 * A visitor's place in the queue of a waiting room.
 *
 * @param token the credential: signed, opaque, URL-safe, at most 200 characters. Its holder can see the standing and
 *     give up the place; only its visitor can enter with it
 * @param standing where the visitor stood when the ticket was handed out
 * @param pass the right to be inside if the visitor is; otherwise null
 */
public record Ticket(
        String token, Standing standing, @Nullable Pass pass) {

    /** Omits the token, with which any reader could give up the place. */
    @Override
    public String toString() {
        return "Ticket[standing=" + standing + ", pass=" + pass + ']';
    }
}
