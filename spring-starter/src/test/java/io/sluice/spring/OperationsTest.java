package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import java.lang.ref.WeakReference;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What whoever runs a gateway sees and changes, over a real port. */
class OperationsTest {

    private static final Duration REFRESH = Duration.ofMillis(200);

    private final ManualTime time = new ManualTime();
    private final LocalBackend backend = LocalBackend.create(time);
    private final GatewayApp app = new GatewayApp();

    @BeforeEach
    void configure() {
        app.with("sluice.limits.per-user.rate", "2/1m")
                .with("sluice.limits.per-user.key", "header:Authorization")
                .with("sluice.rooms.sale.capacity", "1")
                .with("sluice.rooms.sale.key", "header:Authorization")
                .with("sluice.guards.shop.limit", "1")
                .with("sluice.guards.shop.max-wait", "5s")
                .route("/api/**", "RateLimited=per-user")
                .route("/orders/**", "WaitingRoom=sale")
                .route("/slow/**", "Guard=shop");
    }

    @AfterEach
    void close() {
        app.close();
        backend.close();
    }

    private static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    private String enqueued(String user) {
        HttpResponse<String> response = app.send(app.to("/queue/enqueue")
                .header("Authorization", user)
                .POST(HttpRequest.BodyPublishers.ofString("{\"eventId\": \"sale\"}")));
        assertThat(response.statusCode()).isEqualTo(201);
        time.advance(REFRESH);
        return json(response).get("ticketId").stringValue();
    }

    private String stateOf(String ticket) {
        return app.json("/queue/status?ticketId=" + ticket).get("state").stringValue();
    }

    private CompletableFuture<HttpResponse<String>> slow(String path) {
        return app.client().sendAsync(app.to(path).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Nested
    @DisplayName("the endpoint")
    class TheEndpoint {

        @Test
        void showsBackendLimitsRoomsAndGuardsWithFigures() {
            app.start(backend);
            assertThat(app.get("/orders/1", "ann").statusCode()).isEqualTo(200);
            enqueued("ben");
            enqueued("cem");
            JsonNode report = app.json("/actuator/sluice");
            assertThat(report.at("/backend/type").stringValue()).isEqualTo("local");
            assertThat(report.at("/backend/available").booleanValue()).isTrue();
            assertThat(report.at("/limits/per-user/rate").stringValue()).isEqualTo("2/1m");
            assertThat(report.at("/limits/per-user/shadow").booleanValue()).isFalse();
            assertThat(report.at("/rooms/sale/inside").intValue()).isEqualTo(1);
            assertThat(report.at("/rooms/sale/capacity").intValue()).isEqualTo(1);
            assertThat(report.at("/rooms/sale/mode").stringValue()).isEqualTo("open");
            assertThat(report.at("/rooms/sale/issued").intValue()).isEqualTo(3);
            assertThat(report.at("/guards/shop/limit").intValue()).isEqualTo(1);
            assertThat(report.at("/guards/shop/inFlight").intValue()).isZero();
        }

        @Test
        void changesALimitAndCallersKeepWhatTheyOwe() {
            app.start(backend);
            app.get("/api/1", "ann");
            app.get("/api/2", "ann");
            assertThat(app.get("/api/3", "ann").statusCode()).isEqualTo(429);
            HttpResponse<String> changed = app.post("/actuator/sluice/limits/per-user", "{\"rate\": \"4/1m\"}");
            assertThat(changed.statusCode()).isEqualTo(200);
            assertThat(json(changed).get("rate").stringValue()).isEqualTo("4/1m");
            HttpResponse<String> still = app.get("/api/4", "ann");
            assertThat(still.statusCode()).as("a minute is owed").isEqualTo(429);
            assertThat(still.headers().firstValue("RateLimit-Policy")).hasValue("\"per-user\";q=4;w=60");
            time.advance(Duration.ofSeconds(15));
            assertThat(app.get("/api/5", "ann").statusCode()).isEqualTo(200);
        }

        @Test
        void changesCapacityAndModeOfARoom() {
            app.start(backend);
            app.get("/orders/1", "ann");
            assertThat(app.get("/orders/1", "ben").statusCode()).isEqualTo(429);
            assertThat(app.post("/actuator/sluice/rooms/sale", "{\"capacity\": 2}")
                            .statusCode())
                    .isEqualTo(200);
            time.advance(REFRESH);
            assertThat(app.get("/orders/1", "ben").statusCode()).isEqualTo(200);
            HttpResponse<String> closed = app.post("/actuator/sluice/rooms/sale", "{\"mode\": \"closed\"}");
            assertThat(closed.statusCode()).isEqualTo(200);
            time.advance(REFRESH);
            JsonNode room = app.json("/actuator/sluice").at("/rooms/sale");
            assertThat(room.get("mode").stringValue()).isEqualTo("closed");
            assertThat(room.get("capacity").intValue()).as("left as it was").isEqualTo(2);
            assertThat(app.get("/orders/1", "cem").statusCode()).isEqualTo(503);
        }

        @Test
        void raisesTheBoundOfAGuardAndLetsInWhoWaits() {
            app.start(backend);
            CompletableFuture<HttpResponse<String>> first = slow("/slow/1");
            await().until(() -> app.service.calls().size() == 1);
            CompletableFuture<HttpResponse<String>> second = slow("/slow/2");
            await().until(() ->
                    app.json("/actuator/sluice").at("/guards/shop/waiting").intValue() == 1);
            assertThat(app.post("/actuator/sluice/guards/shop", "{\"limit\": 2}")
                            .statusCode())
                    .isEqualTo(200);
            await().until(() -> app.service.calls().size() == 2);
            app.service.open();
            assertThat(first.join().statusCode()).isEqualTo(200);
            assertThat(second.join().statusCode()).isEqualTo(200);
        }

        @Test
        void callsAVisitorByTicketOrByName() {
            app.start(backend);
            app.get("/orders/1", "ann");
            enqueued("ben");
            String cem = enqueued("cem");
            String dan = enqueued("dan");
            assertThat(stateOf(cem)).isEqualTo("QUEUED");
            HttpResponse<String> byTicket =
                    app.post("/actuator/sluice/rooms/sale/call", "{\"ticket\": \"" + cem + "\"}");
            assertThat(byTicket.statusCode()).isEqualTo(200);
            assertThat(json(byTicket).get("state").stringValue()).isEqualTo("READY");
            assertThat(stateOf(cem)).isEqualTo("READY");
            assertThat(app.post("/actuator/sluice/rooms/sale/call", "{\"visitor\": \"h:dan\"}")
                            .statusCode())
                    .isEqualTo(200);
            assertThat(stateOf(dan)).isEqualTo("READY");
        }

        @Test
        void removesAVisitor() {
            app.start(backend);
            app.get("/orders/1", "ann");
            HttpResponse<String> removed = app.post("/actuator/sluice/rooms/sale/remove", "{\"visitor\": \"h:ann\"}");
            assertThat(removed.statusCode()).isEqualTo(200);
            assertThat(json(removed).get("was").stringValue()).isEqualTo("USED");
            assertThat(app.get("/orders/1", "ben").statusCode()).isEqualTo(200);
            assertThat(app.get("/orders/1", "ann").statusCode()).isEqualTo(429);
        }

        @Test
        void saysWhatIsWrongAndChangesNothing() {
            app.start(backend);
            JsonNode before = app.json("/actuator/sluice");
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
            assertRefused("doors/shop", "{\"limit\": 1}", 404, "limits, rooms and guards");
            assertRefused("rooms/sale/call", "{}", 400, "either \\\"ticket\\\" or \\\"visitor\\\"");
            assertRefused("rooms/sale/call", "{\"ticket\": \"guess\"}", 400, "not one of this room");
            assertRefused("rooms/sale/call", "{\"visitor\": \"h:nobody\"}", 404, "no such visitor");
            assertRefused("rooms/sale/push", "{\"visitor\": \"h:ann\"}", 404, "rooms/NAME/call");
            assertThat(app.json("/actuator/sluice")).isEqualTo(before);
        }

        private void assertRefused(String path, String body, int status, String message) {
            HttpResponse<String> refused = app.post("/actuator/sluice/" + path, body);
            assertThat(refused.statusCode()).as(refused.body()).isEqualTo(status);
            assertThat(json(refused).get("error").stringValue()).contains(message.replace("\\\"", "\""));
        }

        @Test
        void isNotThereUnlessExposed() {
            app.with("management.endpoints.web.exposure.include", "health").start(backend);
            assertThat(app.get("/actuator/sluice").statusCode()).isEqualTo(404);
            assertThat(app.post("/actuator/sluice/rooms/sale", "{\"capacity\": 2}")
                            .statusCode())
                    .isEqualTo(404);
        }
    }

    @Nested
    @DisplayName("a changed property")
    @ExtendWith(OutputCaptureExtension.class)
    class ChangedProperty {

        @Test
        void appliesWithoutARestart() {
            app.start(backend);
            app.refresh("sluice.limits.per-user.rate", "1/1m");
            assertThat(app.get("/api/1", "ann").statusCode()).isEqualTo(200);
            assertThat(app.get("/api/2", "ann").statusCode()).isEqualTo(429);
            app.refresh("sluice.rooms.sale.capacity", "2");
            app.get("/orders/1", "ann");
            assertThat(app.get("/orders/1", "ben").statusCode()).isEqualTo(200);
            app.refresh("sluice.guards.shop.limit", "7");
            assertThat(app.json("/actuator/sluice").at("/guards/shop/limit").intValue())
                    .isEqualTo(7);
        }

        @Test
        void thatIsInvalidIsRefusedWholeAndTheLogSaysWhy(CapturedOutput output) {
            app.start(backend);
            JsonNode before = app.json("/actuator/sluice");
            app.with("unused", "");
            app.refresh("sluice.guards.shop.limit", "0");
            app.refresh("sluice.limits.per-user.rate", "5/1m");
            assertThat(app.json("/actuator/sluice")).isEqualTo(before);
            assertThat(output).contains("is refused, what was before stays: sluice.guards.shop: A guard's limit lies");
            app.refresh("sluice.guards.shop.limit", "many");
            assertThat(app.json("/actuator/sluice")).isEqualTo(before);
            assertThat(output).contains("sluice.guards.shop.limit is \"many\"");
            app.refresh("sluice.guards.shop.limit", "2");
            assertThat(app.json("/actuator/sluice").at("/limits/per-user/rate").stringValue())
                    .isEqualTo("5/1m");
        }

        @Test
        void leavesAloneWhatTheEndpointChanged() {
            app.start(backend);
            app.post("/actuator/sluice/rooms/sale", "{\"mode\": \"paused\"}");
            app.post("/actuator/sluice/guards/shop", "{\"limit\": 9}");
            app.refresh("sluice.rooms.sale.capacity", "3");
            time.advance(REFRESH);
            JsonNode report = app.json("/actuator/sluice");
            assertThat(report.at("/rooms/sale/capacity").intValue()).isEqualTo(3);
            assertThat(report.at("/rooms/sale/mode").stringValue()).isEqualTo("paused");
            assertThat(report.at("/guards/shop/limit").intValue()).isEqualTo(9);
        }

        @Test
        void thatOnlyARestartAppliesIsNamedInTheLog(CapturedOutput output) {
            app.start(backend);
            app.refresh("sluice.rooms.sale.stay", "1m");
            app.refresh("sluice.waiting-room.path", "/wait");
            assertThat(output)
                    .contains("only a restart applies it: sluice.rooms.sale")
                    .contains("only a restart applies it: sluice.waiting-room");
        }

        @Test
        void thatIsSetUpAtStartIsNamedInTheLog(CapturedOutput output) {
            app.start(backend);
            app.refresh("sluice.trusted-proxies[0]", "10.0.0.0/8");
            app.refresh("sluice.rate-limit-headers", "both");
            app.refresh("sluice.pages.language", "ko");
            app.refresh("sluice.filters[0].path", "/api/**", "sluice.filters[0].limit", "per-user");
            assertThat(output)
                    .contains("only a restart applies it: sluice.trusted-proxies")
                    .contains("only a restart applies it: sluice.rate-limit-headers")
                    .contains("only a restart applies it: sluice.pages")
                    .contains("only a restart applies it: sluice.filters");
        }

        @Test
        void withWhichTheNextStartWouldFailIsRefused(CapturedOutput output) {
            app.start(backend);
            app.refresh("sluice.filters[0].path", "/api/**", "sluice.filters[0].room", "sail");
            assertThat(output).contains("sluice.filters[0]: There is no room \"sail\"");
            app.refresh("sluice.filters[0].room", "sale", "sluice.pages.language", "fr");
            assertThat(output).contains("what was before stays: sluice.pages.language is \"fr\"");
            app.refresh("sluice.pages.language", "en", "sluice.trusted-proxies[0]", "proxy");
            assertThat(output).contains("what was before stays: sluice.trusted-proxies has \"proxy\"");
            app.refresh("sluice.trusted-proxies[0]", "10.0.0.1", "sluice.waiting-room.path", "queue");
            assertThat(output).contains("what was before stays: sluice.waiting-room: path is \"queue\"");
        }

        @Test
        void bringsBackTheRoomThatWasRemoved() {
            app.start(backend);
            app.refresh("sluice.rooms.hall.capacity", "3");
            RoomGate hall = app.bean(HttpGate.class).room("hall");
            app.refreshWithout("sluice.rooms.hall.capacity");
            app.refresh("sluice.rooms.hall.capacity", "5");
            assertThat(app.bean(HttpGate.class).room("hall")).isSameAs(hall);
            time.advance(REFRESH);
            assertThat(app.json("/actuator/sluice").at("/rooms/hall/capacity").intValue())
                    .isEqualTo(5);
        }

        @Test
        void addsALimitThatWasNotThere() {
            app.start(backend);
            app.refresh("sluice.limits.search.rate", "3/1s");
            assertThat(app.json("/actuator/sluice").at("/limits/search/rate").stringValue())
                    .isEqualTo("3/1s");
        }
    }

    @Nested
    @DisplayName("shadow mode")
    class ShadowMode {

        @Test
        void ofALimitMarksInsteadOfRefusing() {
            app.with("sluice.limits.per-user.shadow", "true").start(backend);
            for (int i = 0; i < 2; i++) {
                HttpResponse<String> allowed = app.get("/api/" + i, "ann");
                assertThat(allowed.headers().firstValue("Sluice-Shadow")).isEmpty();
                assertThat(allowed.headers().firstValue("RateLimit")).isEmpty();
            }
            HttpResponse<String> marked = app.get("/api/3", "ann");
            assertThat(marked.statusCode()).isEqualTo(200);
            assertThat(marked.headers().firstValue("Sluice-Shadow")).hasValue("\"per-user\";kind=limit");
            assertThat(app.service.calls()).hasSize(3);
        }

        @Test
        void ofARoomMarksInsteadOfHolding() {
            app.with("sluice.rooms.sale.shadow", "true").start(backend);
            assertThat(app.get("/orders/1", "ann").headers().firstValue("Sluice-Shadow"))
                    .isEmpty();
            HttpResponse<String> marked = app.get("/orders/1", "ben");
            assertThat(marked.statusCode()).isEqualTo(200);
            assertThat(marked.headers().firstValue("Sluice-Shadow")).hasValue("\"sale\";kind=room");
            time.advance(REFRESH);
            assertThat(app.json("/actuator/sluice").at("/rooms/sale/inside").intValue())
                    .isEqualTo(1);
        }

        @Test
        void ofAGuardHoldsNobody() {
            app.with("sluice.guards.shop.shadow", "true").start(backend);
            CompletableFuture<HttpResponse<String>> first = slow("/slow/1");
            await().until(() -> app.service.calls().size() == 1);
            CompletableFuture<HttpResponse<String>> second = slow("/slow/2");
            await().until(() -> app.service.calls().size() == 2);
            assertThat(app.json("/actuator/sluice").at("/guards/shop/waiting").intValue())
                    .isEqualTo(1);
            app.service.open();
            assertThat(first.join().headers().firstValue("Sluice-Shadow")).isEmpty();
            assertThat(second.join().headers().firstValue("Sluice-Shadow")).hasValue("\"shop\";kind=guard");
            await().until(() ->
                    app.json("/actuator/sluice").at("/guards/shop/inFlight").intValue() == 0);
            assertThat(app.json("/actuator/sluice").at("/guards/shop/waiting").intValue())
                    .isZero();
        }

        @Test
        void endsWhenItIsSwitchedOff() {
            app.with("sluice.limits.per-user.shadow", "true").start(backend);
            for (int i = 0; i < 3; i++) {
                assertThat(app.get("/api/" + i, "ann").statusCode()).isEqualTo(200);
            }
            app.post("/actuator/sluice/limits/per-user", "{\"shadow\": false}");
            assertThat(app.get("/api/4", "ann").statusCode()).isEqualTo(429);
        }
    }

    @Nested
    @DisplayName("health")
    class Health {

        @Test
        void isUpWithDetails() {
            app.start(backend);
            JsonNode health = app.json("/actuator/health").at("/components/sluice");
            assertThat(health.get("status").stringValue()).isEqualTo("UP");
            assertThat(health.at("/details/backend").stringValue()).isEqualTo("local");
            assertThat(health.at("/details/store").stringValue()).isEqualTo("answers");
        }
    }

    @Nested
    @DisplayName("meters")
    class Meters {

        private double value(String meter, String... tags) {
            StringBuilder path = new StringBuilder("/actuator/metrics/").append(meter);
            for (int i = 0; i < tags.length; i++) {
                path.append(i == 0 ? "?tag=" : "&tag=").append(tags[i]);
            }
            JsonNode found = app.json(path.toString());
            assertThat(found.has("measurements")).as(path.toString()).isTrue();
            return found.at("/measurements/0/value").doubleValue();
        }

        @Test
        void countDecisionsByLimitOutcomeAndSource() {
            app.start(backend);
            for (int i = 0; i < 3; i++) {
                app.get("/api/" + i, "ann");
            }
            assertThat(value("sluice.limit.decisions", "limit:per-user", "outcome:allowed", "source:store"))
                    .isEqualTo(2);
            assertThat(value("sluice.limit.decisions", "limit:per-user", "outcome:refused"))
                    .isEqualTo(1);
            assertThat(value("sluice.limit.decisions", "outcome:shadowed")).isZero();
            assertThat(value("sluice.limit.forgiven", "limit:per-user")).isZero();
        }

        @Test
        void showTheFiguresOfARoom() {
            app.start(backend);
            app.get("/orders/1", "ann");
            String ben = enqueued("ben");
            enqueued("cem");
            enqueued("dan");
            app.send(app.to("/queue/tickets/" + ben).DELETE());
            app.post("/actuator/sluice/rooms/sale", "{\"capacity\": 5}");
            time.advance(REFRESH);
            assertThat(value("sluice.room.inside", "room:sale")).isEqualTo(1);
            assertThat(value("sluice.room.capacity", "room:sale")).isEqualTo(5);
            assertThat(value("sluice.room.entries", "room:sale")).isEqualTo(1);
            assertThat(value("sluice.room.joins", "room:sale")).isEqualTo(3);
            assertThat(value("sluice.room.abandonments", "room:sale")).isEqualTo(1);
            assertThat(value("sluice.room.called") + value("sluice.room.waiting"))
                    .isEqualTo(2);
            assertThat(value("sluice.room.calls", "room:sale")).isPositive();
        }

        @Test
        void measureHowLongAVisitorWaited() {
            app.start(backend);
            String ann = enqueued("ann");
            time.advance(Duration.ofSeconds(3));
            String gateToken =
                    app.json("/queue/status?ticketId=" + ann).get("gateToken").stringValue();
            for (int repeated = 0; repeated < 2; repeated++) {
                app.send(app.to("/queue/enter")
                        .header("Authorization", "ann")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                "{\"ticketId\":\"" + ann + "\",\"gateToken\":\"" + gateToken + "\"}")));
            }
            JsonNode entries = app.json("/actuator/metrics/sluice.room.entries?tag=room:sale");
            assertThat(entries.at("/measurements/0/value").doubleValue()).isEqualTo(1);
            assertThat(entries.at("/measurements/1/value").doubleValue()).isBetween(3.0, 4.0);
        }

        @Test
        void showWhatAGuardHoldsAndSheds() {
            app.start(backend);
            CompletableFuture<HttpResponse<String>> first = slow("/slow/1");
            await().until(() -> app.service.calls().size() == 1);
            CompletableFuture<HttpResponse<String>> second = slow("/slow/2");
            await().until(() -> value("sluice.guard.waiting", "guard:shop") == 1);
            assertThat(value("sluice.guard.in.flight", "guard:shop")).isEqualTo(1);
            assertThat(value("sluice.guard.limit", "guard:shop")).isEqualTo(1);
            time.advance(Duration.ofSeconds(5));
            assertThat(second.join().statusCode()).isEqualTo(503);
            assertThat(value("sluice.guard.wait", "guard:shop", "outcome:refused"))
                    .isEqualTo(1);
            app.service.open();
            first.join();
            assertThat(value("sluice.guard.wait", "guard:shop", "outcome:allowed"))
                    .isEqualTo(1);
            assertThat(value("sluice.hold", "kind:guard", "name:shop", "outcome:refused"))
                    .isEqualTo(1);
        }

        @Test
        void outliveACollectionOfGarbage() {
            app.start(backend);
            enqueued("ann");
            collectGarbage();
            assertThat(value("sluice.room.capacity", "room:sale")).isEqualTo(1);
            assertThat(value("sluice.room.calls", "room:sale")).isEqualTo(1);
            assertThat(value("sluice.guard.limit", "guard:shop")).isEqualTo(1);
            assertThat(value("sluice.limit.forgiven", "limit:per-user")).isZero();
            assertThat(value("sluice.backend.gateways")).isEqualTo(1);
        }

        private void collectGarbage() {
            WeakReference<Object> canary = new WeakReference<>(new Object());
            await().until(() -> {
                System.gc();
                return canary.get() == null;
            });
        }

        @Test
        void showWhatALiveChangeHasMadeOfAGuard() {
            app.start(backend);
            app.refresh("sluice.guards.shop.limit", "7");
            assertThat(value("sluice.guard.limit", "guard:shop")).isEqualTo(7);
        }

        @Test
        void tellWhetherTheStoreAnswers() {
            app.start(backend);
            assertThat(value("sluice.backend.available")).isEqualTo(1);
            assertThat(value("sluice.backend.gateways")).isEqualTo(1);
        }
    }
}
