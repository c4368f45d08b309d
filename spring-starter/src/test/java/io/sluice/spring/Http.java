package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.cookie.ClientCookieDecoder;
import io.netty.handler.codec.http.cookie.ClientCookieEncoder;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.DefaultCookie;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.greenbytes.http.sfv.ListElement;
import org.greenbytes.http.sfv.Parser;
import org.greenbytes.http.sfv.StringItem;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A client, and what it makes of answers. */
final class Http {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** Those of Content Security Policy Level 3 that a page of Sluice's may have. */
    private static final Set<String> POLICY_DIRECTIVES = Set.of(
            "default-src",
            "style-src",
            "script-src",
            "img-src",
            "connect-src",
            "base-uri",
            "form-action",
            "frame-ancestors");

    private Http() {}

    static HttpResponse<String> send(HttpRequest.Builder request) {
        return send(request, HttpResponse.BodyHandlers.ofString());
    }

    static <B> HttpResponse<B> send(HttpRequest.Builder request, HttpResponse.BodyHandler<B> body) {
        try {
            return CLIENT.send(request.build(), body);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    static CompletableFuture<HttpResponse<String>> sendAsync(HttpRequest.Builder request) {
        return CLIENT.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** Returns all values of a header; empty if there is none. */
    static String header(HttpResponse<?> response, String name) {
        return String.join(" & ", response.headers().allValues(name));
    }

    /**
     * Reads a header that is a list of RFC 9651 whose members are strings, into the strings and their parameters; empty
     * if there is none.
     */
    static Map<String, Map<String, Object>> members(HttpResponse<?> response, String name) {
        Map<String, Map<String, Object>> members = new LinkedHashMap<>();
        List<String> fields = response.headers().allValues(name);
        List<? extends ListElement<?>> list =
                fields.isEmpty() ? List.of() : new Parser(fields).parseList().get();
        for (ListElement<?> member : list) {
            Map<String, Object> parameters = new LinkedHashMap<>();
            member.getParams().forEach((parameter, value) -> parameters.put(parameter, value.get()));
            members.put(((StringItem) member).get(), parameters);
        }
        return members;
    }

    /** Reads the cookies that an answer sets, by their names. */
    static Map<String, DefaultCookie> cookies(HttpResponse<?> response) {
        Map<String, DefaultCookie> cookies = new LinkedHashMap<>();
        for (String field : response.headers().allValues("Set-Cookie")) {
            DefaultCookie cookie = cookie(field);
            cookies.put(cookie.name(), cookie);
        }
        return cookies;
    }

    /** Reads the value of one {@code Set-Cookie}, strictly as RFC 6265 says. */
    static DefaultCookie cookie(String field) {
        Cookie cookie = ClientCookieDecoder.STRICT.decode(field);
        assertThat(cookie).as(field).isInstanceOf(DefaultCookie.class);
        return (DefaultCookie) cookie;
    }

    /** Returns the request with the cookies that an earlier answer set. */
    static HttpRequest.Builder withCookies(HttpRequest.Builder request, HttpResponse<?> earlier) {
        cookies(earlier)
                .values()
                .forEach(cookie -> request.header("Cookie", ClientCookieEncoder.STRICT.encode(cookie)));
        return request;
    }

    /** Reads the directives of a Content-Security-Policy, which all are known ones and let nothing inline run unnamed. */
    static Map<String, String> securityPolicy(HttpResponse<?> response) {
        Map<String, String> directives = new LinkedHashMap<>();
        for (String directive : header(response, "Content-Security-Policy").split(";", -1)) {
            String[] nameAndSources = directive.strip().split("\\s+", 2);
            assertThat(nameAndSources).as(directive).hasSize(2);
            assertThat(directives.put(nameAndSources[0], nameAndSources[1]))
                    .as("another one of this name")
                    .isNull();
        }
        assertThat(directives.keySet()).isSubsetOf(POLICY_DIRECTIVES);
        assertThat(directives.values()).noneMatch(sources -> sources.contains("unsafe-"));
        return directives;
    }

    /** Reads a problem document, whose members are what RFC 9457 says of them. */
    static JsonNode problem(HttpResponse<String> response) {
        assertThat(header(response, "Content-Type")).isEqualTo("application/problem+json");
        assertThat(header(response, "Cache-Control")).isEqualTo("no-store");
        JsonNode problem = json(response);
        assertThat(URI.create(problem.get("type").stringValue()).isAbsolute()).isTrue();
        assertThat(problem.get("title").stringValue()).isNotBlank();
        assertThat(problem.get("status").intValue()).isEqualTo(response.statusCode());
        assertThat(problem.get("detail").stringValue()).isNotBlank();
        return problem;
    }

    static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }
}
