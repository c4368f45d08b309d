package io.sluice.spring;

import static io.sluice.spring.Http.header;
import static io.sluice.spring.Http.problem;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The principals of a service, in its filters, its annotated controllers and in calls of its beans. */
abstract class AnnotatedPrincipalContract extends PrincipalContract {

    AnnotatedPrincipalContract(WebApplicationType type, Class<?> application) {
        super(new ServiceStack(type, application));
    }

    @RestController
    static class Shop {

        private final Warehouse warehouse;
        private final Service service;

        Shop(Warehouse warehouse, Service service) {
            this.warehouse = warehouse;
            this.service = service;
        }

        @GetMapping("/slow/{id}")
        Mono<String> slow(@PathVariable("id") String id) {
            return Mono.fromSupplier(() -> service.serve("GET", "/slow/" + id))
                    .subscribeOn(Schedulers.boundedElastic())
                    .thenReturn("done");
        }

        @GetMapping({"/filtered", "/open/filtered", "/sale", "/open/sale"})
        String filtered() {
            return "done";
        }

        @GetMapping("/annotated")
        @RateLimited
        String annotated() {
            return "done";
        }

        @GetMapping("/expression")
        @RateLimited(value = "by-initial", rate = "1/1s", key = "#principal.substring(0, 1)")
        String expression() {
            return "done";
        }

        @GetMapping("/bean")
        Mono<String> bean() {
            return warehouse.count();
        }

        @GetMapping("/room")
        @WaitingRoomRequired("sale")
        String room() {
            return "inside";
        }

        @GetMapping("/done")
        @ReleasesPlace("sale")
        Mono<Void> done() {
            return Mono.empty();
        }

        @GetMapping("/room/bean")
        Mono<String> roomOfBean() {
            return warehouse.look();
        }
    }

    static class Warehouse {

        @RateLimited
        Mono<String> count() {
            return Mono.just("done");
        }

        @WaitingRoomRequired("sale")
        Mono<String> look() {
            return Mono.just("inside");
        }
    }

    @Override
    String limitedBehindSecurity() {
        return "/annotated";
    }

    @ParameterizedTest
    @ValueSource(strings = {"/annotated", "/expression", "/bean"})
    void eachPrincipalHasALimitOfItsOwn(String path) {
        assertEachPrincipalHasALimit(path);
    }

    @Test
    void aPrincipalIsOneCallerOverHttpAndInACallOfABean() {
        assertThat(get("/annotated", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/bean", "ann").statusCode()).isEqualTo(429);
        assertThat(get("/bean", "bob").statusCode()).isEqualTo(200);
    }

    @Test
    void aPrincipalIsOneVisitorOverHttpAndInACallOfABean() {
        assertThat(get("/room", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/room/bean", "ann").body()).isEqualTo("inside");
        HttpResponse<String> waits = get("/room/bean", "bob");
        assertThat(waits.statusCode()).isEqualTo(429);
        assertThat(header(waits, "Set-Cookie")).startsWith("sluice-sale=");
        HttpResponse<String> page = send(to("/room/bean", "bob").header("Accept", "text/html"));
        assertThat(page.statusCode()).isEqualTo(202);
        assertThat(page.body()).contains("ticketId=");
    }

    @Test
    void attemptsWhosePasswordsWereCheckedStayCharged() {
        properties.put("sluice.filter-order", "-110");
        assertAttemptsWhosePasswordsWereCheckedStayCharged();
    }

    void assertAttemptsWhosePasswordsWereCheckedStayCharged() {
        properties.put("sluice.limits.attempts.rate", "3/1h");
        properties.put("sluice.limits.attempts.key", "address");
        stack.filter(properties, Map.of("path", "/annotated", "limit", "attempts"));
        assertThat(get("/annotated", "ann").statusCode()).isEqualTo(200);
        List<String> refusedBy = Stream.generate(() -> problem(get("/annotated", "ann")))
                .limit(4)
                .map(problem -> problem.get("violated-policies").get(0).stringValue())
                .toList();
        assertThat(refusedBy).containsExactly("per-user", "per-user", "attempts", "attempts");
    }

    @ParameterizedTest
    @ValueSource(ints = {-90, -110})
    void thePlaceOfAPrincipalIsFreedByAnAnswerWithoutABody(int filterOrder) {
        properties.put("sluice.filter-order", String.valueOf(filterOrder));
        assertThat(get("/room", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/done", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/room", "bob").statusCode()).isEqualTo(200);
    }
}
