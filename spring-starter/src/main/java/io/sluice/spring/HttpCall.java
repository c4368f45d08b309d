package io.sluice.spring;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request as Sluice sees it, whatever web stack it came through. Used on the threads of the request; no method
 * blocks.
 */
public interface HttpCall {

    /** Returns the method, such as {@code GET}. */
    String method();

    /** Returns path and query as they were asked for, such as {@code /orders?page=2}. */
    String target();

    /** Returns the first value of a header; null if there is none. */
    @Nullable
    String header(String name);

    /** Returns the value of a cookie; null if there is none. */
    @Nullable
    String cookie(String name);

    /** Returns the first value of a query parameter; null if there is none. */
    @Nullable
    String query(String name);

    /** Returns the name of the authenticated principal; null if there is none. */
    @Nullable
    String principal();

    /** Returns the address of the peer. */
    String remoteAddress();

    /** Tells whether the browser treats this connection as secure: HTTPS, or anything but plain HTTP to localhost. */
    boolean secure();

    /** Returns what Sluice keeps with this request; used by one thread at a time. */
    Map<String, Object> attributes();

    /** Sets a header of whatever answer this request gets, from Sluice or from behind it. */
    void setResponseHeader(String name, String value);

    /** Adds a header to whatever answer this request gets. */
    void addResponseHeader(String name, String value);
}
