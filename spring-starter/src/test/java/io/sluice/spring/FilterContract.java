package io.sluice.spring;

import static io.sluice.spring.Http.header;
import static io.sluice.spring.Http.members;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What {@code sluice.filters} protect, and what is wrong with those that cannot be. */
abstract class FilterContract extends WebContract {

    FilterContract(WebStack stack) {
        super(stack);
    }

    private void filter(Map<String, String> filter) {
        stack.filter(properties, filter);
    }

    @Test
    void applyByPathAndMethodOneAfterTheOther() {
        properties.put("sluice.limits.writes.rate", "1/1m");
        properties.put("sluice.limits.writes.key", "header:Authorization");
        routed("/**");
        filter(Map.of("path", "/api/**", "limit", "per-user"));
        filter(Map.of("path", "/api/{what}", "methods[0]", "post", "limit", "writes"));
        started();
        assertThat(members(post("/api/orders", "ann", ""), "RateLimit")).containsOnlyKeys("per-user", "writes");
        assertThat(members(get("/api/orders", "ann"), "RateLimit")).containsOnlyKeys("per-user");
        assertThat(header(get("/other", "ann"), "RateLimit")).isEmpty();
    }

    @Test
    void mayLackTheLeadingSlashAsMappingsOfSpringMay() {
        routed("/**");
        filter(Map.of("path", "api/{what}", "limit", "per-user"));
        started();
        assertThat(members(get("/api/orders", "ann"), "RateLimit")).containsOnlyKeys("per-user");
    }

    @Test
    void applyToWhatAPathMayBeTakenFor() throws IOException {
        routed("/**");
        filter(Map.of("path", "/orders/{number}", "limit", "per-user"));
        started();
        for (String path : List.of(
                "//orders/1",
                "/orders//1",
                "/./orders/1",
                "/orders/2/../1",
                "/..a/../orders/1",
                "/a/..;b/orders/1",
                "/;a/orders/1",
                "/a/%2e%2E/orders/1",
                "/a/.%2e/orders/1",
                "/orders/1/",
                "/orders/1//",
                "/orders/1/.",
                "/%2E/orders/1")) {
            assertThat(sendRaw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: " + path.hashCode()
                            + "\r\nConnection: close\r\n\r\n"))
                    .as(path)
                    .containsIgnoringCase("RateLimit: \"per-user\"");
        }
        assertThat(sendRaw("GET /orders/2/../../1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .as("another path")
                .doesNotContainIgnoringCase("RateLimit:");
    }

    @Test
    void mayMatchWithoutRegardToCase() {
        routed("/**");
        filter(Map.of("path", "/{orders:(?i)orders}/**", "limit", "per-user"));
        started();
        assertThat(get("/Orders/1", "ann").headers().map()).containsKey("RateLimit");
    }

    @Test
    void mayLeaveOutTheActuatorAloneAsPrinted() {
        properties.put("sluice.rooms.event-1.capacity", "0");
        routed("/**");
        String printed = PrintedYaml.blocks("docs/configuration.md").stream()
                .filter(block -> block.contains("actuator"))
                .findFirst()
                .orElseThrow();
        PrintedYaml.properties(printed).forEach((name, value) -> {
            if (name.startsWith("sluice.filters")) {
                properties.put(name, value);
            }
        });
        started();
        for (String path : List.of("/", "/orders", "/orders/1", "/actuators", "/actuator-docs/1")) {
            assertThat(get(path, "ann").statusCode()).as(path).isEqualTo(429);
        }
        for (String path : List.of("/actuator", "/actuator/", "/actuator/health")) {
            assertThat(get(path, "ann").statusCode()).as(path).isNotEqualTo(429);
        }
    }

    @Test
    void mayNameSeveralProtections() {
        routed("/**");
        filter(Map.of("path", "/api/**", "limit", "per-user", "room", "sale", "guard", "shop"));
        started();
        HttpResponse<String> first = get("/api/1", "ann");
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(header(first, "Sluice-Pass")).isNotEmpty();
        assertThat(get("/api/1", "ben").statusCode()).isEqualTo(429);
    }

    @Test
    void leaveTheWayIntoTheRoomOpen() {
        routed("/**");
        filter(Map.of("path", "/**", "room", "sale"));
        filter(Map.of("path", "/**", "guard", "shop"));
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

    @Test
    void leaveNothingElseOpenAtThePathsOfTheWay() {
        routed("/**");
        filter(Map.of("path", "/**", "room", "sale"));
        started();
        assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/queue/enqueue", "ben").statusCode()).isEqualTo(429);
        assertThat(post("/queue/status", "ben", "").statusCode()).isEqualTo(429);
        assertThat(enqueued("ben")).isNotEmpty();
    }

    private void leave(String user) {
        assertThat(get("/done", user).statusCode()).isEqualTo(200);
    }

    @Test
    void mayComeWithTheFirstRoomAndItsEndpoints() {
        properties.keySet().removeIf(name -> name.startsWith("sluice.rooms."));
        routed("/**");
        filter(Map.of("path", "/**", "guard", "shop"));
        started();
        String join = "{\"eventId\": \"hall\"}";
        assertThat(post("/queue/enqueue", "ann", join).body())
                .as("the application's own path")
                .isEqualTo(join);
        app().refresh(
                        "sluice.rooms.hall.capacity", "1",
                        "sluice.rooms.hall.key", "header:Authorization",
                        "sluice.filters[0].path", "/orders/**",
                        "sluice.filters[0].room", "hall");
        assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/orders/1", "ben").statusCode()).isEqualTo(429);
        assertThat(post("/queue/enqueue", "ben", join).statusCode()).isEqualTo(201);
    }

    @Test
    void takeHeadForAGetWithoutABody() {
        routed("/**");
        filter(Map.of("path", "/api/**", "methods[0]", "get", "limit", "per-user"));
        started();
        HttpRequest.Builder head = to("/api/1", "ann").method("HEAD", HttpRequest.BodyPublishers.noBody());
        assertThat(send(head).statusCode()).isEqualTo(200);
        assertThat(get("/api/1", "ann").statusCode()).isEqualTo(200);
        assertThat(send(head).statusCode()).isEqualTo(429);
    }

    @Test
    void nameTheMethodsThereAreWhenOneIsUnknown() {
        filter(Map.of("path", "/api/**", "methods[0]", "gte", "limit", "per-user"));
        assertThatThrownBy(() -> started())
                .hasStackTraceContaining("sluice.filters[0]: methods has \"gte\", but expected some of [GET, HEAD");
    }

    @Test
    void sayWhatTheyExpect() {
        filter(Map.of("path", "/api/**"));
        assertThatThrownBy(() -> started()).hasStackTraceContaining("sluice.filters[0]: Expected limit, room or guard");
    }

    @Test
    void nameTheRoomsThereAreWhenOneIsUnknown() {
        filter(Map.of("path", "/api/**", "room", "sail"));
        assertThatThrownBy(() -> started())
                .hasStackTraceContaining("sluice.filters[0]: There is no room \"sail\"")
                .hasStackTraceContaining("sluice.rooms: sale");
    }
}
