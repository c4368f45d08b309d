package io.sluice.spring;

import static io.sluice.spring.Http.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.springframework.core.io.ClassPathResource;
import tools.jackson.databind.JsonNode;

/**
 * Whole answers of Sluice's own are the same on every web stack, to the byte: status, header fields and body are what
 * {@code answers.txt} says. What differs from run to run, such as a token, stands there in braces.
 */
abstract class AnswerContract extends WebContract {

    private static final String BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8";

    /** What is about the connection or the moment, or is checked by the client itself. */
    private static final Set<String> NOT_COMPARED =
            Set.of("connection", "content-length", "date", "keep-alive", "transfer-encoding");

    private static final Map<String, String> EXPECTED = expected();
    private static final String STYLE = resource("style.css");
    private static final String SCRIPT = resource("waiting.js");

    private final Map<String, Supplier<HttpResponse<String>>> answers = new LinkedHashMap<>();

    AnswerContract(WebStack stack) {
        super(stack);
    }

    private static Map<String, String> expected() {
        Map<String, String> expected = new LinkedHashMap<>();
        for (String answer : resource("answers.txt").split("(?m)^=== ", -1)) {
            int end = answer.indexOf('\n');
            if (end > 0) {
                expected.put(answer.substring(0, end), answer.substring(end + 1).strip());
            }
        }
        return expected;
    }

    private static String resource(String name) {
        try {
            return new ClassPathResource(name, AnswerContract.class).getContentAsString(UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @BeforeEach
    void protectEverything() {
        properties.put("sluice.limits.strict.rate", "1/1m");
        properties.put("sluice.limits.strict.key", "header:Authorization");
        properties.put("sluice.limits.partner.rate", "1/1m");
        properties.put("sluice.limits.partner.key", "header:X-Partner");
        properties.put("sluice.limits.partner.anonymous", "refuse");
        properties.put("sluice.limits.away.rate", "1/1m");
        properties.put("sluice.limits.away.on-outage", "closed");
        properties.put("sluice.limits.waiting-room-joins.rate", "1/1m");
        for (String room : new String[] {"full", "crowd", "ready", "late", "entered", "left", "closed"}) {
            properties.put("sluice.rooms." + room + ".capacity", "1");
            properties.put("sluice.rooms." + room + ".key", "header:Authorization");
        }
        properties.put("sluice.rooms.closed.mode", "closed");
        routed("/both/**", "RateLimited=per-user", "RateLimited=strict");
        routed("/partners/**", "RateLimited=partner");
        routed("/away/**", "RateLimited=away");
        routed("/full/**", "WaitingRoom=full");
        routed("/closed/**", "WaitingRoom=closed");
        routed("/slow/**", "Guard=shop");
    }

    @TestFactory
    Stream<DynamicTest> isTheSameOnEveryStack() {
        started(new OutageBackend(backend));
        ofLimits();
        ofRooms();
        ofJoining();
        ofAsking();
        ofEntering();
        ofLeaving();
        ofGuards();
        assertThat(answers.keySet()).containsExactlyInAnyOrderElementsOf(EXPECTED.keySet());
        return answers.entrySet().stream()
                .map(answer -> DynamicTest.dynamicTest(answer.getKey(), () -> {
                    HttpResponse<String> response = answer.getValue().get();
                    assertThat(text(response)).isEqualTo(EXPECTED.get(answer.getKey()));
                    assertWellFormed(response);
                }));
    }

    private void ofLimits() {
        answers.put("the second of two limits refuses", () -> {
            get("/both/1", "ann");
            return get("/both/2", "ann");
        });
        answers.put("a limit refuses a browser", () -> {
            get("/both/1", "bea");
            return send(to("/both/2", "bea").header("Accept", BROWSER));
        });
        answers.put("a limit does not know the caller", () -> get("/partners/1", "ann"));
        answers.put("a limit is closed while its store is away", () -> get("/away/1", "ann"));
    }

    private void ofRooms() {
        answers.put("a room has no free place", () -> {
            get("/full/1", "ann");
            return get("/full/1", "ben");
        });
        answers.put("a room has no free place for a browser", () -> {
            time.advance(REFRESH);
            return send(to("/full/1", "cem").header("Accept", BROWSER));
        });
        answers.put(
                "a room has no free place for a browser that asks for the header",
                () -> send(to("/full/1", "cem").header("Accept", BROWSER).method("HEAD", BodyPublishers.noBody())));
        answers.put("a room is closed", () -> get("/closed/1", "ann"));
        answers.put(
                "a room is closed for a browser",
                () -> send(to("/closed/1", "ann").header("Accept", BROWSER)));
    }

    private void ofJoining() {
        answers.put("enqueue", () -> join("crowd", "ann"));
        answers.put("enqueue where nothing can be read", () -> post("/queue/enqueue", "ann", "{"));
        answers.put("enqueue in a room that there is not", () -> join("invented", "ann"));
        answers.put("enqueue in a room that is closed", () -> join("closed", "ann"));
        answers.put(
                "enqueue from another site",
                () -> send(to("/queue/enqueue")
                        .header("Sec-Fetch-Site", "cross-site")
                        .POST(BodyPublishers.ofString(joining("crowd")))));
        answers.put("enqueue too often without a name", () -> {
            send(to("/queue/enqueue").POST(BodyPublishers.ofString(joining("crowd"))));
            return send(to("/queue/enqueue").POST(BodyPublishers.ofString(joining("crowd"))));
        });
    }

    private void ofAsking() {
        answers.put("status of whoever waits", () -> {
            get("/full/1", "ann");
            return standing(ticket("full", "dan"));
        });
        answers.put("status of whoever is called", () -> standing(ticket("ready", "ann")));
        answers.put("status without a ticket", () -> send(to("/queue/status")));
        answers.put("status of a forged ticket", () -> standing(forged(ticket("crowd", "bob"))));
        answers.put("status of a ticket of nowhere", () -> standing("guess"));
    }

    private void ofEntering() {
        answers.put("enter", () -> {
            String ticket = ticket("entered", "ann");
            return enter("ann", ticket, gateToken(ticket));
        });
        answers.put("enter where nothing can be read", () -> post("/queue/enter", "ann", "[]"));
        answers.put("enter with a ticket of nowhere", () -> enter("ann", "guess", "guess"));
        answers.put("enter with another visitor's ticket", () -> {
            String ticket = ticket("ready", "ann");
            return enter("ben", ticket, gateToken(ticket));
        });
        answers.put("enter too late", () -> {
            String ticket = ticket("late", "ann");
            String gateToken = gateToken(ticket);
            time.advance(Duration.ofMinutes(2));
            return enter("ann", ticket, gateToken);
        });
    }

    private void ofLeaving() {
        answers.put("leave", () -> leave(ticket("left", "ann")));
        answers.put("leave with a ticket of nowhere", () -> leave("guess"));
    }

    private void ofGuards() {
        answers.put("a guard has no turn in time", () -> {
            CompletableFuture<HttpResponse<String>> first = getAsync("/slow/1", "ann");
            await().until(() -> service.calls().contains("GET /slow/1"));
            CompletableFuture<HttpResponse<String>> second = getAsync("/slow/2", "ben");
            GuardGate shop = app().bean(HttpGate.class).guard("shop");
            await().until(() -> shop.guard().waiting() == 1);
            time.advance(Duration.ofSeconds(5));
            assertThat(first).isNotDone();
            return second.join();
        });
    }

    private static String joining(String room) {
        return "{\"eventId\":\"" + room + "\"}";
    }

    private HttpResponse<String> join(String room, String user) {
        return post("/queue/enqueue", user, joining(room));
    }

    private String ticket(String room, String user) {
        JsonNode joined = json(join(room, user));
        time.advance(REFRESH);
        return joined.get("ticketId").stringValue();
    }

    private static String forged(String ticket) {
        return ticket.substring(0, 30) + (ticket.charAt(30) == 'A' ? 'B' : 'A') + ticket.substring(31);
    }

    private HttpResponse<String> standing(String ticket) {
        return send(to("/queue/status?ticketId=" + ticket));
    }

    private String gateToken(String ticket) {
        return status(ticket).get("gateToken").stringValue();
    }

    private HttpResponse<String> leave(String ticket) {
        return send(to("/queue/tickets/" + ticket).DELETE());
    }

    /** Writes an answer as a text in which nothing depends on the run. */
    private static String text(HttpResponse<String> response) {
        StringBuilder text = new StringBuilder().append(response.statusCode());
        Map<String, Iterable<String>> fields = new TreeMap<>();
        response.headers().map().forEach((name, values) -> fields.put(name.toLowerCase(Locale.ROOT), values));
        fields.keySet().removeAll(NOT_COMPARED);
        fields.forEach((name, values) -> values.forEach(
                value -> text.append('\n').append(name).append(": ").append(value)));
        text.append("\n\n").append(response.body());
        return text.toString()
                .replace(STYLE, "{style.css}")
                .replace(SCRIPT, "{waiting.js}")
                .replace(hash(STYLE), "{hash of style.css}")
                .replace(hash(SCRIPT), "{hash of waiting.js}")
                .replaceAll("(\"(?:ticketId|gateToken)\":\"|ticketId=)[\\w-]+", "$1{token}")
                .replaceAll("(?m)^(sluice-pass: |set-cookie: sluice-\\w+=)[\\w-]+", "$1{token}")
                .replaceAll("(\"expiresAt\":\")[^\"]+", "$1{instant}")
                .replaceAll("(\"pollAfterMs\":)\\d+", "$1{millis}")
                .strip();
    }

    private static String hash(String content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.getBytes(UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Reads whatever has a grammar of its own. */
    private static void assertWellFormed(HttpResponse<String> response) {
        Http.cookies(response).forEach((name, cookie) -> {
            assertThat(cookie.isHttpOnly()).as(name).isTrue();
            assertThat(cookie.path()).as(name).isEqualTo("/");
        });
        Map<String, Map<String, Object>> states = Http.members(response, "RateLimit");
        assertThat(states.values()).allSatisfy(figures -> assertThat(figures).containsOnlyKeys("r", "t"));
        assertThat(Http.members(response, "RateLimit-Policy").keySet()).isEqualTo(states.keySet());
        String type = Http.header(response, "Content-Type");
        if (type.startsWith("text/html")) {
            assertThat(Http.securityPolicy(response)).containsEntry("default-src", "'none'");
        } else if (type.equals("application/problem+json")) {
            Http.problem(response);
        }
    }
}
