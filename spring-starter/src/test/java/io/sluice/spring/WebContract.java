package io.sluice.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.greenbytes.http.sfv.ListElement;
import org.greenbytes.http.sfv.Parser;
import org.greenbytes.http.sfv.StringItem;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What every web stack answers, over a real port. The time of limits, rooms and guards is the test's. */
abstract class WebContract {

    private static final Duration REFRESH = Duration.ofMillis(200);

    final ManualTime time = new ManualTime();
    final LocalBackend backend = LocalBackend.create(time);
    final Service service = new Service();
    private final HttpClient client = HttpClient.newHttpClient();
    final Map<String, String> properties = new LinkedHashMap<>();
    private int routes;
    private @Nullable App app;
    private URI base = URI.create("");

    /** Starts an application with these properties. */
    abstract App start(Map<String, String> properties);

    /** Adds to the properties a path of the service, with filters such as {@code RateLimited=per-user}. */
    abstract void route(Map<String, String> properties, int index, String path, List<String> filters);

    /** Tells whether the server notices that a client hangs up before it has something to send to it. */
    boolean noticesHangUps() {
        return true;
    }

    @BeforeEach
    void configure() {
        properties.put("sluice.secret", "a secret of the tests, long enough");
        properties.put("sluice.limits.per-user.rate", "2/1s");
        properties.put("sluice.limits.per-user.key", "header:Authorization");
        properties.put("sluice.rooms.sale.capacity", "1");
        properties.put("sluice.rooms.sale.key", "header:Authorization");
        properties.put("sluice.guards.shop.limit", "1");
        properties.put("sluice.guards.shop.max-wait", "5s");
    }

    @AfterEach
    void close() {
        service.open();
        if (app != null) {
            app.close();
        }
        backend.close();
    }

    void routed(String path, String... filters) {
        route(properties, routes++, path, List.of(filters));
    }

    void started() {
        app = start(properties);
        base = app.uri();
    }

    HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(base.resolve(path)).timeout(Duration.ofSeconds(20));
    }

    HttpRequest.Builder to(String path, String user) {
        return to(path).header("Authorization", user);
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    CompletableFuture<HttpResponse<String>> sendAsync(HttpRequest.Builder request) {
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path, String user) {
        return send(to(path, user).GET());
    }

    HttpResponse<String> post(String path, String user, String body) {
        return send(to(path, user).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    static String header(HttpResponse<?> response, String name) {
        return String.join(" & ", response.headers().allValues(name));
    }

    /** Reads {@code RateLimit} or {@code RateLimit-Policy} as RFC 9651 says, into the limit's name and its figures. */
    static Map<String, Map<String, Object>> limits(HttpResponse<?> response, String name) {
        Map<String, Map<String, Object>> limits = new LinkedHashMap<>();
        for (ListElement<?> member :
                new Parser(response.headers().allValues(name)).parseList().get()) {
            Map<String, Object> figures = new LinkedHashMap<>();
            member.getParams().forEach((figure, value) -> figures.put(figure, value.get()));
            limits.put(((StringItem) member).get(), figures);
        }
        return limits;
    }

    /** Reads a problem document, whose members are what RFC 9457 says of them. */
    static JsonNode problem(HttpResponse<String> response) {
        assertThat(header(response, "Content-Type")).isEqualTo("application/problem+json");
        assertThat(header(response, "Cache-Control")).isEqualTo("no-store");
        JsonNode problem = json(response);
        assertThat(URI.create(problem.get("type").stringValue()).isAbsolute()).isTrue();
        assertThat(problem.get("title").stringValue()).isNotBlank();
        assertThat(problem.get("status").intValue()).isBetween(400, 599);
        assertThat(problem.get("detail").stringValue()).isNotBlank();
        return problem;
    }

    static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    String enqueued(String user) {
        HttpResponse<String> response = post("/queue/enqueue", user, "{\"eventId\": \"sale\"}");
        assertThat(response.statusCode()).isEqualTo(201);
        time.advance(REFRESH);
        return json(response).get("ticketId").stringValue();
    }

    JsonNode status(String ticket) {
        HttpResponse<String> response =
                send(to("/queue/status?ticketId=" + ticket).GET());
        assertThat(response.statusCode()).isEqualTo(200);
        return json(response);
    }

    HttpResponse<String> enter(String user, String ticket) {
        String gateToken = status(ticket).get("gateToken").stringValue();
        return post("/queue/enter", user, "{\"ticketId\":\"" + ticket + "\",\"gateToken\":\"" + gateToken + "\"}");
    }

    @Nested
    @DisplayName("a limited route")
    class Limited {

        @Test
        void tellsOnEveryAnswerHowTheLimitStands() {
            routed("/api/**", "RateLimited=per-user");
            started();
            HttpResponse<String> first = get("/api/1", "ann");
            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(header(first, "RateLimit-Policy")).isEqualTo("\"per-user\";q=2;w=1");
            assertThat(header(first, "RateLimit")).isEqualTo("\"per-user\";r=1;t=1");
            assertThat(limits(first, "RateLimit-Policy")).isEqualTo(Map.of("per-user", Map.of("q", 2L, "w", 1L)));
            assertThat(limits(first, "RateLimit")).isEqualTo(Map.of("per-user", Map.of("r", 1L, "t", 1L)));
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
            assertThat(limits(refused, "RateLimit")).isEqualTo(Map.of("per-user", Map.of("r", 0L, "t", 1L)));
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
            HttpResponse<String> refused = send(
                    to("/api/3", "ann").header("Accept", "text/html,*/*;q=0.8").GET());
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
            assertThat(json(refused).get("violated-policies").get(0).stringValue())
                    .isEqualTo("strict");
            assertThat(header(get("/api/3", "ann"), "RateLimit")).isEqualTo("\"per-user\";r=0;t=1");
        }

        @Test
        void givesBackWhatWasChargedBeforeACallWithoutAKeyIsRefused() {
            properties.put("sluice.limits.partner.rate", "5/1s");
            properties.put("sluice.limits.partner.key", "header:X-Partner");
            properties.put("sluice.limits.partner.anonymous", "refuse");
            routed("/api/**", "RateLimited=per-user", "RateLimited=partner");
            started();
            for (int i = 0; i < 3; i++) {
                assertThat(get("/api/1", "ann").statusCode()).isEqualTo(403);
            }
            HttpResponse<String> known =
                    send(to("/api/1", "ann").header("X-Partner", "one").GET());
            assertThat(known.statusCode()).isEqualTo(200);
            assertThat(header(known, "RateLimit")).startsWith("\"per-user\";r=1;");
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

    @Nested
    @DisplayName("a caller")
    class Callers {

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
        void isTheAddressThatATrustedProxyTells() {
            properties.put("sluice.limits.per-user.key", "address");
            properties.put("sluice.trusted-proxies[0]", "127.0.0.0/8");
            properties.put("sluice.trusted-proxies[1]", "::1");
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
        void cannotChooseAnAddress() {
            properties.put("sluice.limits.per-user.key", "address");
            routed("/api/**", "RateLimited=per-user");
            started();
            assertThat(statusFor("/api/1", "203.0.113.7")).isEqualTo(200);
            assertThat(statusFor("/api/2", "203.0.113.8")).isEqualTo(200);
            assertThat(statusFor("/api/3", "203.0.113.9")).isEqualTo(429);
        }
    }

    @Nested
    @DisplayName("sluice.filters")
    class Filters {

        private void filter(int index, String property, String value) {
            properties.put("sluice.filters[" + index + "]." + property, value);
        }

        @Test
        void applyByPathAndMethodOneAfterTheOther() {
            properties.put("sluice.limits.writes.rate", "1/1m");
            properties.put("sluice.limits.writes.key", "header:Authorization");
            routed("/**");
            filter(0, "path", "/api/**");
            filter(0, "limit", "per-user");
            filter(1, "path", "/api/{what}");
            filter(1, "methods[0]", "post");
            filter(1, "limit", "writes");
            started();
            assertThat(limits(post("/api/orders", "ann", ""), "RateLimit")).containsOnlyKeys("per-user", "writes");
            assertThat(limits(get("/api/orders", "ann"), "RateLimit")).containsOnlyKeys("per-user");
            assertThat(header(get("/other", "ann"), "RateLimit")).isEmpty();
        }

        @Test
        void mayNameSeveralProtections() {
            routed("/**");
            filter(0, "path", "/api/**");
            filter(0, "limit", "per-user");
            filter(0, "room", "sale");
            filter(0, "guard", "shop");
            started();
            HttpResponse<String> first = get("/api/1", "ann");
            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(header(first, "Sluice-Pass")).isNotEmpty();
            assertThat(get("/api/1", "ben").statusCode()).isEqualTo(429);
        }

        @Test
        void leaveTheWayIntoTheRoomOpen() {
            routed("/**");
            filter(0, "path", "/**");
            filter(0, "room", "sale");
            filter(1, "path", "/**");
            filter(1, "guard", "shop");
            started();
            CompletableFuture<HttpResponse<String>> first = sendAsync(to("/slow/1", "ann"));
            await().until(() -> service.calls().size() == 1);
            assertThat(get("/queue", "ben").statusCode())
                    .as("not an endpoint of Sluice's")
                    .isEqualTo(429);
            String ticket = enqueued("ben");
            assertThat(status(ticket).get("state").stringValue()).isEqualTo("QUEUED");
            service.open();
            assertThat(first.join().statusCode()).isEqualTo(200);
            leave("ann");
            await().until(() -> {
                time.advance(REFRESH);
                return status(ticket).get("state").stringValue().equals("READY");
            });
            assertThat(enter("ben", ticket).statusCode()).isEqualTo(201);
            assertThat(get("/orders/1", "ben").statusCode()).isEqualTo(200);
        }

        private void leave(String user) {
            assertThat(get("/done", user).statusCode()).isEqualTo(200);
        }

        @Test
        void takeHeadForAGetWithoutABody() {
            routed("/**");
            filter(0, "path", "/api/**");
            filter(0, "methods[0]", "get");
            filter(0, "limit", "per-user");
            started();
            HttpRequest.Builder head = to("/api/1", "ann").method("HEAD", HttpRequest.BodyPublishers.noBody());
            assertThat(send(head).statusCode()).isEqualTo(200);
            assertThat(get("/api/1", "ann").statusCode()).isEqualTo(200);
            assertThat(send(head).statusCode()).isEqualTo(429);
        }

        @Test
        void nameTheMethodsThereAreWhenOneIsUnknown() {
            filter(0, "path", "/api/**");
            filter(0, "methods[0]", "gte");
            filter(0, "limit", "per-user");
            assertThatThrownBy(() -> started())
                    .hasStackTraceContaining("sluice.filters[0]: methods has \"gte\", but expected some of [GET, HEAD");
        }

        @Test
        void sayWhatTheyExpect() {
            filter(0, "path", "/api/**");
            assertThatThrownBy(() -> started())
                    .hasStackTraceContaining("sluice.filters[0]: Expected limit, room or guard");
        }

        @Test
        void nameTheRoomsThereAreWhenOneIsUnknown() {
            filter(0, "path", "/api/**");
            filter(0, "room", "sail");
            assertThatThrownBy(() -> started())
                    .hasStackTraceContaining("sluice.filters[0]: There is no room \"sail\"")
                    .hasStackTraceContaining("sluice.rooms: sale");
        }
    }

    @Nested
    @DisplayName("whatever passes")
    class Untouched {

        private HttpRequest.Builder options() {
            return to("/orders/1").method("OPTIONS", HttpRequest.BodyPublishers.noBody());
        }

        @Test
        void isNotCountedWhereABrowserOnlyAsksWhetherItMayCall() {
            routed("/orders/**", "RateLimited=per-user", "WaitingRoom=sale", "Guard=shop");
            started();
            HttpResponse<String> preflight = send(
                    options().header("Origin", "https://shop.example").header("Access-Control-Request-Method", "POST"));
            assertThat(preflight.headers().map()).doesNotContainKeys("ratelimit", "set-cookie", "sluice-pass");
            assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(200);
            HttpResponse<String> other = send(options());
            assertThat(other.headers().map()).containsKey("ratelimit");
            assertThat(other.statusCode()).isEqualTo(429);
        }

        @Test
        void keepsItsBodyToTheByte() throws IOException, InterruptedException {
            routed("/echo/**", "RateLimited=per-user", "WaitingRoom=sale", "Guard=shop");
            started();
            byte[] body = new byte[200_000];
            new Random(4).nextBytes(body);
            HttpResponse<byte[]> response = client.send(
                    to("/echo/1", "ann")
                            .header("Content-Type", "application/octet-stream")
                            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.body()).isEqualTo(body);
        }
    }

    @Nested
    @DisplayName("a configuration")
    class Configured {

        @Test
        void whoseRoomHasNoCapacityIsRefusedAtStart() {
            properties.put("sluice.rooms.other.stay", "1m");
            assertThatThrownBy(() -> started())
                    .hasStackTraceContaining("sluice.rooms.other: capacity is not set; for example: capacity: 500");
        }

        @Test
        void whoseLimitCannotBeReadIsRefusedAtStart() {
            properties.put("sluice.limits.other.rate", "ten a second");
            assertThatThrownBy(() -> started())
                    .hasStackTraceContaining("sluice.limits.other: ")
                    .hasStackTraceContaining("ten a second");
        }

        @Test
        void whoseKeyIsUnknownIsRefusedAtStart() {
            properties.put("sluice.guards.shop.key", "ip");
            assertThatThrownBy(() -> started())
                    .hasStackTraceContaining("sluice.guards.shop.key is \"ip\", but expected principal, header:NAME");
        }
    }

    @Nested
    @DisplayName("the queue")
    class Queue {

        @Test
        void leadsFromJoiningToBeingInside() {
            routed("/orders/**", "WaitingRoom=sale");
            started();
            HttpResponse<String> joined = post("/queue/enqueue", "ann", "{\"eventId\": \"sale\"}");
            assertThat(joined.statusCode()).isEqualTo(201);
            assertThat(header(joined, "Cache-Control")).isEqualTo("no-store");
            time.advance(REFRESH);
            String ticket = json(joined).get("ticketId").stringValue();
            assertThat(ticket).hasSizeLessThanOrEqualTo(200).matches("[A-Za-z0-9_-]+");
            assertThat(status(ticket).get("state").stringValue()).isEqualTo("READY");
            HttpResponse<String> entered = enter("ann", ticket);
            assertThat(entered.statusCode()).isEqualTo(201);
            assertThat(json(entered).get("status").stringValue()).isEqualTo("entered");
            assertThat(header(entered, "Set-Cookie"))
                    .contains("sluice-sale=" + header(entered, "Sluice-Pass"))
                    .contains("HttpOnly")
                    .contains("SameSite=Lax")
                    .contains("Path=/")
                    .doesNotContain("Secure");
            assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(200);
            assertThat(status(ticket).get("state").stringValue()).isEqualTo("USED");
        }

        @Test
        void showsWhoWaitsThePlaceAndWhenToAskAgain() {
            started();
            enter("ann", enqueued("ann"));
            enqueued("ben");
            JsonNode standing = status(enqueued("cem"));
            assertThat(standing.get("state").stringValue()).isEqualTo("QUEUED");
            assertThat(standing.get("position").intValue()).isEqualTo(2);
            assertThat(standing.get("pollAfterMs").intValue()).isBetween(400, 15_000);
            assertThat(standing.get("holding").booleanValue()).isFalse();
            assertThat(standing.has("gateToken")).isFalse();
        }

        @Test
        void answersEnterAgainWithTheSamePass() {
            started();
            String ticket = enqueued("ann");
            String gateToken = status(ticket).get("gateToken").stringValue();
            String body = "{\"ticketId\":\"" + ticket + "\",\"gateToken\":\"" + gateToken + "\"}";
            HttpResponse<String> first = post("/queue/enter", "ann", body);
            HttpResponse<String> second = post("/queue/enter", "ann", body);
            assertThat(second.statusCode()).isEqualTo(201);
            assertThat(second.body()).isEqualTo(first.body());
        }

        @Test
        void refusesAnotherVisitorsTicket() {
            started();
            assertThat(enter("ben", enqueued("ann")).statusCode()).isEqualTo(403);
        }

        @Test
        void refusesToEnterWhoIsNotReady() {
            started();
            String ann = enqueued("ann");
            String gateToken = status(ann).get("gateToken").stringValue();
            time.advance(Duration.ofMinutes(2));
            HttpResponse<String> late =
                    post("/queue/enter", "ann", "{\"ticketId\":\"" + ann + "\",\"gateToken\":\"" + gateToken + "\"}");
            assertThat(late.statusCode()).isEqualTo(409);
            assertThat(json(late).get("state").stringValue()).isEqualTo("EXPIRED");
        }

        @Test
        void holdsEnterUntilAPlaceIsFree() {
            properties.put("sluice.rooms.sale.capacity", "2");
            started();
            String ann = enqueued("ann");
            String ben = enqueued("ben");
            String gateToken = status(ben).get("gateToken").stringValue();
            enter("ann", ann);
            // Not heard from for a while, so somebody else is called for the place that ben was called for.
            time.advance(Duration.ofSeconds(5));
            enter("cem", enqueued("cem"));
            CompletableFuture<HttpResponse<String>> held = sendAsync(to("/queue/enter", "ben")
                    .POST(HttpRequest.BodyPublishers.ofString(
                            "{\"ticketId\":\"" + ben + "\",\"gateToken\":\"" + gateToken + "\"}")));
            await().until(() -> time.scheduled().size() > 1);
            assertThat(held).isNotDone();
            send(to("/queue/tickets/" + ann).DELETE());
            await().until(() -> {
                time.advance(REFRESH);
                return held.isDone();
            });
            assertThat(held.join().statusCode()).isEqualTo(201);
        }

        @Test
        void givesUpAPlace() {
            started();
            String ticket = enqueued("ann");
            HttpResponse<String> left = send(to("/queue/tickets/" + ticket).DELETE());
            assertThat(left.statusCode()).isEqualTo(204);
            assertThat(status(ticket).get("state").stringValue()).isEqualTo("EXPIRED");
        }

        @Test
        void leavesItsPathAloneWhereThereAreNoRooms() {
            properties.keySet().removeIf(name -> name.startsWith("sluice.rooms."));
            routed("/queue/**");
            started();
            assertThat(get("/queue/status", "ann").statusCode()).isEqualTo(200);
            assertThat(service.calls()).containsExactly("GET /queue/status");
        }

        @Test
        void doesNotKnowInventedRooms() {
            started();
            HttpResponse<String> unknown = post("/queue/enqueue", "ann", "{\"eventId\": \"invented\"}");
            assertThat(unknown.statusCode()).isEqualTo(404);
            assertThat(problem(unknown).get("type").stringValue()).endsWith("unknown-room");
        }

        @Test
        void answersWhatItCannotReadWith400() {
            started();
            for (String body : List.of("", "{", "[]", "null", "{}", "{\"eventId\": 7}", "x".repeat(1 << 20))) {
                assertThat(post("/queue/enqueue", "ann", body).statusCode()).isEqualTo(400);
                assertThat(post("/queue/enter", "ann", body).statusCode()).isEqualTo(400);
            }
            assertThat(send(to("/queue/status").GET()).statusCode()).isEqualTo(400);
        }

        @Test
        void answersAForgedTicketWith400() {
            started();
            String ticket = enqueued("ann");
            char other = ticket.charAt(30) == 'A' ? 'B' : 'A';
            String forged = ticket.substring(0, 30) + other + ticket.substring(31);
            for (String token : List.of(forged, "guess", ticket.substring(1))) {
                HttpResponse<String> refused =
                        send(to("/queue/status?ticketId=" + token).GET());
                assertThat(refused.statusCode()).isEqualTo(400);
                assertThat(json(refused).get("type").stringValue()).endsWith("invalid-ticket");
            }
        }

        @Test
        void takesAFewNewcomersWithoutANameFromOneAddress() {
            properties.put("sluice.limits.waiting-room-joins.rate", "2/1m");
            routed("/orders/**", "WaitingRoom=sale");
            started();
            String join = "{\"eventId\": \"sale\"}";
            HttpRequest.Builder newcomer = to("/queue/enqueue").POST(HttpRequest.BodyPublishers.ofString(join));
            HttpResponse<String> first = send(newcomer);
            assertThat(first.statusCode()).isEqualTo(201);
            assertThat(send(newcomer).statusCode()).isEqualTo(201);
            HttpResponse<String> refused = send(newcomer);
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(problem(refused).get("violated-policies").get(0).stringValue())
                    .isEqualTo("waiting-room-joins");
            assertThat(send(to("/orders/1").GET()).statusCode()).isEqualTo(429);
            assertThat(send(to("/orders/1")
                                    .header("Cookie", "sluice-sale=invented~" + "x".repeat(80))
                                    .GET())
                            .statusCode())
                    .isEqualTo(429);
            assertThat(post("/queue/enqueue", "ann", join).statusCode())
                    .as("somebody with a name")
                    .isEqualTo(201);
            String setCookie = header(first, "Set-Cookie");
            HttpRequest.Builder known = to("/queue/enqueue")
                    .header("Cookie", setCookie.substring(0, setCookie.indexOf(';')))
                    .POST(HttpRequest.BodyPublishers.ofString(join));
            assertThat(send(known).statusCode()).as("somebody who waits").isEqualTo(201);
        }

        @Test
        void takesAFewNewcomersUnderNamesOfTheirOwnFromOneAddress() {
            properties.put("sluice.limits.waiting-room-keyed-joins.rate", "3/1m");
            routed("/orders/**", "WaitingRoom=sale");
            started();
            for (int call = 0; call < 5; call++) {
                assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(200);
            }
            String ben = enqueued("ben");
            enqueued("cem");
            HttpResponse<String> refused = post("/queue/enqueue", "dan", "{\"eventId\": \"sale\"}");
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(problem(refused).get("violated-policies").get(0).stringValue())
                    .isEqualTo("waiting-room-keyed-joins");
            assertThat(get("/orders/1", "eve").statusCode()).isEqualTo(429);
            assertThat(get("/orders/1", "ann").statusCode()).as("inside").isEqualTo(200);
            HttpRequest.Builder known = to("/queue/enqueue", "ben")
                    .header("Cookie", "sluice-sale=" + ben)
                    .POST(HttpRequest.BodyPublishers.ofString("{\"eventId\": \"sale\"}"));
            assertThat(send(known).statusCode()).as("somebody who waits").isEqualTo(201);
        }

        @Test
        void chargesANewcomerWhomSomethingBehindTheRoomRefuses() {
            properties.put("sluice.limits.waiting-room-keyed-joins.rate", "1/1m");
            properties.put("sluice.limits.partner.rate", "5/1s");
            properties.put("sluice.limits.partner.key", "header:X-Partner");
            properties.put("sluice.limits.partner.anonymous", "refuse");
            properties.put("sluice.rooms.sale.capacity", "5");
            routed("/orders/**", "WaitingRoom=sale", "RateLimited=partner");
            started();
            assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(403);
            assertThat(get("/orders/1", "ben").statusCode()).isEqualTo(429);
        }

        @Test
        void saysWhenAClosedRoomIsWorthAnotherTry() {
            properties.put("sluice.rooms.sale.mode", "closed");
            started();
            HttpResponse<String> closed = post("/queue/enqueue", "ann", "{\"eventId\": \"sale\"}");
            assertThat(closed.statusCode()).isEqualTo(503);
            assertThat(header(closed, "Retry-After")).isEqualTo("30");
        }
    }

    @Nested
    @DisplayName("a route behind a room")
    class BehindARoom {

        @BeforeEach
        void routes() {
            routed("/orders/**", "WaitingRoom=sale");
            routed("/done", "WaitingRoom=sale");
            started();
        }

        @Test
        void letsAVisitorStraightInWhileAPlaceIsFree() {
            HttpResponse<String> response = get("/orders/1", "ann");
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(header(response, "Sluice-Pass")).isNotEmpty();
            assertThat(header(response, "Set-Cookie")).contains("sluice-sale=");
        }

        @Test
        void keepsAnAnswerWithAPassOutOfCaches() {
            HttpResponse<String> first = get("/orders/public", "ann");
            assertThat(header(first, "Cache-Control")).isEqualTo("private, no-store");
            String pass = header(first, "Sluice-Pass");
            HttpResponse<String> second =
                    send(to("/orders/public", "ann").header("Sluice-Pass", pass).GET());
            assertThat(header(second, "Cache-Control"))
                    .as("nothing in it is the visitor's own")
                    .isEqualTo("public, max-age=60");
            assertThat(header(get("/done", "ann"), "Cache-Control")).isEqualTo("private, no-store");
        }

        @Test
        void tellsAnAppWhereToQueue() {
            get("/orders/1", "ann");
            HttpResponse<String> refused = get("/orders/1", "ben");
            assertThat(refused.statusCode()).isEqualTo(429);
            JsonNode problem = problem(refused);
            assertThat(problem.get("type").stringValue()).endsWith("waiting-room");
            assertThat(problem.get("room").stringValue()).isEqualTo("sale");
            assertThat(problem.get("enqueue").stringValue()).isEqualTo("/queue/enqueue");
            assertThat(problem.get("pollAfterMs").intValue()).isPositive();
            assertThat(header(refused, "Retry-After")).isNotEmpty();
            assertThat(service.calls()).hasSize(1);
        }

        @Test
        void showsABrowserAPageThatComesBack() {
            get("/orders/1", "ann");
            time.advance(REFRESH);
            String browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
            HttpResponse<String> page = send(
                    to("/orders/1?a=1&b=%22", "ben").header("Accept", browser).GET());
            assertThat(page.statusCode()).isEqualTo(202);
            assertThat(header(page, "Content-Type")).isEqualTo("text/html;charset=utf-8");
            assertThat(header(page, "Retry-After")).isNotEmpty();
            assertThat(page.body())
                    .contains("<dd data-sluice=\"position\">1</dd>")
                    .as("without a url it comes back to the address that was asked for")
                    .containsPattern("<meta http-equiv=\"refresh\" content=\"\\d+\">");
            HttpResponse<String> posted =
                    send(to("/orders", "ben").header("Accept", browser).POST(HttpRequest.BodyPublishers.noBody()));
            assertThat(posted.statusCode()).isEqualTo(429);
        }

        @Test
        void freesThePlaceWhenTheBackendSaysTheVisitorIsDone() {
            assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(200);
            HttpResponse<String> done = get("/done", "ann");
            assertThat(done.statusCode()).isEqualTo(200);
            assertThat(header(done, "Sluice-Release")).isEmpty();
            assertThat(get("/orders/2", "ben").statusCode()).isEqualTo(200);
        }

        @Test
        void freesThePlaceOfAVisitorWithoutANameWhoIsDoneAtTheFirstCall() {
            assertThat(send(to("/done").GET()).statusCode()).isEqualTo(200);
            assertThat(get("/orders/2", "ben").statusCode()).isEqualTo(200);
        }

        @Test
        void refusesThePassOfAVisitorWhoIsDone() {
            String pass = header(get("/orders/1", "ann"), "Sluice-Pass");
            get("/done", "ann");
            get("/orders/2", "ben");
            HttpResponse<String> again =
                    send(to("/orders/3", "ann").header("Sluice-Pass", pass).GET());
            assertThat(again.statusCode()).isEqualTo(429);
        }

        @Test
        void knowsAVisitorWithoutANameByTheCookie() {
            HttpResponse<String> first = send(to("/orders/1").GET());
            assertThat(first.statusCode()).isEqualTo(200);
            String setCookie = header(first, "Set-Cookie");
            String cookie = setCookie.substring(0, setCookie.indexOf(';'));
            assertThat(send(to("/orders/2").header("Cookie", cookie).GET()).statusCode())
                    .isEqualTo(200);
            assertThat(send(to("/orders/3").GET()).statusCode())
                    .as("somebody else")
                    .isEqualTo(429);
        }

        @Test
        void doesNotLetAnyoneInWithAnotherVisitorsPass() {
            String pass = header(get("/orders/1", "ann"), "Sluice-Pass");
            HttpResponse<String> stolen =
                    send(to("/orders/3", "ben").header("Sluice-Pass", pass).GET());
            assertThat(stolen.statusCode()).isEqualTo(429);
        }
    }

    @Nested
    @DisplayName("the cookie of a room")
    class RoomCookie {

        /** Sends what the client of the JDK would not: a host of the test's choice. */
        private String answer(String host) throws IOException {
            try (Socket socket = new Socket(base.getHost(), base.getPort())) {
                String request = "GET /orders/1 HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
                socket.getOutputStream().write(request.getBytes(UTF_8));
                return new String(socket.getInputStream().readAllBytes(), UTF_8);
            }
        }

        @BeforeEach
        void routes() {
            properties.put("sluice.rooms.sale.capacity", "10");
            routed("/orders/**", "WaitingRoom=sale");
        }

        @Test
        void isForHttpsAloneUnlessTheHostIsLocal() throws IOException {
            started();
            String secure =
                    "Set-Cookie: __Host-sluice-sale=[^;]+; Path=/; Max-Age=\\d+; Secure; HttpOnly; SameSite=Lax";
            assertThat(answer("shop.example")).containsPattern("(?i)" + secure);
            assertThat(answer("localhost:8080")).containsIgnoringCase("Set-Cookie: sluice-sale=");
        }

        @Test
        void isForHttpsAloneWhereConfigured() throws IOException {
            properties.put("sluice.waiting-room.secure-cookies", "always");
            started();
            assertThat(answer("localhost:8080"))
                    .containsIgnoringCase("Set-Cookie: __Host-sluice-sale=")
                    .contains("; Secure;");
        }
    }

    @Nested
    @DisplayName("a renewable stay")
    class Renewable {

        @Test
        void goesOnForWhoeverIsActive() {
            properties.put("sluice.rooms.sale.renewable", "true");
            routed("/orders/**", "WaitingRoom=sale");
            started();
            String pass = header(get("/orders/1", "ann"), "Sluice-Pass");
            time.advance(Duration.ofMinutes(2));
            HttpResponse<String> early =
                    send(to("/orders/2", "ann").header("Sluice-Pass", pass).GET());
            assertThat(header(early, "Sluice-Pass"))
                    .as("more than half is left")
                    .isEmpty();
            time.advance(Duration.ofMinutes(2));
            HttpResponse<String> late =
                    send(to("/orders/3", "ann").header("Sluice-Pass", pass).GET());
            String renewed = header(late, "Sluice-Pass");
            assertThat(renewed).isNotEmpty().isNotEqualTo(pass);
            time.advance(Duration.ofMinutes(4));
            assertThat(send(to("/orders/4", "ann")
                                    .header("Sluice-Pass", renewed)
                                    .GET())
                            .statusCode())
                    .isEqualTo(200);
            assertThat(get("/orders/5", "ben").statusCode()).isEqualTo(429);
        }
    }

    @Nested
    @DisplayName("a guarded route")
    class Guarded {

        @BeforeEach
        void routes() {
            routed("/slow/**", "Guard=shop", "Guard=shop");
            routed("/failing/**", "Guard=shop");
            started();
        }

        @Test
        void hasItsTurnBackWhenTheBackendFails() {
            for (int i = 0; i < 3; i++) {
                assertThat(get("/failing/" + i, "ann").statusCode()).isEqualTo(500);
            }
            assertThat(service.calls()).hasSize(3);
        }

        @Test
        void holdsACallUntilTheBackendHasRoom() {
            CompletableFuture<HttpResponse<String>> first =
                    sendAsync(to("/slow/1").GET());
            await().until(() -> service.calls().size() == 1);
            CompletableFuture<HttpResponse<String>> second =
                    sendAsync(to("/slow/2").GET());
            await().until(() -> !time.scheduled().isEmpty());
            assertThat(service.calls()).containsExactly("GET /slow/1");
            service.open();
            assertThat(first.join().statusCode()).isEqualTo(200);
            assertThat(second.join().statusCode()).isEqualTo(200);
        }

        @Test
        void refusesACallWhoseTurnDoesNotComeInTime() {
            CompletableFuture<HttpResponse<String>> first =
                    sendAsync(to("/slow/1").GET());
            await().until(() -> service.calls().size() == 1);
            CompletableFuture<HttpResponse<String>> second =
                    sendAsync(to("/slow/2").GET());
            await().until(() -> !time.scheduled().isEmpty());
            time.advance(Duration.ofSeconds(5));
            HttpResponse<String> refused = second.join();
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(header(refused, "Retry-After")).isEqualTo("1");
            assertThat(problem(refused).get("type").stringValue())
                    .isEqualTo("https://iana.org/assignments/http-problem-types#temporary-reduced-capacity");
            service.open();
            assertThat(first.join().statusCode()).isEqualTo(200);
        }

        @Test
        void givesOnTheTurnOfAWaitingCallWhoseClientHungUp() throws IOException {
            CompletableFuture<HttpResponse<String>> first =
                    sendAsync(to("/slow/1").GET());
            await().until(() -> service.calls().size() == 1);
            try (Socket second = new Socket(base.getHost(), base.getPort())) {
                second.getOutputStream().write("GET /slow/2 HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(UTF_8));
                await().until(() -> !time.scheduled().isEmpty());
            }
            if (noticesHangUps()) {
                await().until(() -> time.scheduled().isEmpty());
            }
            service.open();
            first.join();
            assertThat(get("/slow/3", "ann").statusCode()).isEqualTo(200);
            assertThat(service.calls().contains("GET /slow/2")).isNotEqualTo(noticesHangUps());
        }
    }
}
