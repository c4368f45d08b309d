package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.redis.RedisCluster;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Gateways that share a Redis cluster, each of which is told of some of its masters. */
class GatewayOnRedisClusterTest extends GatewaysFixture {

    private static final String NODES = "sluice.redis.cluster";

    @AutoClose
    private static final RedisCluster redis = RedisCluster.start();

    private static int names;

    private App startedWith(int... masters) {
        properties.keySet().removeIf(property -> property.startsWith(NODES));
        for (int i = 0; i < masters.length; i++) {
            properties.put(
                    NODES + "[" + i + "]", redis.masters().get(masters[i]).uri());
        }
        return started();
    }

    private static String limit() {
        return "limit-" + names++;
    }

    private static String roomOn(int master) {
        String room;
        do {
            room = "sale-" + names++;
        } while (redis.masterOf("{room:" + room + "}") != master);
        return room;
    }

    @Test
    void aLimitIsOneOverAllGatewaysForTheCallersOfEachMaster() {
        limited(limit(), "2/1h");
        App here = startedWith(0, 1);
        App there = startedWith(2);
        for (int i = 0; i < 20; i++) {
            String caller = "caller-" + i;
            List<Integer> answers = new ArrayList<>();
            for (App gateway : List.of(here, there, here)) {
                answers.add(get(gateway, "/api/1", caller).statusCode());
            }
            assertThat(answers).as(caller).containsExactly(200, 200, 429);
        }
    }

    @Test
    void gatewaysOfAClusterKnowOfOneAnother() {
        properties.put("management.endpoints.web.exposure.include", "sluice");
        App here = startedWith(0, 1);
        App unused = startedWith(2);
        assertThat(unused).isNotEqualTo(here);
        await().until(() -> Http.json(get(here, "/actuator/sluice", "ann"))
                        .at("/backend/gateways")
                        .intValue()
                == 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aVisitorOfARoomOnAnyMasterJoinsWaitsAndEnters(int master) {
        String room = roomOn(master);
        waitingFor(room);
        App here = startedWith(0, 1, 2);
        App there = startedWith((master + 1) % 3);
        JsonNode ann = join(here, room, "ann");
        assertThat(enter(here, "ann", awaitReady(here, ann))).isEqualTo(201);
        JsonNode ben = join(there, room, "ben");
        assertThat(ben.get("state").stringValue()).isEqualTo("QUEUED");
        assertThat(ben.get("position").intValue()).isEqualTo(1);
        assertThat(get(there, "/orders/1", "ben").statusCode()).isEqualTo(429);
        assertThat(get(there, "/orders/1", "ann").statusCode()).isEqualTo(200);
        String path = "/queue/tickets/" + ann.get("ticketId").stringValue();
        assertThat(Http.send(to(there, path, "ann").DELETE()).statusCode()).isEqualTo(204);
        assertThat(enter(here, "ben", awaitReady(here, ben))).isEqualTo(201);
        assertThat(get(there, "/orders/1", "ben").statusCode()).isEqualTo(200);
    }

    @Test
    void aGatewayFindsTheClusterWhereSpringDataFindsIt() {
        limited(limit(), "2/1h");
        waitingFor(roomOn(1));
        properties.put(
                "spring.data.redis.cluster.nodes",
                "127.0.0.1:" + redis.masters().get(0).port() + ",127.0.0.1:"
                        + redis.masters().get(2).port());
        App gateway = started();
        assertThat(get(gateway, "/api/1", "ann").statusCode()).isEqualTo(200);
        assertThat(get(gateway, "/orders/1", "ann").statusCode()).isEqualTo(200);
        assertThat(get(gateway, "/orders/1", "ben").statusCode()).isEqualTo(429);
    }
}
