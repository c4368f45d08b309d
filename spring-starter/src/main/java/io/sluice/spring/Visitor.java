package io.sluice.spring;

import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Who a request belongs to in a room, and what it brought.
 *
 * @param name the principal, the configured key, or a random id; never the address
 * @param cookieId the random id, if that is the name; the cookie carries it before the token
 * @param token the ticket or the pass that the request brought; null if none
 */
record Visitor(
        String name, @Nullable String cookieId, @Nullable String token) {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int ID_BYTES = 16;
    private static final char SEPARATOR = '~';

    /**
     * Finds out who the visitor is.
     *
     * @param identity the principal or the configured key; null if there is neither
     * @param header the pass from the request's header
     * @param cookie the value of the room's cookie: a token, behind the id and a tilde if the id is random
     */
    static Visitor of(@Nullable String identity, @Nullable String header, @Nullable String cookie) {
        int separator = cookie == null ? -1 : cookie.indexOf(SEPARATOR);
        String cookieToken = cookie == null ? null : cookie.substring(separator + 1);
        String token = header != null ? header : cookieToken;
        if (identity != null) {
            return new Visitor(identity, null, token);
        }
        // The id needs no signature of its own: the token beside it is good for this id only.
        String id = cookie != null && separator > 0 ? cookie.substring(0, separator) : randomId();
        return new Visitor("r:" + id, id, token);
    }

    /** Tells whether the name was made up just now, so that no room knows it. */
    boolean isNew() {
        return cookieId != null && token == null;
    }

    String cookieValue(String newToken) {
        return cookieId == null ? newToken : cookieId + SEPARATOR + newToken;
    }

    private static String randomId() {
        byte[] bytes = new byte[ID_BYTES];
        RANDOM.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
