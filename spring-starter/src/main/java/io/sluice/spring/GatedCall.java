package io.sluice.spring;

import java.util.Map;

/** A request on its way through the gates: what they read, keep with it, and say in its answer. */
interface GatedCall extends HttpCall {

    /** Returns what precedes the path within the application, such as a context path; empty if nothing does. */
    default String basePath() {
        return "";
    }

    /**
     * Returns the path by which a gateway's routes find the request, if they go by another one than {@link #path}: that
     * of the whole URI. Some of it may come from a header that clients can send.
     */
    default String routedPath() {
        return path();
    }

    @Override
    default String clientAddress() {
        return LiveSettings.clientOf(this);
    }

    /** Tells whether the browser treats this connection as secure: HTTPS, or anything but plain HTTP to localhost. */
    default boolean secure() {
        String host = host();
        boolean localhost = "localhost".equals(host) || "127.0.0.1".equals(host) || "[::1]".equals(host);
        return !(localhost && "http".equalsIgnoreCase(scheme()));
    }

    /** Returns what Sluice keeps with this request. */
    Map<String, Object> attributes();

    /** Notes that the request waits for others to end, which takes longer than a call of the store. On any thread. */
    default void noteHeld() {}

    /** Sets a header of the answer to this request, from Sluice or from behind it. */
    void setResponseHeader(String name, String value);

    /** Adds a header to the answer to this request. */
    void addResponseHeader(String name, String value);
}
