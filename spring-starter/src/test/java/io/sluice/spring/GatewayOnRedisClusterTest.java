package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.redis.RedisCluster;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Gateways that share a Redis cluster, each of which is told of some of its masters. */
class GatewayOnRedisClusterTest {

    @AutoClose
    private static final RedisCluster redis = RedisCluster.start();

    private static int names;

    private final List<GatewayApp> gateways = new ArrayList<>();
    private final String limit = "limit-" + names++;

    @AfterEach
    void close() {
        gateways.forEach(GatewayApp::close);
    }

    private GatewayApp gateway(String room) {
        GatewayApp gateway = new GatewayApp()
                .with("sluice.backend", "redis")
                // Generous, because this machine may be busy.
                .with("sluice.redis.timeout", "5s")
                .with("sluice.limits." + limit + ".rate", "2/1h")
                .with("sluice.limits." + limit + ".key", "header:Authorization")
                // So that nobody passes whom the cluster has not let in.
                .with("sluice.limits." + limit + ".on-outage", "closed")
                .with("sluice.rooms." + room + ".capacity", "1")
                .with("sluice.rooms." + room + ".key", "header:Authorization")
                .route("/api/**", "RateLimited=" + limit)
                .route("/orders/**", "WaitingRoom=" + room);
        gateways.add(gateway);
        return gateway;
    }

    private GatewayApp startedWith(String room, int... masters) {
        GatewayApp gateway = gateway(room);
        for (int i = 0; i < masters.length; i++) {
            gateway.with(
                    "sluice.redis.cluster[" + i + "]",
                    redis.masters().get(masters[i]).uri());
        }
        return gateway.start();
    }

    private static String roomOn(int master) {
        String room;
        do {
            room = "sale-" + names++;
        } while (redis.masterOf("{room:" + room + "}") != master);
        return room;
    }

    private static JsonNode join(GatewayApp gateway, String room, String user) {
        return json(post(gateway, "/queue/enqueue", user, "{\"eventId\": \"" + room + "\"}"));
    }

    private static int enter(GatewayApp gateway, String user, JsonNode ready) {
        String body = "{\"ticketId\": \"%s\", \"gateToken\": \"%s\"}"
                .formatted(
                        ready.get("ticketId").stringValue(),
                        ready.get("gateToken").stringValue());
        return post(gateway, "/queue/enter", user, body).statusCode();
    }

    private static HttpResponse<String> post(GatewayApp gateway, String path, String user, String body) {
        return gateway.send(
                gateway.to(path).header("Authorization", user).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private static JsonNode awaitReady(GatewayApp gateway, JsonNode ticket) {
        return await().until(() -> status(gateway, ticket), standing -> standing.has("gateToken"));
    }

    private static JsonNode status(GatewayApp gateway, JsonNode ticket) {
        return gateway.json("/queue/status?ticketId=" + ticket.get("ticketId").stringValue());
    }

    private static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    @Test
    void aLimitIsOneOverAllGatewaysForTheCallersOfEachMaster() {
        GatewayApp here = startedWith("sale", 0, 1);
        GatewayApp there = startedWith("sale", 2);
        for (int i = 0; i < 20; i++) {
            String caller = "caller-" + i;
            List<Integer> answers = new ArrayList<>();
            for (GatewayApp gateway : List.of(here, there, here)) {
                answers.add(gateway.get("/api/1", caller).statusCode());
            }
            assertThat(answers).as(caller).containsExactly(200, 200, 429);
        }
        await().until(() ->
                here.json("/actuator/sluice").at("/backend/gateways").intValue() == 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aVisitorOfARoomOnAnyMasterJoinsWaitsAndEnters(int master) {
        String room = roomOn(master);
        GatewayApp here = startedWith(room, 0, 1, 2);
        GatewayApp there = startedWith(room, (master + 1) % 3);
        JsonNode ann = join(here, room, "ann");
        assertThat(enter(here, "ann", awaitReady(here, ann))).isEqualTo(201);
        JsonNode ben = join(there, room, "ben");
        assertThat(ben.get("state").stringValue()).isEqualTo("QUEUED");
        assertThat(ben.get("position").intValue()).isEqualTo(1);
        assertThat(there.get("/orders/1", "ben").statusCode()).isEqualTo(429);
        assertThat(there.get("/orders/1", "ann").statusCode()).isEqualTo(200);
        String ticketOfAnn = ann.get("ticketId").stringValue();
        HttpResponse<String> left =
                there.send(there.to("/queue/tickets/" + ticketOfAnn).DELETE().header("Authorization", "ann"));
        assertThat(left.statusCode()).isEqualTo(204);
        assertThat(enter(here, "ben", awaitReady(here, ben))).isEqualTo(201);
        assertThat(there.get("/orders/1", "ben").statusCode()).isEqualTo(200);
    }

    @Test
    void aGatewayFindsTheClusterWhereSpringDataFindsIt() {
        String room = roomOn(1);
        GatewayApp gateway =
                gateway(room).with("spring.data.redis.cluster.nodes", nodes()).start();
        assertThat(gateway.get("/api/1", "ann").statusCode()).isEqualTo(200);
        assertThat(gateway.get("/orders/1", "ann").statusCode()).isEqualTo(200);
        assertThat(gateway.get("/orders/1", "ben").statusCode()).isEqualTo(429);
    }

    private static String nodes() {
        return "127.0.0.1:" + redis.masters().get(0).port() + ",127.0.0.1:"
                + redis.masters().get(2).port();
    }
}
