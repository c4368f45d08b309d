package io.sluice.spring;

import static io.sluice.spring.Http.header;
import static io.sluice.spring.Http.json;
import static io.sluice.spring.Http.members;
import static io.sluice.spring.Http.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.Bound;
import io.sluice.ForwardingBackend;
import io.sluice.Guard;
import io.sluice.Room;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

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
        void showsWhatTheDocumentPrints() {
            properties.keySet().removeIf(name -> name.startsWith("sluice.") || name.contains(".routes"));
            properties.putAll(PrintedYaml.properties(
                    PrintedYaml.blocks("docs/getting-started.md").get(0)));
            started();
            Matcher printed = Pattern.compile("```json\\n(.*?)```", Pattern.DOTALL)
                    .matcher(PrintedYaml.page("docs/operations.md"));
            assertThat(printed.find()).isTrue();
            assertThat(JsonMapper.shared().readTree(printed.group(1))).isEqualTo(report());
        }

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
            get("/orders/1", "Basic ann");
            HttpResponse<String> removed = change("rooms/sale/remove", "{\"visitor\": \"h:Basic ann\"}");
            assertThat(removed.statusCode()).isEqualTo(200);
            assertThat(json(removed).get("was").stringValue()).isEqualTo("USED");
            assertThat(get("/orders/1", "ben").statusCode()).isEqualTo(200);
            assertThat(get("/orders/1", "Basic ann").statusCode()).isEqualTo(429);
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
            app().refresh("sluice.guards.shop.limit", "2", "sluice.guards.shop.max-wiat", "1s");
            assertThat(report()).isEqualTo(before);
            assertThat(output).contains("what was before stays: There is no property sluice.guards.shop.max-wiat");
            app().refreshWithout("sluice.guards.shop.max-wiat");
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
            app().refresh("sluice.waiting-room.refresh", "1s");
            app().refresh("sluice.filter-order", "-200");
            assertThat(output)
                    .contains("only a restart applies it: sluice.rooms.sale")
                    .contains("only a restart applies it: sluice.waiting-room.path")
                    .contains("only a restart applies it: sluice.waiting-room.refresh")
                    .contains("only a restart applies it: sluice.filter-order");
            get("/orders/1", "ann");
            assertThat(json(get("/orders/1", "ben")).get("enqueue").stringValue())
                    .as("where the endpoints are")
                    .isEqualTo("/queue/enqueue");
        }

        private void limits(String... names) {
            for (String name : names) {
                properties.put("sluice.limits." + name + ".rate", "1/1m");
                properties.put("sluice.limits." + name + ".key", "header:Authorization");
            }
            routed("/filtered/**");
        }

        private void refreshFilters(String... limits) {
            List<String> filters = new ArrayList<>();
            for (int i = 0; i < limits.length; i++) {
                String filter = "sluice.filters[" + i + "].";
                filters.addAll(List.of(filter + "path", "/filtered/**", filter + "limit", limits[i]));
            }
            app().refresh(filters.toArray(String[]::new));
        }

        private String refusing(HttpResponse<String> refused) {
            assertThat(refused.statusCode()).isEqualTo(429);
            return json(refused).at("/violated-policies/0").stringValue();
        }

        @Test
        void filtersReorderedByRefreshActInTheNewOrder() {
            limits("one", "two");
            started();
            refreshFilters("one", "two");
            assertThat(members(get("/filtered/1", "ann"), "RateLimit")).containsOnlyKeys("one", "two");
            assertThat(refusing(get("/filtered/2", "ann"))).isEqualTo("one");
            refreshFilters("two", "one");
            assertThat(refusing(get("/filtered/3", "ann"))).isEqualTo("two");
        }

        @Test
        void filtersRemovedByRefreshProtectNothing() {
            limits("one");
            stack.filter(properties, Map.of("path", "/filtered/**", "limit", "one"));
            started();
            get("/filtered/1", "ann");
            assertThat(refusing(get("/filtered/2", "ann"))).isEqualTo("one");
            app().refresh("sluice.filters", "");
            assertThat(get("/filtered/3", "ann").statusCode()).isEqualTo(200);
        }

        @Test
        void filterThatNamesAnUnknownLimitIsRefusedAndTheOldOnesStay(CapturedOutput output) {
            limits("one");
            started();
            refreshFilters("one");
            app().refresh("sluice.filters[0].limit", "oen", "sluice.rate-limit-headers", "none");
            assertThat(output).contains("what was before stays: sluice.filters[0]: There is no limit \"oen\"");
            assertThat(members(get("/filtered/1", "ann"), "RateLimit")).containsOnlyKeys("one");
            assertThat(refusing(get("/filtered/2", "ann"))).isEqualTo("one");
        }

        @Test
        void filterThatCostsMoreThanItsLimitGrantsIsRefused(CapturedOutput output) {
            limits("one");
            started();
            refreshFilters("one");
            app().refresh("sluice.filters[0].permits", "2");
            assertThat(output)
                    .contains("what was before stays: sluice.filters[0]: A call on the limit \"one\" costs 1");
            app().refresh("sluice.limits.one.rate", "2/1m");
            assertThat(get("/filtered/1", "ann").statusCode()).isEqualTo(200);
            assertThat(refusing(get("/filtered/2", "ann"))).isEqualTo("one");
        }

        @Test
        void filtersMayCostMoreThanWhatTheEndpointHasLeftOfTheirLimit() {
            routed("/filtered/**");
            started();
            change("limits/per-user", "{\"rate\": \"1/1m\"}");
            app().refresh(
                            "sluice.filters[0].path", "/filtered/**",
                            "sluice.filters[0].limit", "per-user",
                            "sluice.filters[0].permits", "2");
            assertThat(get("/filtered/1", "ann").statusCode()).isEqualTo(200);
            assertThat(refusing(get("/filtered/2", "ann"))).isEqualTo("per-user");
        }

        @Test
        void proxyTrustedByRefreshTellsTheAddress() {
            properties.put("sluice.limits.per-user.key", "address");
            started();
            assertThat(forwarded("/api/1").statusCode()).isEqualTo(200);
            assertThat(forwarded("/api/2").statusCode()).isEqualTo(200);
            assertThat(forwarded("/api/3").statusCode()).isEqualTo(429);
            app().refresh("sluice.trusted-proxies[0]", "127.0.0.0/8");
            assertThat(forwarded("/api/4").statusCode()).isEqualTo(200);
            app().refresh("sluice.trusted-proxies", "");
            assertThat(forwarded("/api/5").statusCode()).isEqualTo(429);
        }

        private HttpResponse<String> forwarded(String path) {
            return send(to(path).header("X-Forwarded-For", "203.0.113.7"));
        }

        @Test
        void headersChangedByRefreshAreThoseOfTheNextAnswer() {
            started();
            HttpResponse<String> before = get("/api/1", "ann");
            assertThat(header(before, "RateLimit")).isNotEmpty();
            assertThat(header(before, "X-RateLimit-Limit")).isEmpty();
            app().refresh("sluice.rate-limit-headers", "legacy");
            HttpResponse<String> after = get("/api/2", "ann");
            assertThat(header(after, "RateLimit")).isEmpty();
            assertThat(header(after, "X-RateLimit-Limit")).isEqualTo("2");
        }

        @Test
        void pagesChangedByRefreshAreReadAnew(@TempDir Path folder) throws IOException {
            Path texts = folder.resolve("messages_en.properties");
            started();
            app().refresh("sluice.rooms.sale.capacity", "0");
            time.advance(REFRESH);
            assertThat(page().body()).contains("<html lang=\"en\"");
            Files.writeString(texts, "waiting.title=Hold on");
            app().refresh("sluice.pages.location", folder.toUri().toString());
            assertThat(page().body()).contains("<h1 data-sluice=\"title\">Hold on</h1>");
            Files.writeString(texts, "waiting.title=Nearly there");
            app().refresh("sluice.pages.language", "ko");
            assertThat(page().body()).contains("<html lang=\"ko\"");
            app().refresh("sluice.pages.language", "en");
            assertThat(page().body()).contains("Nearly there");
        }

        private HttpResponse<String> page() {
            return send(to("/orders/1", "ann").header("Accept", "text/html"));
        }

        @Test
        void statusesAndCookiesOfRoomsChangedByRefreshAreThoseOfTheNextAnswer() {
            started();
            get("/orders/1", "ann");
            time.advance(REFRESH);
            assertThat(get("/orders/1", "ben").statusCode()).isEqualTo(429);
            app().refresh(
                            "sluice.waiting-room.page-status", "200",
                            "sluice.waiting-room.api-status", "503",
                            "sluice.waiting-room.secure-cookies", "always");
            HttpResponse<String> waits = get("/orders/1", "ben");
            assertThat(waits.statusCode()).isEqualTo(503);
            assertThat(problem(waits).get("status").intValue()).isEqualTo(503);
            HttpResponse<String> page = send(to("/orders/1", "cem").header("Accept", "text/html"));
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(header(page, "Set-Cookie")).startsWith("__Host-sluice-sale=");
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
            app().refresh("sluice.waiting-room.path", "/queue", "sluice.waiting-room.refresh", "0ms");
            assertThat(output).contains("what was before stays: sluice.rooms.sale: A room's refresh lies between");
            app().refresh("sluice.waiting-room.refresh", "200ms", "sluice.secret", "short");
            assertThat(output).contains("what was before stays: sluice.secret: A secret");
            app().refresh("sluice.secret", "${NOBODY_SETS_THIS}");
            assertThat(output).contains("what was before stays: sluice.secret: the placeholder ${NOBODY_SETS_THIS}");
            assertThat(header(get("/api/1", "ann"), "Sluice-Pass"))
                    .as("no filter's room")
                    .isEmpty();
        }

        @Test
        void trustsNoProxyWhoseAddressIsReplaced(CapturedOutput output) {
            properties.put("server.forward-headers-strategy", "framework");
            started();
            TrustedProxies before = trusted();
            app().refresh("sluice.trusted-proxies", "10.0.0.0/8");
            assertThat(output).contains("what was before stays: sluice.trusted-proxies cannot be kept to: with server");
            assertThat(trusted()).isSameAs(before);
        }

        private TrustedProxies trusted() {
            return app().bean(HttpGate.class).settings().now().proxies();
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
    @DisplayName("rooms whose store does not answer")
    @ExtendWith(OutputCaptureExtension.class)
    class RoomsWithoutAStore {

        @Test
        void areEachNamedInTheLogOnce(CapturedOutput output) {
            properties.put("sluice.rooms.hall.capacity", "1");
            started();
            backend.close();
            for (String room : List.of("sale", "hall", "sale", "hall")) {
                HttpResponse<String> answer = post("/queue/enqueue", "ann", "{\"eventId\": \"" + room + "\"}");
                assertThat(answer.statusCode()).isEqualTo(503);
            }
            assertThat(output)
                    .containsOnlyOnce("The waiting room sale did not answer")
                    .containsOnlyOnce("The waiting room hall did not answer");
        }
    }

    @Nested
    @DisplayName("a guard with slow calls")
    @ExtendWith(OutputCaptureExtension.class)
    class GuardWithSlowCalls {

        @Test
        void isNamedInTheLogIfTheFirstToBeTakenBackAreSeveral(CapturedOutput output) throws InterruptedException {
            properties.put("sluice.guards.shop.limit", "3");
            properties.put("sluice.guards.shop.max-hold", "2s");
            started();
            Guard guard = app().bean(HttpGate.class).guard("shop").guard();
            for (int i = 0; i < 3; i++) {
                guard.acquire("slow-" + i);
            }
            guard.redefine(
                    Bound.named("shop").limit(1).maxHold(Duration.ofSeconds(2)).build());
            time.advance(Duration.ofSeconds(2));
            guard.acquire("ann");
            assertThat(guard.takenBack()).isEqualTo(3);
            assertThat(output).containsOnlyOnce("The guard shop has given the permit");
        }

        @Test
        void isNamedInTheLogOnceAMinuteAndNoCallerIs(CapturedOutput output) throws InterruptedException {
            properties.put("sluice.guards.shop.max-hold", "2s");
            started();
            Guard guard = app().bean(HttpGate.class).guard("shop").guard();
            Guard.Permit late = guard.acquire("slow");
            for (int i = 1; i < 40; i++) {
                time.advance(Duration.ofSeconds(2));
                Guard.Permit next = guard.acquire("slow-" + i);
                late.release();
                late = next;
            }
            assertThat(guard.takenBack()).isEqualTo(39);
            assertThat(output.toString().lines().filter(line -> line.contains("The guard shop has given the permit")))
                    .hasSize(2)
                    .noneMatch(line -> line.contains("slow-"))
                    .allMatch(line -> line.contains("raise maxHold"));
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
            CompletableFuture<HttpResponse<String>> first = underWay("/slow/1", "ann");
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
        void countTurnsThatWereTakenBack() {
            properties.put("sluice.guards.shop.key", "header:Authorization");
            properties.put("sluice.guards.shop.max-hold", "2s");
            started();
            CompletableFuture<HttpResponse<String>> first = underWay("/slow/1", "ann");
            CompletableFuture<HttpResponse<String>> second = getAsync("/slow/2", "ben");
            await().until(() -> value("sluice.guard.waiting", "guard:shop") == 1);
            time.advance(Duration.ofSeconds(2));
            await().until(() -> service.calls().size() == 2);
            assertThat(value("sluice.guard.overdue", "guard:shop")).isEqualTo(1);
            assertThat(value("sluice.guard.in.flight", "guard:shop")).isEqualTo(1);
            service.open();
            first.join();
            second.join();
            await().until(() -> value("sluice.guard.overdue", "guard:shop") == 0);
            assertThat(value("sluice.guard.taken.back", "guard:shop")).isEqualTo(1);
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
            assertThat(value("sluice.guard.share", "guard:shop")).isEqualTo(7);
        }

        @Test
        void tellWhetherTheStoreAnswers() {
            started();
            assertThat(value("sluice.backend.available")).isEqualTo(1);
            assertThat(value("sluice.backend.gateways")).isEqualTo(1);
        }
    }
}
