package io.sluice.spring;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Annotated controllers and beans, which work on both web stacks. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import({AnnotatedApplication.Shop.class, AnnotatedApplication.Catalogue.class, AnnotatedApplication.Warehouse.class})
class AnnotatedApplication {

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

        @GetMapping(path = "/streamed", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
        @ReleasesPlace("sale")
        Flux<String> streamed() {
            return Flux.concat(Mono.just("begun"), Mono.fromFuture(answer));
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
}
