package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.redis.RedisServer;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Gateways that share a Redis: limits and rooms are theirs together. */
class GatewaysOnRedisTest extends GatewaysFixture {

    @AutoClose
    private final RedisServer redis = RedisServer.start();

    @BeforeEach
    void configure() {
        properties.put("sluice.redis.uri", redis.uri());
        limited("per-hour", "3/1h");
        waitingFor("sale");
    }

    @Test
    void aLimitIsOneOverAllGateways() {
        App here = started();
        App there = started();
        List<Integer> answers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            answers.add(get(i % 2 == 0 ? here : there, "/api/" + i, "ann").statusCode());
        }
        assertThat(answers).containsExactly(200, 200, 200, 429);
    }

    @Test
    void aVisitorJoinsAtOneGatewayAndEntersAtAnother() {
        App here = started();
        App there = started();
        JsonNode ready = awaitReady(there, join(here, "sale", "ann"));
        assertThat(enter(there, "ann", ready)).isEqualTo(201);
        assertThat(get(here, "/orders/1", "ann").statusCode()).isEqualTo(200);
        assertThat(get(here, "/orders/1", "ben").statusCode()).isEqualTo(429);
    }

    @Test
    void aCapacityChangedAtOneGatewayHoldsForAll() {
        properties.put("management.endpoints.web.exposure.include", "sluice,metrics");
        App here = started();
        App there = started();
        assertThat(get(here, "/orders/1", "ann").statusCode()).isEqualTo(200);
        assertThat(get(there, "/orders/1", "ben").statusCode()).isEqualTo(429);
        HttpResponse<String> changed = Http.send(to(here, "/actuator/sluice/rooms/sale", "ann")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"capacity\": 2}")));
        assertThat(changed.statusCode()).as(changed.body()).isEqualTo(200);
        await().until(() -> get(there, "/orders/1", "ben").statusCode() == 200);
        JsonNode backend = Http.json(get(there, "/actuator/sluice", "ben")).get("backend");
        assertThat(backend.get("type").stringValue()).isEqualTo("redis");
        assertThat(backend.get("gateways").intValue()).isEqualTo(2);
        // Not the first one's, which may come while this machine is busy: a call that fails counts as failed.
        await().until(() -> {
            get(there, "/orders/1", "cem");
            return joins(there) > 0;
        });
    }

    private static double joins(App gateway) {
        return value(gateway, "sluice.store.calls?tag=operation:join&tag=result:ok");
    }

    private static double value(App gateway, String meter) {
        return Http.json(get(gateway, "/actuator/metrics/" + meter, "cem"))
                .at("/measurements/0/value")
                .doubleValue();
    }

    @Test
    void theMetersOfAGuardShowItsLimitAndTheShareOfTheGateway() {
        properties.put("management.endpoints.web.exposure.include", "metrics");
        properties.put("sluice.guards.shop.limit", "4");
        App here = started();
        started();
        await().until(() -> value(here, "sluice.guard.share?tag=guard:shop") == 2);
        assertThat(value(here, "sluice.guard.limit?tag=guard:shop")).isEqualTo(4);
    }

    @Test
    void whatRedisLostIsSeenInTheEndpointAndTheMeters() {
        properties.put("management.endpoints.web.exposure.include", "sluice,metrics");
        App gateway = started();
        assertThat(get(gateway, "/orders/1", "ann").statusCode()).isEqualTo(200);
        assertThat(recovery(gateway).properties())
                .hasSize(5)
                .allSatisfy(kind -> assertThat(kind.getValue().longValue()).isZero());
        redis.kill();
        redis.restart();
        await().until(() -> {
            get(gateway, "/orders/1", "ann");
            return recovery(gateway).get("losses").longValue() == 1;
        });
        assertThat(value(gateway, "sluice.room.recovery?tag=room:sale&tag=kind:losses"))
                .isEqualTo(1);
    }

    private static JsonNode recovery(App gateway) {
        return Http.json(get(gateway, "/actuator/sluice", "ann")).at("/rooms/sale/recovery");
    }

    @Test
    void aGatewayIsUpWhileRedisIsAway() {
        properties.put("sluice.redis.timeout", "200ms");
        properties.put("management.health.redis.enabled", "false");
        properties.put("management.endpoint.health.show-details", "always");
        App gateway = started();
        String pass = get(gateway, "/orders/1", "ann")
                .headers()
                .firstValue("Sluice-Pass")
                .orElseThrow();
        redis.kill();
        await().until(() -> {
            get(gateway, "/api/1", "ben");
            HttpResponse<String> health = get(gateway, "/actuator/health", "ann");
            assertThat(health.statusCode()).isEqualTo(200);
            return Http.json(health)
                    .at("/components/sluice/details/store")
                    .stringValue()
                    .equals("away");
        });
        HttpResponse<String> inside = Http.send(to(gateway, "/orders/2", "ann").header("Sluice-Pass", pass));
        assertThat(inside.statusCode()).isEqualTo(200);
    }

    @Test
    void aGatewayWithAnotherSecretShowsOnEachAndAllStayUp() {
        properties.put("management.endpoints.web.exposure.include", "health,sluice");
        properties.put("management.endpoint.health.show-details", "always");
        App here = started();
        properties.put("sluice.secret", "another secret of the tests, long enough");
        App odd = started();
        for (App gateway : List.of(here, odd)) {
            await().until(() -> Http.json(get(gateway, "/actuator/sluice", "ann"))
                            .at("/backend/gatewaysWithAnotherSecret")
                            .intValue()
                    == 1);
            JsonNode health = Http.json(get(gateway, "/actuator/health", "ann")).at("/components/sluice");
            assertThat(health.get("status").stringValue()).isEqualTo("UP");
            assertThat(health.at("/details/gatewaysWithAnotherSecret").intValue())
                    .isEqualTo(1);
        }
    }

    @Test
    void aGatewayFindsRedisWhereSpringDataFindsIt() {
        properties.remove("sluice.redis.uri");
        properties.put("spring.data.redis.port", Integer.toString(redis.port()));
        App gateway = started();
        assertThat(get(gateway, "/api/1", "ann").statusCode()).isEqualTo(200);
    }

    @Test
    void aGatewayWithoutASecretDoesNotStart() {
        properties.remove("sluice.secret");
        assertThatThrownBy(() -> started()).hasStackTraceContaining("sluice.secret is not set");
    }

    @Test
    void aGatewayThatIsNotToldWhereRedisIsDoesNotStart() {
        properties.remove("sluice.redis.uri");
        assertThatThrownBy(() -> started()).hasStackTraceContaining("sluice.redis.uri is not set");
    }
}
