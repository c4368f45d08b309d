package io.sluice.spring;

import static io.sluice.spring.Http.header;
import static io.sluice.spring.Http.json;
import static io.sluice.spring.Http.members;
import static io.sluice.spring.Http.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What a route with rate limits answers, and when it refuses. */
abstract class LimitedRouteContract extends WebContract {

    LimitedRouteContract(WebStack stack) {
        super(stack);
    }

    @Test
    void tellsOnEveryAnswerHowTheLimitStands() {
        routed("/api/**", "RateLimited=per-user");
        started();
        HttpResponse<String> first = get("/api/1", "ann");
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(header(first, "RateLimit-Policy")).isEqualTo("\"per-user\";q=2;w=1");
        assertThat(header(first, "RateLimit")).isEqualTo("\"per-user\";r=1;t=1");
        assertThat(members(first, "RateLimit-Policy")).isEqualTo(Map.of("per-user", Map.of("q", 2L, "w", 1L)));
        assertThat(members(first, "RateLimit")).isEqualTo(Map.of("per-user", Map.of("r", 1L, "t", 1L)));
        assertThat(first.headers().map()).doesNotContainKey("x-ratelimit-limit");
    }

    @Test
    void tellsInTheOlderHeadersTheLongestWaitOfThoseWithNothingLeft() {
        properties.put("sluice.rate-limit-headers", "legacy");
        properties.put("sluice.limits.per-user.rate", "1/1s");
        properties.put("sluice.limits.strict.rate", "1/1m");
        properties.put("sluice.limits.strict.key", "header:Authorization");
        routed("/api/**", "RateLimited=per-user", "RateLimited=strict");
        started();
        HttpResponse<String> first = get("/api/1", "ann");
        assertThat(header(first, "X-RateLimit-Remaining")).isEqualTo("0");
        assertThat(header(first, "X-RateLimit-Reset")).isEqualTo("60");
    }

    @Test
    void tellsInTheOlderHeadersWhereConfigured() {
        properties.put("sluice.rate-limit-headers", "legacy");
        properties.put("sluice.limits.plenty.rate", "100/1s");
        routed("/api/**", "RateLimited=per-user", "RateLimited=plenty");
        started();
        HttpResponse<String> first = get("/api/1", "ann");
        assertThat(header(first, "X-RateLimit-Limit")).isEqualTo("2");
        assertThat(header(first, "X-RateLimit-Remaining")).isEqualTo("1");
        assertThat(header(first, "X-RateLimit-Reset")).isEqualTo("1");
        assertThat(header(first, "RateLimit")).isEmpty();
    }

    @Test
    void refusesWithAProblemDocumentAndSaysWhenToTryAgain() {
        routed("/api/**", "RateLimited=per-user");
        started();
        get("/api/1", "ann");
        get("/api/2", "ann");
        HttpResponse<String> refused = get("/api/3", "ann");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(header(refused, "Retry-After")).isEqualTo("1");
        assertThat(members(refused, "RateLimit")).isEqualTo(Map.of("per-user", Map.of("r", 0L, "t", 1L)));
        JsonNode problem = problem(refused);
        assertThat(problem.get("type").stringValue())
                .isEqualTo("https://iana.org/assignments/http-problem-types#quota-exceeded");
        assertThat(problem.get("status").intValue()).isEqualTo(429);
        assertThat(problem.get("violated-policies").get(0).stringValue()).isEqualTo("per-user");
        assertThat(problem.get("retryAfterMs").intValue()).isEqualTo(500);
        assertThat(service.calls()).containsExactly("GET /api/1", "GET /api/2");
    }

    @Test
    void refusesABrowserWithAPage() {
        routed("/api/**", "RateLimited=per-user");
        started();
        get("/api/1", "ann");
        get("/api/2", "ann");
        HttpResponse<String> refused =
                send(to("/api/3", "ann").header("Accept", "text/html,*/*;q=0.8").GET());
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(header(refused, "Content-Type")).isEqualTo("text/html;charset=utf-8");
        assertThat(header(refused, "Retry-After")).isEqualTo("1");
        assertThat(refused.body()).contains("<h1>Too many requests</h1>").contains("Please try again in 1 sec.");
    }

    @Test
    void allowsAgainAfterRetryAfterMs() {
        routed("/api/**", "RateLimited=per-user");
        started();
        get("/api/1", "ann");
        get("/api/2", "ann");
        get("/api/3", "ann");
        time.advance(Duration.ofMillis(500));
        assertThat(get("/api/4", "ann").statusCode()).isEqualTo(200);
    }

    @Test
    void countsEachUserAlone() {
        routed("/api/**", "RateLimited=per-user");
        started();
        for (int i = 0; i < 3; i++) {
            get("/api/" + i, "ann");
        }
        assertThat(get("/api/9", "ben").statusCode()).isEqualTo(200);
    }

    @Test
    void countsCallsWithoutAKeyByAddress() {
        routed("/api/**", "RateLimited=per-user");
        started();
        List<Integer> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            answers.add(send(to("/api/" + i).GET()).statusCode());
        }
        assertThat(answers).containsExactly(200, 200, 429);
        assertThat(get("/api/9", "ann").statusCode()).isEqualTo(200);
    }

    @Test
    void refusesCallsWithoutAKeyWhereConfigured() {
        properties.put("sluice.limits.per-user.anonymous", "refuse");
        routed("/api/**", "RateLimited=per-user");
        started();
        assertThat(send(to("/api/1").GET()).statusCode()).isEqualTo(403);
    }

    @Test
    void chargesOnceForALimitNamedTwice() {
        routed("/api/**", "RateLimited=per-user", "RateLimited=per-user");
        started();
        assertThat(get("/api/1", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/api/2", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/api/3", "ann").statusCode()).isEqualTo(429);
    }

    @Test
    void stopsAtTheFirstRefusalAndGivesBackWhatWasChargedBefore() {
        properties.put("sluice.limits.strict.rate", "1/1m");
        properties.put("sluice.limits.strict.key", "header:Authorization");
        routed("/both/**", "RateLimited=per-user", "RateLimited=strict");
        routed("/api/**", "RateLimited=per-user");
        started();
        HttpResponse<String> allowed = get("/both/1", "ann");
        assertThat(header(allowed, "RateLimit-Policy")).isEqualTo("\"per-user\";q=2;w=1, \"strict\";q=1;w=60");
        assertThat(header(allowed, "RateLimit")).isEqualTo("\"per-user\";r=1;t=1, \"strict\";r=0;t=60");
        HttpResponse<String> refused = get("/both/2", "ann");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(json(refused).get("violated-policies").get(0).stringValue()).isEqualTo("strict");
        assertThat(header(refused, "RateLimit")).isEqualTo("\"per-user\";r=1;t=1, \"strict\";r=0;t=60");
        assertThat(header(get("/api/3", "ann"), "RateLimit")).isEqualTo("\"per-user\";r=0;t=1");
    }

    private void startedForPartnersOnly() {
        properties.put("sluice.limits.partner.rate", "5/1s");
        properties.put("sluice.limits.partner.key", "header:X-Partner");
        properties.put("sluice.limits.partner.anonymous", "refuse");
        routed("/api/**", "RateLimited=per-user", "RateLimited=partner");
        started();
    }

    @Test
    void givesBackWhatWasChargedBeforeACallWithoutAKeyIsRefused() {
        startedForPartnersOnly();
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> unknown = get("/api/1", "ann");
            assertThat(unknown.statusCode()).isEqualTo(403);
            assertThat(header(unknown, "RateLimit")).isEqualTo("\"per-user\";r=2;t=0");
        }
        HttpResponse<String> known =
                send(to("/api/1", "ann").header("X-Partner", "one").GET());
        assertThat(known.statusCode()).isEqualTo(200);
        assertThat(header(known, "RateLimit")).startsWith("\"per-user\";r=1;");
    }

    @Test
    void saysNothingOfALimitInShadowModeWhenALaterOneRefuses() {
        properties.put("sluice.limits.per-user.shadow", "true");
        startedForPartnersOnly();
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> unknown = get("/api/1", "ann");
            assertThat(unknown.statusCode()).isEqualTo(403);
            assertThat(header(unknown, "RateLimit")).isEmpty();
            assertThat(header(unknown, "Sluice-Shadow")).isEmpty();
        }
    }

    @Test
    void chargesTheWeightOfTheRoute() {
        routed("/heavy/**", "RateLimited=per-user, 2");
        started();
        assertThat(get("/heavy/1", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/heavy/2", "ann").statusCode()).isEqualTo(429);
    }

    @Test
    void namesTheLimitsThereAreWhenOneIsUnknown() {
        routed("/api/**", "RateLimited=per-usr");
        assertThatThrownBy(() -> started())
                .hasStackTraceContaining("There is no limit \"per-usr\"")
                .hasStackTraceContaining("per-user");
    }
}
