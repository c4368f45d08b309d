package io.sluice.spring;

import static org.awaitility.Awaitility.await;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import tools.jackson.databind.JsonNode;

/** Gateways on WebFlux that share nothing but the Redis that their properties say. */
abstract class GatewaysFixture {

    final Map<String, String> properties = new LinkedHashMap<>();
    private final GatewayStack stack = GatewayStack.onWebFlux(App.Empty.class);
    private final List<App> gateways = new ArrayList<>();

    GatewaysFixture() {
        properties.put("sluice.backend", "redis");
        // Generous, because this machine may be busy: what is tested is that state is shared.
        properties.put("sluice.redis.timeout", "5s");
        properties.put("sluice.secret", "a secret of the tests, long enough");
    }

    @AfterEach
    void close() {
        gateways.forEach(App::close);
        stack.close();
    }

    /** Has callers limited on {@code /api}. Nobody passes whom Redis has not let in. */
    void limited(String limit, String rate) {
        properties.put("sluice.limits." + limit + ".rate", rate);
        properties.put("sluice.limits." + limit + ".key", "header:Authorization");
        properties.put("sluice.limits." + limit + ".on-outage", "closed");
        stack.route(properties, "/api/**", List.of("RateLimited=" + limit));
    }

    /** Has visitors wait for one place on {@code /orders}. */
    void waitingFor(String room) {
        properties.put("sluice.rooms." + room + ".capacity", "1");
        properties.put("sluice.rooms." + room + ".key", "header:Authorization");
        stack.route(properties, "/orders/**", List.of("WaitingRoom=" + room));
    }

    App started() {
        App gateway = stack.start(properties, null);
        gateways.add(gateway);
        return gateway;
    }

    static HttpRequest.Builder to(App gateway, String path, String user) {
        return HttpRequest.newBuilder(gateway.uri().resolve(path))
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", user);
    }

    static HttpResponse<String> get(App gateway, String path, String user) {
        return Http.send(to(gateway, path, user));
    }

    private static HttpResponse<String> post(App gateway, String path, String user, String body) {
        return Http.send(to(gateway, path, user).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    static JsonNode join(App gateway, String room, String user) {
        return Http.json(post(gateway, "/queue/enqueue", user, "{\"eventId\": \"" + room + "\"}"));
    }

    static JsonNode awaitReady(App gateway, JsonNode ticket) {
        String path = "/queue/status?ticketId=" + ticket.get("ticketId").stringValue();
        return await().until(() -> Http.json(get(gateway, path, "anybody")), standing -> standing.has("gateToken"));
    }

    static int enter(App gateway, String user, JsonNode ready) {
        String body = WebContract.entering(
                ready.get("ticketId").stringValue(), ready.get("gateToken").stringValue());
        return post(gateway, "/queue/enter", user, body).statusCode();
    }
}
