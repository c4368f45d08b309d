package io.sluice.spring;

import static io.sluice.spring.Http.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.ForwardingBackend;
import io.sluice.Room;
import java.lang.ref.WeakReference;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;

/** What whoever runs an application sees and changes, where it is the same on all web stacks. */
class OperationsTest extends OperationsFixture {

    OperationsTest() {
        super(GatewayStack.onWebFlux(App.Empty.class));
    }

    @BeforeEach
    void log() {
        properties.put("logging.level.root", "warn");
    }

    @Nested
    @DisplayName("the endpoint")
    class TheEndpoint {

        @Test
        void callsAVisitorByTicketOrByName() {
            started();
            get("/orders/1", "ann");
            enqueued("ben");
            String cem = enqueued("cem");
            String dan = enqueued("dan");
            assertThat(status(cem).get("state").stringValue()).isEqualTo("QUEUED");
            HttpResponse<String> byTicket = change("rooms/sale/call", "{\"ticket\": \"" + cem + "\"}");
            assertThat(byTicket.statusCode()).isEqualTo(200);
            assertThat(json(byTicket).get("state").stringValue()).isEqualTo("READY");
            assertThat(status(cem).get("state").stringValue()).isEqualTo("READY");
            assertThat(change("rooms/sale/call", "{\"visitor\": \"h:dan\"}").statusCode())
                    .isEqualTo(200);
            assertThat(status(dan).get("state").stringValue()).isEqualTo("READY");
        }

        @Test
        void removesAVisitor() {
            started();
            get("/orders/1", "ann");
            HttpResponse<String> removed = change("rooms/sale/remove", "{\"visitor\": \"h:ann\"}");
            assertThat(removed.statusCode()).isEqualTo(200);
            assertThat(json(removed).get("was").stringValue()).isEqualTo("USED");
            assertThat(get("/orders/1", "ben").statusCode()).isEqualTo(200);
            assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(429);
        }

        @Test
        void endsShadowMode() {
            properties.put("sluice.limits.per-user.shadow", "true");
            started();
            for (int i = 0; i < 3; i++) {
                assertThat(get("/api/" + i, "ann").statusCode()).isEqualTo(200);
            }
            change("limits/per-user", "{\"shadow\": false}");
            assertThat(get("/api/4", "ann").statusCode()).isEqualTo(429);
        }

        @Test
        void isNotThereUnlessExposed() {
            properties.put("management.endpoints.web.exposure.include", "health");
            started();
            assertThat(send(to("/actuator/sluice")).statusCode()).isEqualTo(404);
            assertThat(change("rooms/sale", "{\"capacity\": 2}").statusCode()).isEqualTo(404);
        }
    }

    @Nested
    @DisplayName("a changed property")
    @ExtendWith(OutputCaptureExtension.class)
    class ChangedProperty {

        @Test
        void thatIsInvalidIsRefusedWholeAndTheLogSaysWhy(CapturedOutput output) {
            started();
            JsonNode before = report();
            app().refresh("sluice.guards.shop.limit", "0");
            app().refresh("sluice.limits.per-user.rate", "5/1m");
            assertThat(report()).isEqualTo(before);
            assertThat(output).contains("is refused, what was before stays: sluice.guards.shop: A guard's limit lies");
            app().refresh("sluice.guards.shop.limit", "many");
            assertThat(report()).isEqualTo(before);
            assertThat(output).contains("sluice.guards.shop.limit is \"many\"");
            app().refresh("sluice.guards.shop.limit", "2");
            assertThat(report().at("/limits/per-user/rate").stringValue()).isEqualTo("5/1m");
        }

        @Test
        void leavesAloneWhatTheEndpointChanged() {
            started();
            change("rooms/sale", "{\"mode\": \"paused\"}");
            change("guards/shop", "{\"limit\": 9}");
            app().refresh("sluice.rooms.sale.capacity", "3");
            time.advance(REFRESH);
            JsonNode report = report();
            assertThat(report.at("/rooms/sale/capacity").intValue()).isEqualTo(3);
            assertThat(report.at("/rooms/sale/mode").stringValue()).isEqualTo("paused");
            assertThat(report.at("/guards/shop/limit").intValue()).isEqualTo(9);
        }

        @Test
        void thatOnlyARestartAppliesIsNamedInTheLog(CapturedOutput output) {
            started();
            app().refresh("sluice.rooms.sale.stay", "1m");
            app().refresh("sluice.waiting-room.path", "/wait");
            assertThat(output)
                    .contains("only a restart applies it: sluice.rooms.sale")
                    .contains("only a restart applies it: sluice.waiting-room");
        }

        @Test
        void thatIsSetUpAtStartIsNamedInTheLog(CapturedOutput output) {
            started();
            app().refresh("sluice.trusted-proxies[0]", "10.0.0.0/8");
            app().refresh("sluice.rate-limit-headers", "both");
            app().refresh("sluice.pages.language", "ko");
            app().refresh("sluice.filters[0].path", "/api/**", "sluice.filters[0].limit", "per-user");
            assertThat(output)
                    .contains("only a restart applies it: sluice.trusted-proxies")
                    .contains("only a restart applies it: sluice.rate-limit-headers")
                    .contains("only a restart applies it: sluice.pages")
                    .contains("only a restart applies it: sluice.filters");
        }

        @Test
        void withWhichTheNextStartWouldFailIsRefused(CapturedOutput output) {
            started();
            app().refresh("sluice.filters[0].path", "/api/**", "sluice.filters[0].room", "sail");
            assertThat(output).contains("sluice.filters[0]: There is no room \"sail\"");
            app().refresh("sluice.filters[0].room", "sale", "sluice.pages.language", "fr");
            assertThat(output).contains("what was before stays: sluice.pages.language is \"fr\"");
            app().refresh("sluice.pages.language", "en", "sluice.trusted-proxies[0]", "proxy");
            assertThat(output).contains("what was before stays: sluice.trusted-proxies has \"proxy\"");
            app().refresh("sluice.trusted-proxies[0]", "10.0.0.1", "sluice.waiting-room.path", "queue");
            assertThat(output).contains("what was before stays: sluice.waiting-room: path is \"queue\"");
        }

        @Test
        void bringsBackTheRoomThatWasRemoved() {
            started();
            app().refresh("sluice.rooms.hall.capacity", "3");
            RoomGate hall = app().bean(HttpGate.class).room("hall");
            app().refreshWithout("sluice.rooms.hall.capacity");
            app().refresh("sluice.rooms.hall.capacity", "5");
            assertThat(app().bean(HttpGate.class).room("hall")).isSameAs(hall);
            time.advance(REFRESH);
            assertThat(report().at("/rooms/hall/capacity").intValue()).isEqualTo(5);
        }

        @Test
        void addsALimitThatWasNotThere() {
            started();
            app().refresh("sluice.limits.search.rate", "3/1s");
            assertThat(report().at("/limits/search/rate").stringValue()).isEqualTo("3/1s");
        }
    }

    @Nested
    @DisplayName("a room that runs already")
    @ExtendWith(OutputCaptureExtension.class)
    class RoomThatRunsAlready {

        @Test
        void keepsItsCapacityAndModeAndTheLogSaysSoOnce(CapturedOutput output) {
            startedOnAStoreThatHas(5, Room.Mode.PAUSED);
            assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(429);
            assertThat(report().at("/rooms/sale/capacity").intValue()).isEqualTo(5);
            time.advance(REFRESH);
            assertThat(report().at("/rooms/sale/mode").stringValue()).isEqualTo("paused");
            assertThat(output)
                    .containsOnlyOnce("Room sale runs already with capacity 5, mode paused, and keeps that. It is"
                            + " configured here with capacity 1, mode open");
        }

        @Test
        void asItIsConfiguredIsNotWorthAWord(CapturedOutput output) {
            startedOnAStoreThatHas(1, Room.Mode.OPEN);
            change("rooms/sale", "{\"capacity\": 2}");
            time.advance(REFRESH);
            get("/orders/1", "ann");
            assertThat(output).doesNotContain("runs already");
        }

        private void startedOnAStoreThatHas(int capacity, Room.Mode mode) {
            started(new ForwardingBackend(backend, room -> {
                room.configure(capacity, mode).toCompletableFuture().join();
                return room;
            }));
        }
    }

    @Nested
    @DisplayName("meters")
    class Meters {

        @Test
        void countDecisionsByLimitOutcomeAndSource() {
            started();
            for (int i = 0; i < 3; i++) {
                get("/api/" + i, "ann");
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
            started();
            get("/orders/1", "ann");
            String ben = enqueued("ben");
            enqueued("cem");
            enqueued("dan");
            send(to("/queue/tickets/" + ben).DELETE());
            change("rooms/sale", "{\"capacity\": 5}");
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
            started();
            String ann = enqueued("ann");
            time.advance(Duration.ofSeconds(3));
            String gateToken = status(ann).get("gateToken").stringValue();
            for (int repeated = 0; repeated < 2; repeated++) {
                assertThat(enter("ann", ann, gateToken).statusCode()).isEqualTo(201);
            }
            JsonNode entries = json(send(to("/actuator/metrics/sluice.room.entries?tag=room:sale")));
            assertThat(entries.at("/measurements/0/value").doubleValue()).isEqualTo(1);
            assertThat(entries.at("/measurements/1/value").doubleValue()).isBetween(3.0, 4.0);
        }

        @Test
        void showWhatAGuardHoldsAndSheds() {
            started();
            CompletableFuture<HttpResponse<String>> first = getAsync("/slow/1", "ann");
            await().until(() -> service.calls().size() == 1);
            CompletableFuture<HttpResponse<String>> second = getAsync("/slow/2", "ann");
            await().until(() -> value("sluice.guard.waiting", "guard:shop") == 1);
            assertThat(value("sluice.guard.in.flight", "guard:shop")).isEqualTo(1);
            assertThat(value("sluice.guard.limit", "guard:shop")).isEqualTo(1);
            time.advance(Duration.ofSeconds(5));
            assertThat(second.join().statusCode()).isEqualTo(503);
            assertThat(value("sluice.guard.wait", "guard:shop", "outcome:refused"))
                    .isEqualTo(1);
            service.open();
            first.join();
            assertThat(value("sluice.guard.wait", "guard:shop", "outcome:allowed"))
                    .isEqualTo(1);
            assertThat(value("sluice.hold", "kind:guard", "name:shop", "outcome:refused"))
                    .isEqualTo(1);
        }

        @Test
        void outliveACollectionOfGarbage() {
            started();
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
            started();
            app().refresh("sluice.guards.shop.limit", "7");
            assertThat(value("sluice.guard.limit", "guard:shop")).isEqualTo(7);
        }

        @Test
        void tellWhetherTheStoreAnswers() {
            started();
            assertThat(value("sluice.backend.available")).isEqualTo(1);
            assertThat(value("sluice.backend.gateways")).isEqualTo(1);
        }
    }
}
