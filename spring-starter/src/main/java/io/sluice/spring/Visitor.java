package io.sluice.spring;

import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Who a request belongs to in a room, and what it brought.
 *
 * @param name the principal, the configured key, or a random id; never the address
 * @param naming where the name comes from
 * @param cookieId the random id, if that is the name; the cookie carries it before the token
 * @param token the ticket or the pass that the request brought; null if none
 */
record Visitor(
        String name,
        Naming naming,
        @Nullable String cookieId,
        @Nullable String token) {

    /** Where a visitor's name comes from. */
    enum Naming {
        /** Somebody vouches for it. */
        PROVEN,
        /** The client writes into its request what it likes. */
        CHOSEN,
        /** It was made up here. */
        RANDOM
    }

    private static final SecureRandom RANDOM_BYTES = new SecureRandom();
    private static final int ID_BYTES = 16;
    private static final char SEPARATOR = '~';

    /**
     * Returns the visitor whom a principal or a key names.
     *
     * @param pass the pass from the request's header
     * @param cookie the value of the room's cookie: a token, behind the id and a tilde if the id is random
     */
    static Visitor named(String name, Naming naming, @Nullable String pass, @Nullable String cookie) {
        return new Visitor(name, naming, null, token(pass, cookie));
    }

    /** Tells whether a cookie carries a random id. */
    static boolean bringsId(@Nullable String cookie) {
        return cookie != null && cookie.indexOf(SEPARATOR) > 0;
    }

    /** Returns the visitor of the random id in the cookie, or of a new one. */
    static Visitor nameless(@Nullable String pass, @Nullable String cookie) {
        // The id needs no signature of its own: the token beside it is good for this id only.
        String id = cookie != null && bringsId(cookie) ? cookie.substring(0, cookie.indexOf(SEPARATOR)) : randomId();
        return new Visitor("r:" + id, Naming.RANDOM, id, token(pass, cookie));
    }

    private static @Nullable String token(@Nullable String pass, @Nullable String cookie) {
        return pass != null || cookie == null ? pass : cookie.substring(cookie.indexOf(SEPARATOR) + 1);
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
        RANDOM_BYTES.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
