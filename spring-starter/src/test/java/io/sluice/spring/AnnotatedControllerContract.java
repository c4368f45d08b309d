package io.sluice.spring;

import static io.sluice.spring.Http.header;
import static io.sluice.spring.Http.json;
import static io.sluice.spring.Http.problem;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;

/** What the annotations do on controllers, the same on both web stacks, over a real port. */
abstract class AnnotatedControllerContract extends WebContract {

    AnnotatedControllerContract(WebApplicationType type) {
        super(new ServiceStack(type, AnnotatedApplication.class));
    }

    @BeforeEach
    void addRoomAndFilter() {
        properties.put("sluice.rooms.hall.capacity", "0");
        properties.put("sluice.rooms.hall.key", "header:Authorization");
        properties.put("sluice.filters[0].path", "/filtered/**");
        properties.put("sluice.filters[0].limit", "per-user");
    }

    private HttpResponse<String> buy(String user, int status) {
        return send(to("/buy?status=" + status, user).POST(HttpRequest.BodyPublishers.noBody()));
    }

    @Test
    void aRefusedRequestGetsTheAnswerOfAFilterToTheByte() {
        properties.put("sluice.filters[0].path", "/filtered/plain");
        for (String path : List.of("/filtered/plain", "/filtered/annotated")) {
            get(path, path);
            get(path, path);
        }
        HttpResponse<String> byFilter = get("/filtered/plain", "/filtered/plain");
        HttpResponse<String> byAnnotation = get("/filtered/annotated", "/filtered/annotated");
        assertThat(byAnnotation.statusCode()).isEqualTo(429).isEqualTo(byFilter.statusCode());
        assertThat(byAnnotation.body()).isEqualTo(byFilter.body());
        assertThat(withoutDate(byAnnotation)).isEqualTo(withoutDate(byFilter));
        assertThat(header(byAnnotation, "RateLimit")).isEqualTo("\"per-user\";r=0;t=1");
    }

    private static Map<String, List<String>> withoutDate(HttpResponse<?> response) {
        Map<String, List<String>> headers =
                new LinkedHashMap<>(response.headers().map());
        headers.remove("date");
        return headers;
    }

    @Test
    void aLimitOfAFilterAndAnAnnotationIsChargedOnce() {
        assertThat(header(get("/filtered/annotated", "ann"), "RateLimit")).isEqualTo("\"per-user\";r=1;t=1");
        assertThat(get("/filtered/annotated", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/filtered/annotated", "ann").statusCode()).isEqualTo(429);
    }

    @Test
    void aKeyMayUsePathVariablesAndTheRequest() {
        assertThat(get("/tenants/red", "ann").body()).isEqualTo("red");
        assertThat(get("/tenants/blue", "ann").body()).isEqualTo("blue");
        assertThat(get("/tenants/red", "bob").statusCode()).isEqualTo(429);
        assertThat(send(to("/partners", "ann").header("X-Api-Key", "one")).statusCode())
                .isEqualTo(200);
        assertThat(send(to("/partners", "ann").header("X-Api-Key", "two")).statusCode())
                .isEqualTo(200);
        assertThat(send(to("/partners", "ann").header("X-Api-Key", "one")).statusCode())
                .isEqualTo(429);
    }

    @Test
    void callersWithoutAPrincipalAreCountedByAddressAndTheLimitIsNamedByTheMethod() {
        assertThat(get("/default", "ann").statusCode()).isEqualTo(200);
        HttpResponse<String> refused = get("/default", "bob");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(json(refused).get("violated-policies").get(0).stringValue())
                .isEqualTo("AnnotatedApplication.Shop.byDefault");
    }

    @Test
    void aVisitorWithoutAPlaceIsToldWhereToWait() {
        assertThat(get("/room", "ann").body()).isEqualTo("inside");
        HttpResponse<String> refused = get("/room", "bob");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(json(refused).get("room").stringValue()).isEqualTo("sale");
        HttpResponse<String> page = send(to("/room", "bob").header("Accept", "text/html"));
        assertThat(page.statusCode()).isEqualTo(202);
        assertThat(header(page, "Content-Type")).startsWith("text/html");
        assertThat(header(page, "Set-Cookie")).startsWith("sluice-sale=");
    }

    @Test
    void aVisitorMustBeInsideAllRoomsThatAreNamed() {
        HttpResponse<String> first = get("/rooms", "ann");
        assertThat(first.statusCode()).isEqualTo(429);
        assertThat(json(first).get("room").stringValue()).isEqualTo("hall");
        assertThat(json(get("/rooms", "bob")).get("room").stringValue()).isEqualTo("sale");
    }

    @Test
    void aVisitorWhoIsInsideTwoRoomsGetsThePassOfBoth() {
        properties.put("sluice.rooms.hall.capacity", "1");
        HttpResponse<String> inside = get("/rooms", "ann");
        assertThat(inside.body()).isEqualTo("inside");
        List<String> passes = inside.headers().allValues("Sluice-Pass");
        assertThat(passes).hasSize(2);
        HttpRequest.Builder again = to("/rooms", "ann");
        passes.forEach(pass -> again.header("Sluice-Pass", pass));
        assertThat(send(again).headers().allValues("Sluice-Pass"))
                .as("none is new")
                .isEmpty();
    }

    @Test
    void anAnswerThatTellsToWaitIsNoSuccessThatFreesAPlace() {
        properties.put("sluice.waiting-room.api-status", "202");
        assertThat(get("/room", "ann").body()).isEqualTo("inside");
        assertThat(get("/bean/buy?visitor=bob", "ann").statusCode()).isEqualTo(202);
        time.advance(REFRESH);
        assertThat(get("/room", "cem").statusCode()).isEqualTo(202);
    }

    @Test
    void aPlaceIsFreedByAnAnswerOfSuccessAlone() {
        assertThat(buy("ann", 500).statusCode()).isEqualTo(500);
        assertThat(buy("ann", 409).statusCode()).isEqualTo(409);
        time.advance(REFRESH);
        assertThat(get("/room", "bob").statusCode()).isEqualTo(429);
        HttpResponse<String> bought = buy("ann", 201);
        assertThat(bought.statusCode()).isEqualTo(201);
        assertThat(header(bought, "Set-Cookie")).contains("sluice-sale=; Path=/; Max-Age=0");
        assertThat(buy("ann", 201).statusCode()).isEqualTo(429);
    }

    @Test
    void aStreamedAnswerFreesThePlaceWhenItBeginsAndNotAgainWhenItEnds() throws IOException {
        assertThat(get("/room", "ann").statusCode()).isEqualTo(200);
        HttpResponse<InputStream> streamed =
                Http.send(to("/streamed", "ann"), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(get("/room", "bob").statusCode()).as("freed").isEqualTo(200);
        assertThat(buy("bob", 201).statusCode()).isEqualTo(201);
        assertThat(get("/room", "ann").statusCode()).as("inside again").isEqualTo(200);
        app().bean(AnnotatedApplication.Shop.class).answer.complete("ended");
        assertThat(new String(streamed.body().readAllBytes(), UTF_8)).contains("begun", "ended");
        assertThat(get("/room", "bob").statusCode()).as("not freed").isEqualTo(429);
    }

    @Test
    void aRequestHasItsTurnUntilItsAnswerIsComplete() {
        CompletableFuture<HttpResponse<String>> first = getAsync("/guarded", "ann");
        CompletableFuture<HttpResponse<String>> second = getAsync("/guarded", "bob");
        GuardGate shop = app().bean(HttpGate.class).guard("shop");
        await().until(() -> shop.guard().waiting() == 1);
        assertThat(shop.guard().inFlight()).isEqualTo(1);
        app().bean(AnnotatedApplication.Shop.class).answer.complete("done");
        assertThat(first.join().body()).isEqualTo("done");
        assertThat(second.join().body()).isEqualTo("done");
        await().until(() -> shop.guard().inFlight() == 0);
    }

    @Test
    void aRequestWithoutATurnInTimeIsRefusedAndStaysCharged() {
        CompletableFuture<HttpResponse<String>> first = getAsync("/guarded", "ann");
        GuardGate shop = app().bean(HttpGate.class).guard("shop");
        await().until(() -> shop.guard().inFlight() == 1);
        CompletableFuture<HttpResponse<String>> second = getAsync("/guarded", "bob");
        await().until(() -> shop.guard().waiting() == 1);
        time.advance(Duration.ofSeconds(5));
        assertThat(second.join().statusCode()).isEqualTo(503);
        assertThat(json(second.join()).get("violated-policies").get(0).stringValue())
                .isEqualTo("shop");
        app().bean(AnnotatedApplication.Shop.class).answer.complete("done");
        assertThat(first.join().statusCode()).isEqualTo(200);
        assertThat(header(get("/guarded", "ann"), "RateLimit"))
                .as("three of three calls charged")
                .startsWith("\"of-guarded\";r=0;");
    }

    @Test
    void aRefusedCallOfABeanIsAnsweredAsByAFilter() {
        assertThat(get("/bean/limited", "ann").body()).isEqualTo("done");
        for (String path : List.of("/bean/limited", "/bean/stage")) {
            HttpResponse<String> refused = get(path, "ann");
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(header(refused, "Content-Type")).isEqualTo("application/problem+json");
            assertThat(header(refused, "Retry-After")).isEqualTo("1");
            assertThat(header(refused, "RateLimit")).isEqualTo("\"of-bean\";r=0;t=1");
            assertThat(json(refused).get("violated-policies").get(0).stringValue())
                    .isEqualTo("of-bean");
        }
    }

    @Test
    void aVisitorWhomABeanLetsWaitIsToldWhereToWait() {
        assertThat(get("/bean/room?visitor=ann", "ann").body()).isEqualTo("inside");
        HttpResponse<String> refused = get("/bean/room?visitor=bob", "bob");
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(json(refused).get("room").stringValue()).isEqualTo("sale");
        // The ticket is that of the visitor whom the bean names, not of the one who asks.
        assertThat(header(refused, "Set-Cookie")).isEmpty();
    }

    @Test
    void theTicketOfAVisitorWhomABeanNamesIsForNobodyElse() {
        assertThat(get("/bean/room?visitor=ann", "ann").body()).isEqualTo("inside");
        HttpResponse<String> refused = send(to("/bean/room?visitor=bob", "cem").header("Accept", "text/html"));
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(problem(refused).get("room").stringValue()).isEqualTo("sale");
        assertThat(refused.body()).doesNotContain("ticketId");
        assertThat(header(refused, "Set-Cookie")).isEmpty();
    }

    @Test
    void aCallOfABeanWithoutATurnInTimeIsAnsweredAsOverload() {
        CompletableFuture<HttpResponse<String>> first = getAsync("/bean/guarded", "ann");
        GuardGate shop = app().bean(HttpGate.class).guard("shop");
        await().until(() -> shop.guard().inFlight() == 1);
        CompletableFuture<HttpResponse<String>> second = getAsync("/bean/guarded", "bob");
        await().until(() -> shop.guard().waiting() == 1);
        time.advance(Duration.ofSeconds(5));
        assertThat(second.join().statusCode()).isEqualTo(503);
        app().bean(AnnotatedApplication.Shop.class).answer.complete("done");
        assertThat(first.join().body()).isEqualTo("done");
    }

    @Test
    void aRequestHasOneTurnOfAGuardThatItsHandlerAndABeanName() {
        assertThat(get("/guarded/bean", "ann").body()).isEqualTo("done");
        GuardGate shop = app().bean(HttpGate.class).guard("shop");
        await().until(() -> shop.guard().inFlight() == 0);
    }

    @Test
    void aRequestHasOneTurnOfAGuardThatAFilterAndABeanName() {
        properties.put("sluice.filters[0].guard", "shop");
        assertThat(get("/filtered/bean", "ann").body()).isEqualTo("done");
    }

    @Test
    void anAnnotatedClassLimitsItsHandlersAndItsOwnExceptionHandlerComesFirst() {
        get("/bean/limited", "ann");
        HttpResponse<String> second = get("/catalogue/second", "ann");
        assertThat(second.statusCode()).isEqualTo(418);
        assertThat(second.body()).isEqualTo("of-bean");
        assertThat(get("/catalogue/first", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/catalogue/first", "ann").statusCode()).isEqualTo(429);
    }
}
