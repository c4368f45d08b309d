package io.sluice.spring;

import io.sluice.Credential;
import java.security.SecureRandom;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * The visitor of a room whom a request belongs to, and what the request brought.
 *
 * @param name the principal, the configured key, or a random id; the address only if that is the key
 * @param naming where the name comes from
 * @param cookieId the random id, if that is the name; the cookie carries it before the token
 * @param isNew whether the name was just made up, so that no room knows it
 * @param brought the ticket or pass of this visitor that the request brought; null if none
 */
record Visitor(
        String name,
        Naming naming,
        @Nullable String cookieId,
        boolean isNew,
        @Nullable Credential brought) {

    /** Where a visitor's name comes from. */
    enum Naming {
        /** Somebody vouches for it. */
        PROVEN,
        /** The client chooses it freely. */
        CHOSEN,
        /** It was made up by Sluice. */
        RANDOM
    }

    private static final SecureRandom RANDOM_BYTES = new SecureRandom();
    private static final int ID_BYTES = 16;
    private static final char SEPARATOR = '~';

    /** Returns the visitor whom a principal or a key names. */
    static Visitor named(String name, Naming naming) {
        return new Visitor(name, naming, null, false, null);
    }

    /** Returns the visitor of a random id, or of a new one if it is null. */
    static Visitor nameless(@Nullable String id) {
        // The id needs no signature of its own: the token beside it is good for this id only.
        String known = id == null ? randomId() : id;
        return new Visitor("r:" + known, Naming.RANDOM, known, id == null, null);
    }

    /** Returns the visitor with what the request brought. */
    Visitor bringing(@Nullable Credential credential) {
        return new Visitor(name, naming, cookieId, isNew, credential);
    }

    /** Returns the random id in the room's cookie, which ends with a tilde; null if there is none. */
    static @Nullable String idIn(@Nullable String cookie) {
        int end = cookie == null ? -1 : cookie.indexOf(SEPARATOR);
        return cookie == null || end <= 0 ? null : cookie.substring(0, end);
    }

    /** Returns the token in the room's cookie; null without a cookie. */
    static @Nullable String tokenIn(@Nullable String cookie) {
        return cookie == null ? null : cookie.substring(cookie.indexOf(SEPARATOR) + 1);
    }

    /** Returns the ticket that the request brought; null if none. */
    @Nullable
    Credential ticket() {
        return brought != null && brought.isTicket() ? brought : null;
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
