package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.redis.RedisServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Gateways that share nothing but a Redis: limits and rooms are theirs together. */
class GatewaysOnRedisTest {

    private final RedisServer redis = RedisServer.start();
    private final Upstream upstream = new Upstream();
    private final List<ConfigurableApplicationContext> gateways = new ArrayList<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Map<String, Object> properties = new HashMap<>();

    @AfterEach
    void close() {
        gateways.forEach(ConfigurableApplicationContext::close);
        upstream.close();
        redis.close();
    }

    private URI started() {
        properties.put("server.port", "0");
        properties.put("server.address", "127.0.0.1");
        properties.put("logging.level.root", "warn");
        properties.put("spring.main.banner-mode", "off");
        ConfigurableApplicationContext gateway = new SpringApplicationBuilder(App.Empty.class)
                .web(WebApplicationType.REACTIVE)
                .properties(properties)
                .run();
        gateways.add(gateway);
        return URI.create("http://127.0.0.1:" + gateway.getEnvironment().getRequiredProperty("local.server.port"));
    }

    private void configure() {
        properties.put("sluice.backend", "redis");
        properties.put("sluice.redis.uri", redis.uri());
        // Generous, because this machine may be busy: what is tested is that state is shared.
        properties.put("sluice.redis.timeout", "5s");
        properties.put("sluice.secret", "a secret of the tests, long enough");
        properties.put("sluice.limits.per-hour.rate", "3/1h");
        properties.put("sluice.limits.per-hour.key", "header:Authorization");
        properties.put("sluice.rooms.sale.capacity", "1");
        properties.put("sluice.rooms.sale.key", "header:Authorization");
        String route = "spring.cloud.gateway.server.webflux.routes";
        for (int i = 0; i < 2; i++) {
            properties.put(route + "[" + i + "].id", "route-" + i);
            properties.put(route + "[" + i + "].uri", upstream.uri().toString());
        }
        properties.put(route + "[0].predicates[0]", "Path=/api/**");
        properties.put(route + "[0].filters[0]", "RateLimited=per-hour");
        properties.put(route + "[1].predicates[0]", "Path=/orders/**");
        properties.put(route + "[1].filters[0]", "WaitingRoom=sale");
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private HttpResponse<String> get(URI gateway, String path, String user) {
        return send(HttpRequest.newBuilder(gateway.resolve(path)).header("Authorization", user));
    }

    private HttpResponse<String> post(URI gateway, String path, String user, String body) {
        return send(HttpRequest.newBuilder(gateway.resolve(path))
                .header("Authorization", user)
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    @Test
    void aLimitIsOneOverAllGateways() {
        configure();
        URI here = started();
        URI there = started();
        List<Integer> answers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            answers.add(get(i % 2 == 0 ? here : there, "/api/" + i, "ann").statusCode());
        }
        assertThat(answers).containsExactly(200, 200, 200, 429);
    }

    @Test
    void aVisitorJoinsAtOneGatewayAndEntersAtAnother() {
        configure();
        URI here = started();
        URI there = started();
        String ticket = json(post(here, "/queue/enqueue", "ann", "{\"eventId\": \"sale\"}"))
                .get("ticketId")
                .stringValue();
        JsonNode ready = await().until(
                        () -> json(get(there, "/queue/status?ticketId=" + ticket, "ann")),
                        standing -> standing.has("gateToken"));
        HttpResponse<String> entered = post(
                there,
                "/queue/enter",
                "ann",
                "{\"ticketId\":\"" + ticket + "\",\"gateToken\":\""
                        + ready.get("gateToken").stringValue() + "\"}");
        assertThat(entered.statusCode()).isEqualTo(201);
        assertThat(get(here, "/orders/1", "ann").statusCode()).isEqualTo(200);
        assertThat(get(here, "/orders/1", "ben").statusCode()).isEqualTo(429);
    }

    @Test
    void aCapacityChangedAtOneGatewayHoldsForAll() {
        configure();
        properties.put("management.endpoints.web.exposure.include", "sluice,metrics");
        URI here = started();
        URI there = started();
        assertThat(get(here, "/orders/1", "ann").statusCode()).isEqualTo(200);
        assertThat(get(there, "/orders/1", "ben").statusCode()).isEqualTo(429);
        HttpResponse<String> changed = send(HttpRequest.newBuilder(here.resolve("/actuator/sluice/rooms/sale"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"capacity\": 2}")));
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        await().until(() -> get(there, "/orders/1", "ben").statusCode() == 200);
        JsonNode backend = json(get(there, "/actuator/sluice", "ben")).get("backend");
        assertThat(backend.get("type").stringValue()).isEqualTo("redis");
        assertThat(backend.get("gateways").intValue()).isEqualTo(2);
        JsonNode joins =
                json(get(there, "/actuator/metrics/sluice.store.calls?tag=operation:join&tag=result:ok", "ben"));
        assertThat(joins.at("/measurements/0/value").doubleValue()).isPositive();
    }

    @Test
    void aGatewayIsUpWhileRedisIsAway() {
        configure();
        properties.put("sluice.redis.timeout", "200ms");
        properties.put("management.health.redis.enabled", "false");
        properties.put("management.endpoint.health.show-details", "always");
        URI gateway = started();
        String pass = get(gateway, "/orders/1", "ann")
                .headers()
                .firstValue("Sluice-Pass")
                .orElseThrow();
        redis.kill();
        await().until(() -> {
            get(gateway, "/api/1", "ben");
            HttpResponse<String> health = get(gateway, "/actuator/health", "ann");
            assertThat(health.statusCode()).isEqualTo(200);
            return json(health)
                    .at("/components/sluice/details/store")
                    .stringValue()
                    .equals("away");
        });
        HttpResponse<String> inside = send(HttpRequest.newBuilder(gateway.resolve("/orders/2"))
                .header("Authorization", "ann")
                .header("Sluice-Pass", pass));
        assertThat(inside.statusCode()).isEqualTo(200);
    }

    @Test
    void aGatewayFindsRedisWhereSpringDataFindsIt() {
        configure();
        properties.remove("sluice.redis.uri");
        properties.put("spring.data.redis.port", redis.port());
        URI gateway = started();
        assertThat(get(gateway, "/api/1", "ann").statusCode()).isEqualTo(200);
    }

    @Test
    void aGatewayWithoutASecretDoesNotStart() {
        configure();
        properties.remove("sluice.secret");
        assertThatThrownBy(() -> started()).hasStackTraceContaining("sluice.secret is not set");
    }

    @Test
    void aGatewayThatIsNotToldWhereRedisIsDoesNotStart() {
        configure();
        properties.remove("sluice.redis.uri");
        assertThatThrownBy(() -> started()).hasStackTraceContaining("sluice.redis.uri is not set");
    }
}
