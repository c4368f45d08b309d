package io.sluice.spring;

import static io.sluice.spring.Http.header;
import static io.sluice.spring.Http.json;
import static io.sluice.spring.Http.members;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.observation.ObservationRegistry;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** What whoever runs an application sees and changes, and what its callers see of it. */
abstract class OperationsContract extends OperationsFixture {

    OperationsContract(WebStack stack) {
        super(stack);
    }

    @Test
    void looksAtAPortOfItsOwnPastTheFilters() {
        properties.put("management.server.port", "0");
        properties.put("management.server.address", "127.0.0.1");
        stack.filter(properties, Map.of("path", "/**", "limit", "per-user", "room", "sale"));
        started();
        String port = app().context().getEnvironment().getRequiredProperty("local.management.port");
        for (String user : List.of("ann", "ann", "ann", "ben")) {
            HttpResponse<String> health = send(to("http://127.0.0.1:" + port + "/actuator/health", user));
            assertThat(health.statusCode()).isEqualTo(200);
            assertThat(header(health, "RateLimit")).isEmpty();
        }
        assertThat(members(get("/api/1", "ann"), "RateLimit").get("per-user")).containsEntry("r", 1L);
        assertThat(get("/api/1", "ben").statusCode()).isEqualTo(429);
    }

    @Test
    void joinsNoRoomOnAPortOfItsOwn() {
        properties.put("management.server.port", "0");
        properties.put("management.server.address", "127.0.0.1");
        started();
        String port = app().context().getEnvironment().getRequiredProperty("local.management.port");
        HttpResponse<String> joined =
                post("http://127.0.0.1:" + port + "/queue/enqueue", "ann", "{\"eventId\": \"sale\"}");
        assertThat(joined.statusCode()).isEqualTo(404);
        assertThat(enqueued("ann")).isNotEmpty();
    }

    @Nested
    @DisplayName("the endpoint")
    class TheEndpoint {

        @Test
        void showsBackendLimitsRoomsAndGuardsWithFigures() {
            started();
            assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(200);
            enqueued("ben");
            enqueued("cem");
            JsonNode report = report();
            assertThat(report.at("/backend/type").stringValue()).isEqualTo("local");
            assertThat(report.at("/backend/available").booleanValue()).isTrue();
            assertThat(report.at("/limits/per-user/rate").stringValue()).isEqualTo("2/1m");
            assertThat(report.at("/limits/per-user/shadow").booleanValue()).isFalse();
            assertThat(report.at("/limits/waiting-room-rejoins/rate").stringValue())
                    .isEqualTo("60/1m");
            assertThat(report.at("/limits/waiting-room-rejoins/key").stringValue())
                    .isEqualTo("visitor");
            assertThat(report.at("/rooms/sale/inside").intValue()).isEqualTo(1);
            assertThat(report.at("/rooms/sale/capacity").intValue()).isEqualTo(1);
            assertThat(report.at("/rooms/sale/mode").stringValue()).isEqualTo("open");
            assertThat(report.at("/rooms/sale/issued").intValue()).isEqualTo(3);
            assertThat(report.at("/rooms/sale").has("recovery"))
                    .as("of Redis alone")
                    .isFalse();
            assertThat(report.at("/guards/shop/limit").intValue()).isEqualTo(1);
            assertThat(report.at("/guards/shop/inFlight").intValue()).isZero();
        }

        @Test
        void changesALimitAndCallersKeepWhatTheyOwe() {
            started();
            get("/api/1", "ann");
            get("/api/2", "ann");
            assertThat(get("/api/3", "ann").statusCode()).isEqualTo(429);
            HttpResponse<String> changed = change("limits/per-user", "{\"rate\": \"4/1m\"}");
            assertThat(changed.statusCode()).isEqualTo(200);
            assertThat(json(changed).get("rate").stringValue()).isEqualTo("4/1m");
            HttpResponse<String> still = get("/api/4", "ann");
            assertThat(still.statusCode()).as("a minute is owed").isEqualTo(429);
            assertThat(header(still, "RateLimit-Policy")).isEqualTo("\"per-user\";q=4;w=60");
            time.advance(Duration.ofSeconds(15));
            assertThat(get("/api/5", "ann").statusCode()).isEqualTo(200);
        }

        @Test
        void makesAllOfALimitThePriceOfACallThatCostsMore() {
            routed("/costly/**", "RateLimited=per-user, 2");
            started();
            change("limits/per-user", "{\"rate\": \"1/1m\"}");
            assertThat(get("/costly/1", "ann").statusCode()).isEqualTo(200);
            assertThat(get("/costly/2", "ann").statusCode()).isEqualTo(429);
        }

        @Test
        void changesCapacityAndModeOfARoom() {
            started();
            get("/orders/1", "ann");
            assertThat(get("/orders/1", "ben").statusCode()).isEqualTo(429);
            assertThat(change("rooms/sale", "{\"capacity\": 2}").statusCode()).isEqualTo(200);
            time.advance(REFRESH);
            assertThat(get("/orders/1", "ben").statusCode()).isEqualTo(200);
            HttpResponse<String> closed = change("rooms/sale", "{\"mode\": \"closed\"}");
            assertThat(closed.statusCode()).isEqualTo(200);
            time.advance(REFRESH);
            JsonNode room = report().at("/rooms/sale");
            assertThat(room.get("mode").stringValue()).isEqualTo("closed");
            assertThat(room.get("capacity").intValue()).as("left as it was").isEqualTo(2);
            assertThat(get("/orders/1", "cem").statusCode()).isEqualTo(503);
        }

        @Test
        void raisesTheBoundOfAGuardAndLetsInWhoWaits() {
            started();
            CompletableFuture<HttpResponse<String>> first = underWay("/slow/1", "ann");
            CompletableFuture<HttpResponse<String>> second = getAsync("/slow/2", "ann");
            await().until(() -> report().at("/guards/shop/waiting").intValue() == 1);
            assertThat(change("guards/shop", "{\"limit\": 2}").statusCode()).isEqualTo(200);
            await().until(() -> service.calls().size() == 2);
            service.open();
            assertThat(first.join().statusCode()).isEqualTo(200);
            assertThat(second.join().statusCode()).isEqualTo(200);
        }

        @Test
        void putsABoundOnHowLongAGuardsTurnIsHeld() {
            properties.put("sluice.guards.shop.key", "header:Authorization");
            started();
            CompletableFuture<HttpResponse<String>> first = underWay("/slow/1", "ann");
            CompletableFuture<HttpResponse<String>> second = getAsync("/slow/2", "ben");
            await().until(() -> report().at("/guards/shop/waiting").intValue() == 1);
            time.advance(Duration.ofSeconds(3));
            assertThat(report().at("/guards/shop/takenBack").intValue()).isZero();
            HttpResponse<String> changed = change("guards/shop", "{\"maxHold\": \"2s\"}");
            assertThat(changed.statusCode()).isEqualTo(200);
            assertThat(json(changed).get("maxHold").stringValue()).isEqualTo("2000ms");
            await().until(() -> service.calls().size() == 2);
            JsonNode guard = report().at("/guards/shop");
            assertThat(guard.get("inFlight").intValue()).isEqualTo(1);
            assertThat(guard.get("overdue").intValue()).isEqualTo(1);
            assertThat(guard.get("takenBack").intValue()).isEqualTo(1);
            change("guards/shop", "{\"maxHold\": \"0\"}");
            assertThat(report().at("/guards/shop/maxHold").stringValue())
                    .as("none any more")
                    .isEqualTo("0ms");
            service.open();
            assertThat(first.join().statusCode()).isEqualTo(200);
            assertThat(second.join().statusCode()).isEqualTo(200);
        }

        @Test
        void saysWhatIsWrongAndChangesNothing() {
            started();
            JsonNode before = report();
            assertRefused("limits/per-user", "{\"rate\": \"ten a second\"}", 400, "ten a second");
            assertRefused("limits/per-user", "{\"capacity\": 3}", 400, "\"capacity\" cannot be changed here, but rate");
            assertRefused("limits/per-user", "{}", 400, "expected some of rate, burst, shadow");
            assertRefused("limits/per-usr", "{\"rate\": \"1/1s\"}", 404, "There is no limit \"per-usr\", but per-user");
            assertRefused("rooms/sale", "{\"capacity\": \"many\"}", 400, "capacity is \"many\", but expected a whole");
            assertRefused("rooms/sale", "{\"capacity\": -1}", 400, "between 0 and 10000000");
            assertRefused("rooms/sale", "{\"mode\": \"shut\"}", 400, "one of open, queue-everybody, paused, closed");
            assertRefused("rooms/other", "{\"capacity\": 1}", 404, "There is no room \"other\", but sale");
            assertRefused("guards/shop", "{\"limit\": 0}", 400, "between 1 and 1000000");
            assertRefused("guards/shop", "{\"maxWait\": \"long\"}", 400, "a duration such as");
            assertRefused("guards/shop", "{\"maxWait\": \"25\"}", 400, "a duration such as");
            assertRefused(
                    "guards/shop", "{\"maxHold\": \"10ms\"}", 400, "maxHold lies between PT1S and PT24H, or is 0");
            assertRefused("doors/shop", "{\"limit\": 1}", 404, "limits, rooms and guards");
            assertRefused("rooms/sale/call", "{}", 400, "either \"ticket\" or \"visitor\"");
            assertRefused("rooms/sale/call", "{\"ticket\": \"guess\"}", 400, "not one of this room");
            assertRefused("rooms/sale/call", "{\"visitor\": \"h:nobody\"}", 404, "no such visitor");
            assertRefused("rooms/sale/push", "{\"visitor\": \"h:ann\"}", 404, "rooms/NAME/call");
            assertThat(report()).isEqualTo(before);
        }

        private void assertRefused(String path, String body, int status, String message) {
            HttpResponse<String> refused = change(path, body);
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(status);
            assertThat(json(refused).get("error").stringValue()).contains(message);
        }
    }

    @Nested
    @DisplayName("a changed property")
    class ChangedProperty {

        @Test
        void appliesWithoutARestart() {
            started();
            app().refresh("sluice.limits.per-user.rate", "1/1m");
            assertThat(get("/api/1", "ann").statusCode()).isEqualTo(200);
            assertThat(get("/api/2", "ann").statusCode()).isEqualTo(429);
            app().refresh("sluice.rooms.sale.capacity", "2");
            get("/orders/1", "ann");
            assertThat(get("/orders/1", "ben").statusCode()).isEqualTo(200);
            app().refresh("sluice.guards.shop.limit", "7");
            assertThat(report().at("/guards/shop/limit").intValue()).isEqualTo(7);
            app().refresh("sluice.guards.shop.max-hold", "30s");
            assertThat(report().at("/guards/shop/maxHold").stringValue()).isEqualTo("30000ms");
        }

        @Test
        void filterAddedByRefreshProtectsItsPath() {
            routed("/added/**");
            started();
            assertThat(header(get("/added/1", "ann"), "RateLimit")).isEmpty();
            app().refresh(
                            "sluice.limits.search.rate", "1/1m",
                            "sluice.limits.search.key", "header:Authorization",
                            "sluice.filters[0].path", "/added/**",
                            "sluice.filters[0].limit", "search");
            HttpResponse<String> allowed = get("/added/2", "ann");
            assertThat(allowed.statusCode()).isEqualTo(200);
            assertThat(members(allowed, "RateLimit")).containsOnlyKeys("search");
            assertThat(get("/added/3", "ann").statusCode()).isEqualTo(429);
        }

        @Test
        void leavesARequestThatWaitsTheFiltersItBeganWith() {
            started();
            CompletableFuture<HttpResponse<String>> first = underWay("/slow/1", "ann");
            CompletableFuture<HttpResponse<String>> second = getAsync("/slow/2", "ann");
            await().until(() -> report().at("/guards/shop/waiting").intValue() == 1);
            app().refresh("sluice.filters[0].path", "/slow/**", "sluice.filters[0].limit", "per-user");
            service.open();
            assertThat(first.join().statusCode()).isEqualTo(200);
            assertThat(second.join().statusCode()).isEqualTo(200);
            assertThat(header(second.join(), "RateLimit")).isEmpty();
            assertThat(members(get("/slow/3", "ann"), "RateLimit")).containsOnlyKeys("per-user");
        }

        @Test
        void releaseHeaderChangedByRefreshIsTheOneThatFreesAPlace() {
            routed("/done", "WaitingRoom=sale");
            started();
            app().refresh("sluice.waiting-room.release-header", "X-Done");
            assertThat(header(get("/done", "ann"), "Sluice-Release"))
                    .as("nothing of Sluice's any more")
                    .isEqualTo("true");
            assertThat(get("/orders/1", "ben").statusCode()).isEqualTo(429);
            app().refresh("sluice.waiting-room.release-header", "Sluice-Release");
            assertThat(header(get("/done", "ann"), "Sluice-Release")).isEmpty();
            time.advance(REFRESH);
            assertThat(get("/orders/1", "ben").statusCode()).isEqualTo(200);
        }
    }

    @Nested
    @DisplayName("shadow mode")
    class ShadowMode {

        @Test
        void ofALimitMarksInsteadOfRefusing() {
            properties.put("sluice.limits.per-user.shadow", "true");
            started();
            for (int i = 0; i < 2; i++) {
                HttpResponse<String> allowed = get("/api/" + i, "ann");
                assertThat(header(allowed, "Sluice-Shadow")).isEmpty();
                assertThat(header(allowed, "RateLimit")).isEmpty();
            }
            HttpResponse<String> marked = get("/api/3", "ann");
            assertThat(marked.statusCode()).isEqualTo(200);
            assertThat(header(marked, "Sluice-Shadow")).isEqualTo("\"per-user\";kind=limit");
            assertThat(members(marked, "Sluice-Shadow")).isEqualTo(Map.of("per-user", Map.of("kind", "limit")));
            assertThat(value("sluice.limit.decisions", "limit:per-user", "outcome:shadowed"))
                    .isEqualTo(1);
            assertThat(service.calls()).hasSize(3);
        }

        @Test
        void ofARoomMarksInsteadOfHolding() {
            properties.put("sluice.rooms.sale.shadow", "true");
            started();
            assertThat(header(get("/orders/1", "ann"), "Sluice-Shadow")).isEmpty();
            HttpResponse<String> marked = get("/orders/1", "ben");
            assertThat(marked.statusCode()).isEqualTo(200);
            assertThat(header(marked, "Sluice-Shadow")).isEqualTo("\"sale\";kind=room");
            assertThat(value("sluice.room.decisions", "room:sale", "outcome:shadowed"))
                    .isEqualTo(1);
            time.advance(REFRESH);
            assertThat(report().at("/rooms/sale/inside").intValue()).isEqualTo(1);
        }

        @Test
        void ofAGuardHoldsNobodyWhileATurnIsOverdue() {
            properties.put("sluice.guards.shop.shadow", "true");
            properties.put("sluice.guards.shop.key", "header:Authorization");
            properties.put("sluice.guards.shop.max-hold", "2s");
            started();
            CompletableFuture<HttpResponse<String>> first = underWay("/slow/1", "ann");
            CompletableFuture<HttpResponse<String>> second = underWay("/slow/2", "ben");
            time.advance(Duration.ofSeconds(2));
            assertThat(report().at("/guards/shop/takenBack").intValue())
                    .as("as it would be in force")
                    .isEqualTo(1);
            service.open();
            assertThat(header(first.join(), "Sluice-Shadow")).isEmpty();
            assertThat(header(second.join(), "Sluice-Shadow")).isEqualTo("\"shop\";kind=guard");
            await().until(() -> report().at("/guards/shop/inFlight").intValue() == 0);
            assertThat(report().at("/guards/shop/overdue").intValue()).isZero();
        }

        @Test
        void ofAGuardHoldsNobody() {
            properties.put("sluice.guards.shop.shadow", "true");
            started();
            CompletableFuture<HttpResponse<String>> first = underWay("/slow/1", "ann");
            CompletableFuture<HttpResponse<String>> second = underWay("/slow/2", "ann");
            assertThat(report().at("/guards/shop/waiting").intValue()).isEqualTo(1);
            service.open();
            assertThat(header(first.join(), "Sluice-Shadow")).isEmpty();
            assertThat(header(second.join(), "Sluice-Shadow")).isEqualTo("\"shop\";kind=guard");
            await().until(() -> report().at("/guards/shop/inFlight").intValue() == 0);
            assertThat(report().at("/guards/shop/waiting").intValue()).isZero();
        }
    }

    @Nested
    @DisplayName("a held call")
    class HeldCall {

        @Test
        void isObservedAsAPartOfItsRequest() {
            started();
            HeldObservations held = HeldObservations.of(app().bean(ObservationRegistry.class));
            CompletableFuture<HttpResponse<String>> first = underWay("/slow/1", "ann");
            CompletableFuture<HttpResponse<String>> second = getAsync("/slow/2", "ann");
            await().until(() -> report().at("/guards/shop/waiting").intValue() == 1);
            assertThat(held.ended()).isEmpty();
            service.open();
            first.join();
            second.join();
            assertThat(held.ended()).singleElement().satisfies(context -> {
                assertThat(HeldObservations.outcome(context)).isEqualTo("allowed");
                assertThat(HeldObservations.parent(context)).isEqualTo("http.server.requests");
            });
        }
    }

    @Nested
    @DisplayName("health")
    class Health {

        @Test
        void isUpWithDetails() {
            started();
            JsonNode health = json(send(to("/actuator/health"))).at("/components/sluice");
            assertThat(health.get("status").stringValue()).isEqualTo("UP");
            assertThat(health.at("/details/backend").stringValue()).isEqualTo("local");
            assertThat(health.at("/details/store").stringValue()).isEqualTo("answers");
        }
    }
}
