package io.sluice.spring;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request of a browser, and the headers of its answer. */
record FakeCall(
        String method,
        Map<String, String> headers,
        Map<String, String> cookies,
        Map<String, Object> attributes,
        Map<String, String> responseHeaders,
        @Nullable String principal)
        implements GatedCall {

    static FakeCall ofBrowser(String method, String acceptLanguage) {
        Map<String, String> headers = Map.of("Accept", "text/html", "Accept-Language", acceptLanguage);
        return new FakeCall(method, headers, new HashMap<>(), new HashMap<>(), new HashMap<>(), null);
    }

    /** Returns the same request of somebody who has logged in. */
    FakeCall loggedIn(String name) {
        return new FakeCall(method, headers, cookies, attributes, responseHeaders, name);
    }

    /** Returns the next request of the same browser, with the cookie it was given. */
    FakeCall next() {
        FakeCall next =
                new FakeCall(method, headers, new HashMap<>(cookies), new HashMap<>(), new HashMap<>(), principal);
        String setCookie = responseHeaders.get("Set-Cookie");
        if (setCookie != null) {
            int equals = setCookie.indexOf('=');
            next.cookies.put(setCookie.substring(0, equals), setCookie.substring(equals + 1, setCookie.indexOf(';')));
        }
        return next;
    }

    @Override
    public String path() {
        return "/orders";
    }

    @Override
    public @Nullable String header(String name) {
        return headers.get(name);
    }

    @Override
    public @Nullable String cookie(String name) {
        return cookies.get(name);
    }

    @Override
    public List<String> headers(String name) {
        String value = headers.get(name);
        return value == null ? List.of() : List.of(value);
    }

    @Override
    public @Nullable String query(String name) {
        return null;
    }

    @Override
    public @Nullable String pathVariable(String name) {
        return null;
    }

    @Override
    public String remoteAddress() {
        return "127.0.0.1";
    }

    @Override
    public String scheme() {
        return "https";
    }

    @Override
    public String host() {
        return "shop.example";
    }

    @Override
    public void setResponseHeader(String name, String value) {
        responseHeaders.put(name, value);
    }

    @Override
    public void addResponseHeader(String name, String value) {
        responseHeaders.put(name, value);
    }
}
