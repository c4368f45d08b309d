package io.sluice.spring;

import static io.sluice.spring.Http.header;
import static io.sluice.spring.Http.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;

/** What the annotations do on controllers, the same on both web stacks, over a real port. */
abstract class AnnotatedControllerContract extends WebContract {

    AnnotatedControllerContract(WebApplicationType type) {
        super(new ServiceStack(type, Application.class));
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Shop.class, Catalogue.class, Warehouse.class})
    static class Application {}

    @RestController
    static class Shop {

        final CompletableFuture<String> answer = new CompletableFuture<>();
        private final Warehouse warehouse;

        Shop(Warehouse warehouse) {
            this.warehouse = warehouse;
        }

        @GetMapping("/filtered/annotated")
        @RateLimited("per-user")
        String limited() {
            return "done";
        }

        @GetMapping("/filtered/plain")
        String plain() {
            return "done";
        }

        @GetMapping("/tenants/{tenant}")
        @RateLimited(rate = "1/1s", key = "#tenant")
        String tenant(@PathVariable String tenant) {
            return tenant;
        }

        @GetMapping("/partners")
        @RateLimited(value = "partners", rate = "1/1s", key = "#call.header('X-Api-Key')")
        String partner() {
            return "done";
        }

        @GetMapping("/default")
        @RateLimited(rate = "1/1s")
        String byDefault() {
            return "done";
        }

        @GetMapping("/room")
        @WaitingRoomRequired("sale")
        String room() {
            return "inside";
        }

        @GetMapping("/rooms")
        @WaitingRoomRequired("sale")
        @WaitingRoomRequired("hall")
        String rooms() {
            return "inside";
        }

        @PostMapping("/buy")
        @WaitingRoomRequired("sale")
        @ReleasesPlace("sale")
        ResponseEntity<String> buy(@RequestParam int status) {
            if (status == 500) {
                throw new IllegalStateException("as the test wants");
            }
            return ResponseEntity.status(status).body("bought");
        }

        @GetMapping("/guarded")
        @RateLimited(value = "of-guarded", rate = "3/1h")
        @Guarded("shop")
        CompletionStage<String> guarded() {
            return answer;
        }

        @GetMapping("/bean/limited")
        String limitedBean() {
            return warehouse.limited();
        }

        @GetMapping("/bean/stage")
        CompletionStage<String> limitedStage() {
            return warehouse.limitedStage();
        }

        @GetMapping("/bean/room")
        String roomBean(@RequestParam String visitor) {
            return warehouse.room(visitor);
        }

        @GetMapping("/bean/buy")
        @ReleasesPlace("sale")
        String buyOfBean(@RequestParam String visitor) {
            return warehouse.room(visitor);
        }

        @GetMapping("/guarded/bean")
        @Guarded("shop")
        Mono<String> guardedTwice() {
            return warehouse.guarded();
        }

        @GetMapping("/guarded/value")
        @Guarded("shop")
        String guardedTwiceWithoutAStage() {
            return warehouse.guardedValue();
        }

        @GetMapping("/guarded/forgotten")
        @Guarded("shop")
        String guardedBeyondTheAnswer() {
            warehouse.guarded(answer);
            return "done";
        }

        @GetMapping("/filtered/bean")
        Mono<String> guardedByFilterAndBean() {
            return warehouse.guarded();
        }

        @GetMapping("/bean/guarded")
        CompletionStage<String> guardedBean() {
            return warehouse.guarded(answer);
        }
    }

    @RestController
    @RateLimited(value = "catalogue", rate = "2/1s")
    static class Catalogue {

        private final Warehouse warehouse;

        Catalogue(Warehouse warehouse) {
            this.warehouse = warehouse;
        }

        @GetMapping("/catalogue/first")
        String first() {
            return "first";
        }

        @GetMapping("/catalogue/second")
        String second() {
            return warehouse.limited();
        }

        @ExceptionHandler
        ResponseEntity<String> refused(RefusedException refused) {
            return ResponseEntity.status(418).body(refused.name());
        }
    }

    static class Warehouse {

        @RateLimited(value = "of-bean", rate = "1/1s")
        String limited() {
            return "done";
        }

        @RateLimited(value = "of-bean", rate = "1/1s")
        CompletionStage<String> limitedStage() {
            return CompletableFuture.completedFuture("done");
        }

        @WaitingRoomRequired(value = "sale", key = "#visitor")
        String room(String visitor) {
            return "inside";
        }

        @Guarded("shop")
        CompletionStage<String> guarded(CompletionStage<String> answer) {
            return answer;
        }

        @Guarded("shop")
        Mono<String> guarded() {
            return Mono.just("done");
        }

        @Guarded("shop")
        String guardedValue() {
            return "done";
        }
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
                .isEqualTo("AnnotatedControllerContract.Shop.byDefault");
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
    void aWaitingPageIsNoSuccessThatFreesAPlace() {
        assertThat(get("/room", "ann").body()).isEqualTo("inside");
        HttpResponse<String> page = send(to("/bean/buy?visitor=bob", "ann").header("Accept", "text/html"));
        assertThat(page.statusCode()).isEqualTo(202);
        time.advance(REFRESH);
        assertThat(get("/room", "cem").statusCode()).isEqualTo(429);
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
    void aRequestHasItsTurnUntilItsAnswerIsComplete() {
        CompletableFuture<HttpResponse<String>> first = getAsync("/guarded", "ann");
        CompletableFuture<HttpResponse<String>> second = getAsync("/guarded", "bob");
        GuardGate shop = app().bean(HttpGate.class).guard("shop");
        await().until(() -> shop.guard().waiting() == 1);
        assertThat(shop.guard().inFlight()).isEqualTo(1);
        app().bean(Shop.class).answer.complete("done");
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
        app().bean(Shop.class).answer.complete("done");
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
    void aCallOfABeanWithoutATurnInTimeIsAnsweredAsOverload() {
        CompletableFuture<HttpResponse<String>> first = getAsync("/bean/guarded", "ann");
        GuardGate shop = app().bean(HttpGate.class).guard("shop");
        await().until(() -> shop.guard().inFlight() == 1);
        CompletableFuture<HttpResponse<String>> second = getAsync("/bean/guarded", "bob");
        await().until(() -> shop.guard().waiting() == 1);
        time.advance(Duration.ofSeconds(5));
        assertThat(second.join().statusCode()).isEqualTo(503);
        app().bean(Shop.class).answer.complete("done");
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
