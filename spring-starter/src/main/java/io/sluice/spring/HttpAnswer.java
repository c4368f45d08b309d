package io.sluice.spring;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A complete answer from Sluice itself, for an adapter to write.
 *
 * @param status the status code
 * @param headers header names and values
 * @param body the body; may be empty
 */
record HttpAnswer(int status, Map<String, String> headers, String body) {

    /** The {@code Cache-Control} of an answer that no cache may keep. */
    static final String NO_STORE = "no-store";

    private static final JsonMapper JSON = JsonMapper.shared();

    static HttpAnswer json(int status, Map<String, @Nullable Object> fields) {
        return of(status, "application/json", JSON.writeValueAsString(fields));
    }

    /** Returns a page that can load and run only what its policy names. */
    static HttpAnswer html(int status, Locale language, String securityPolicy, String page) {
        HttpAnswer answer = of(status, "text/html;charset=utf-8", page);
        answer.headers.put("Content-Language", language.toLanguageTag());
        answer.headers.put("Content-Security-Policy", securityPolicy);
        answer.headers.put("X-Content-Type-Options", "nosniff");
        answer.headers.put("Referrer-Policy", "same-origin");
        return answer;
    }

    static HttpAnswer noContent() {
        return new HttpAnswer(204, Map.of("Cache-Control", NO_STORE), "");
    }

    /** Returns a problem document (RFC 9457). */
    static HttpAnswer problem(Problem problem, String detail, Map<String, ?> extensions) {
        return problem(problem, problem.status(), detail, extensions);
    }

    /** Returns a problem document in an answer of this status, which the document must repeat. */
    static HttpAnswer problem(Problem problem, int status, String detail, Map<String, ?> extensions) {
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("type", problem.type());
        fields.put("title", problem.title());
        fields.put("status", status);
        fields.put("detail", detail);
        fields.putAll(extensions);
        return of(status, "application/problem+json", JSON.writeValueAsString(fields));
    }

    /** Returns the members of a problem document about the policy that a call would have violated. */
    static Map<String, Object> violated(String policy, long retryAfterNanos) {
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("violated-policies", List.of(policy));
        members.put("retryAfterMs", wholeMillis(retryAfterNanos));
        return members;
    }

    static HttpAnswer problem(Problem problem, String detail) {
        return problem(problem, detail, Map.of());
    }

    private static HttpAnswer of(int status, String contentType, String body) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", contentType);
        headers.put("Cache-Control", NO_STORE);
        return new HttpAnswer(status, headers, body);
    }

    /**
     * Returns this answer with a {@code Retry-After}.
     *
     * @param nanos rounded up to whole seconds, at least 1
     */
    HttpAnswer retryAfter(long nanos) {
        Map<String, String> more = new LinkedHashMap<>(headers);
        more.put("Retry-After", Long.toString(Math.max(1, wholeSeconds(nanos))));
        return new HttpAnswer(status, more, body);
    }

    byte[] bodyBytes() {
        return body.getBytes(StandardCharsets.UTF_8);
    }

    static long wholeSeconds(long nanos) {
        return -Math.floorDiv(-nanos, 1_000_000_000L);
    }

    static long wholeMillis(long nanos) {
        return -Math.floorDiv(-nanos, 1_000_000L);
    }
}
