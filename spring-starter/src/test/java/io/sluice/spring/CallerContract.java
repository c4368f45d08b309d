package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Who is counted by a limit. */
abstract class CallerContract extends WebContract {

    CallerContract(WebStack stack) {
        super(stack);
    }

    private void trustingWhoeverConnects() {
        properties.put("sluice.trusted-proxies[0]", "127.0.0.0/8");
        properties.put("sluice.trusted-proxies[1]", "::1");
    }

    private int statusFor(String path, String forwardedFor) {
        return send(to(path).header("X-Forwarded-For", forwardedFor).GET()).statusCode();
    }

    @Test
    void isTheVariableOfThePath() {
        properties.put("sluice.limits.per-user.key", "path:user");
        routed("/users/{user}/**", "RateLimited=per-user");
        started();
        assertThat(get("/users/ann/1", "x").statusCode()).isEqualTo(200);
        assertThat(get("/users/ann/2", "y").statusCode()).isEqualTo(200);
        assertThat(get("/users/ann/3", "z").statusCode()).isEqualTo(429);
        assertThat(get("/users/ben/1", "x").statusCode()).isEqualTo(200);
    }

    @Test
    void isWhatAnExpressionMakesOfTheRequest() {
        properties.put("sluice.limits.per-user.key", "spel:pathVariable('tenant') + '/' + header('Authorization')");
        routed("/tenants/{tenant}/**", "RateLimited=per-user");
        started();
        assertThat(get("/tenants/red/1", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/tenants/red/2", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/tenants/red/3", "ann").statusCode()).isEqualTo(429);
        assertThat(get("/tenants/red/4", "ben").statusCode()).isEqualTo(200);
        assertThat(get("/tenants/blue/1", "ann").statusCode()).isEqualTo(200);
    }

    @Test
    void isTheQueryParameterAndTheBodyOfAFormIsLeftAlone() {
        properties.put("sluice.limits.per-user.key", "query:user");
        routed("/forms/**", "RateLimited=per-user");
        started();
        List<Integer> answers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> response = send(to("/forms/1?user=ann%20b")
                    .header("Content-Type", "text/plain")
                    .POST(HttpRequest.BodyPublishers.ofString("user=" + i)));
            answers.add(response.statusCode());
        }
        assertThat(answers).containsExactly(200, 200, 429);
    }

    @Test
    void isTheQueryParameterHoweverItsNameIsEncoded() {
        properties.put("sluice.limits.per-user.key", "query:user");
        routed("/api/**", "RateLimited=per-user");
        started();
        assertThat(get("/api/1?user=ann", "x").statusCode()).isEqualTo(200);
        assertThat(get("/api/2?us%65r=ann", "x").statusCode()).isEqualTo(200);
        assertThat(get("/api/3?%75ser=ann&user=ann", "x").statusCode()).isEqualTo(429);
        assertThat(get("/api/4?user=ben", "x").statusCode()).isEqualTo(200);
    }

    @Test
    void isNoneOfSeveralValuesOfAQueryParameter() {
        properties.put("sluice.limits.per-user.key", "query:user");
        properties.put("sluice.limits.per-user.anonymous", "refuse");
        routed("/api/**", "RateLimited=per-user");
        started();
        assertThat(get("/api/1?us%65r=ann&user=ben", "x").statusCode()).isEqualTo(403);
    }

    @Test
    void isTheAddressThatATrustedProxyTells() {
        properties.put("sluice.limits.per-user.key", "address");
        trustingWhoeverConnects();
        routed("/api/**", "RateLimited=per-user");
        started();
        assertThat(statusFor("/api/1", "203.0.113.7")).isEqualTo(200);
        assertThat(statusFor("/api/2", "203.0.113.9, 203.0.113.7")).isEqualTo(200);
        assertThat(statusFor("/api/3", "203.0.113.7, 127.0.0.3")).isEqualTo(429);
        assertThat(statusFor("/api/4", "203.0.113.8")).isEqualTo(200);
    }

    @Test
    void isTheAddressThatSpringTellsWhereSpringReadsTheHeader() {
        properties.put("sluice.limits.per-user.key", "address");
        properties.put("server.forward-headers-strategy", "framework");
        routed("/api/**", "RateLimited=per-user");
        started();
        for (String[] network : new String[][] {
            {"203.0.113.7", "203.0.113.7", "203.0.113.7"}, {"2001:db8::1", "[2001:db8::2]", "2001:db8:0:0:9::1"}
        }) {
            assertThat(statusFor("/api/1", network[0])).isEqualTo(200);
            assertThat(statusFor("/api/2", network[1])).isEqualTo(200);
            assertThat(statusFor("/api/3", network[2])).isEqualTo(429);
        }
        assertThat(statusFor("/api/4", "203.0.113.8")).isEqualTo(200);
    }

    @Test
    void isWhatABeanReadsOfTheClientsAddressAndThePathOfARouteOrAFilter() {
        properties.put("sluice.limits.per-user.key", "clientAndUser");
        trustingWhoeverConnects();
        routed("/users/{user}/**", "RateLimited=per-user");
        stack.filter(properties, Map.of("path", "/members/{user}/**", "limit", "per-user"));
        started();
        assertThat(statusFor("/users/ann/1", "203.0.113.7")).isEqualTo(200);
        assertThat(statusFor("/users/ann/2", "203.0.113.7")).isEqualTo(200);
        assertThat(statusFor("/users/ann/3", "203.0.113.7")).isEqualTo(429);
        assertThat(statusFor("/members/ann/1", "203.0.113.7")).isEqualTo(429);
        assertThat(statusFor("/members/ben/1", "203.0.113.7")).isNotEqualTo(429);
        assertThat(statusFor("/users/ann/4", "203.0.113.8")).isEqualTo(200);
    }

    @Test
    void isEverybodyTogetherForCallsWithoutAKeyWhereConfigured() {
        properties.put("sluice.limits.per-user.anonymous", "shared");
        trustingWhoeverConnects();
        routed("/api/**", "RateLimited=per-user");
        started();
        assertThat(statusFor("/api/1", "203.0.113.7")).isEqualTo(200);
        assertThat(statusFor("/api/2", "203.0.113.8")).isEqualTo(200);
        assertThat(statusFor("/api/3", "203.0.113.9")).isEqualTo(429);
        assertThat(get("/api/4", "ann").statusCode()).isEqualTo(200);
    }

    @Test
    void cannotChooseAnAddress() {
        properties.put("sluice.limits.per-user.key", "address");
        routed("/api/**", "RateLimited=per-user");
        started();
        assertThat(statusFor("/api/1", "203.0.113.7")).isEqualTo(200);
        assertThat(statusFor("/api/2", "203.0.113.8")).isEqualTo(200);
        assertThat(statusFor("/api/3", "203.0.113.9")).isEqualTo(429);
    }

    @Test
    void isTheSameHoweverTheSchemeOfItsCredentialsIsWritten() {
        routed("/api/**", "RateLimited=per-user");
        started();
        assertThat(get("/api/1", "Bearer x").statusCode()).isEqualTo(200);
        assertThat(get("/api/2", "bearer  x").statusCode()).isEqualTo(200);
        assertThat(get("/api/3", "BEARER x").statusCode()).isEqualTo(429);
        assertThat(get("/api/4", "Bearer X").statusCode()).isEqualTo(200);
    }

    @Test
    void isNobodyWhereAHeaderHasSeveralValues() {
        properties.put("sluice.limits.per-user.key", "header:X-Api-Key");
        assertIsNobody("X-Api-Key", "junk", "X-Api-Key", "real");
        assertThat(statusWith("X-Api-Key", "real", "X-Api-Key", "real")).isEqualTo(200);
    }

    @Test
    void isNobodyWhereACookieHasSeveralValues() {
        properties.put("sluice.limits.per-user.key", "cookie:SESSION");
        assertIsNobody("Cookie", "SESSION=junk; SESSION=real");
        assertThat(statusWith("Cookie", "SESSION=real; SESSION=real")).isEqualTo(200);
    }

    @Test
    void isNobodyWhereAnExpressionReadsAHeaderWithSeveralValues() {
        properties.put("sluice.limits.per-user.key", "spel:header('X-Api-Key')");
        assertIsNobody("X-Api-Key", "junk", "X-Api-Key", "real");
    }

    private void assertIsNobody(String... headers) {
        properties.put("sluice.limits.per-user.anonymous", "refuse");
        routed("/api/**", "RateLimited=per-user");
        started();
        assertThat(statusWith(headers)).isEqualTo(403);
    }

    private int statusWith(String... headers) {
        return send(to("/api/1").headers(headers)).statusCode();
    }
}
