package io.sluice.spring;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request, whatever web stack it came through, as {@link KeyResolver}s read it. Used by one thread at a time, which
 * need not be a thread of the container. No method blocks.
 */
public interface HttpCall {

    /** Returns the method, such as {@code GET}. */
    String method();

    /** Returns the path within the application as requested: encoded, and without the query. */
    String path();

    /** Returns all values of a header, one for each time it was sent. */
    List<String> headers(String name);

    /** Returns the first value of a header; null if there is none. */
    default @Nullable String header(String name) {
        List<String> values = headers(name);
        return values.isEmpty() ? null : values.get(0);
    }

    /**
     * Returns the value of a cookie; null if there is none, or if several with different values were sent. Readers
     * differ in which of these counts, so none of them identifies the caller.
     */
    @Nullable
    String cookie(String name);

    /** Returns the value of a query parameter; null if there is none, or if several with different values were sent. */
    @Nullable
    String query(String name);

    /** Returns a variable of the path that a route, a controller or a filter was mapped to; null if there is none. */
    @Nullable
    String pathVariable(String name);

    /** Returns the name of the authenticated principal; null if there is none. */
    @Nullable
    String principal();

    /** Returns the address of the peer, which may be a proxy. An IPv6 address has no brackets. */
    String remoteAddress();

    /**
     * Returns the address of the client, as reported by the proxies in {@code sluice.trusted-proxies}; the address of
     * the peer if that is none of them. An IPv6 address has no brackets.
     */
    String clientAddress();

    /** Returns {@code http} or {@code https}. */
    String scheme();

    /** Returns the requested host, without the port. */
    String host();
}
