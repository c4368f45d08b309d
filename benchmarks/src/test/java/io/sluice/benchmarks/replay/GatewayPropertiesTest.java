package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class GatewayPropertiesTest {

    private static final String ROUTE = "spring.cloud.gateway.server.webflux.routes[%d]%s";

    @Test
    void allDurationsAreDividedByTheCompression() {
        Map<String, Object> properties = GatewayProperties.guarded("http://shop", new GuardBounds(2, 16), 500, 4);

        assertThat(properties)
                .containsEntry("sluice.limits.per-user.rate", "10/250ms")
                .containsEntry("sluice.limits.per-user.burst", 10)
                .containsEntry("sluice.rooms.event-1.stay", "75000ms")
                .containsEntry("sluice.rooms.event-1.claim-within", "15000ms")
                .containsEntry("sluice.rooms.event-1.patience", "15000ms")
                .containsEntry("sluice.rooms.event-1.enter-wait", "6250ms")
                .containsEntry("sluice.limits.waiting-room-rejoins.rate", "60/15000ms")
                .containsEntry("sluice.limits.waiting-room-keyed-joins.rate", "100000/15000ms")
                .containsEntry("sluice.guards.shop-login.limit", 2)
                .containsEntry("sluice.guards.shop-login.max-wait", "6250ms")
                .containsEntry("sluice.guards.shop-calls.limit", 16)
                .containsEntry("sluice.waiting-room.refresh", "50ms");
    }

    @Test
    void theRoomGuardsBuyingAndTheLookAtAnOrderLiesOutsideIt() {
        Map<String, Object> properties = GatewayProperties.guarded("http://shop", new GuardBounds(2, 16), 500, 1);

        assertThat(properties)
                .containsEntry(ROUTE.formatted(0, ".predicates[0]"), "Path=/auth/login")
                .containsEntry(ROUTE.formatted(0, ".filters[0]"), "Guard=shop-login")
                .containsEntry(ROUTE.formatted(1, ".predicates[0]"), "Path=/orders")
                .containsEntry(ROUTE.formatted(1, ".predicates[1]"), "Method=POST")
                .containsEntry(ROUTE.formatted(1, ".filters[0]"), "RateLimited=per-user")
                .containsEntry(ROUTE.formatted(1, ".filters[1]"), "WaitingRoom=event-1")
                .containsEntry(ROUTE.formatted(2, ".filters[1]"), "WaitingRoom=event-1")
                .containsEntry(ROUTE.formatted(3, ".predicates[0]"), "Path=/orders/{id},/events/**")
                .containsEntry(ROUTE.formatted(3, ".filters[0]"), "RateLimited=per-user")
                .containsEntry(ROUTE.formatted(3, ".filters[1]"), "Guard=shop-calls")
                .doesNotContainKey(ROUTE.formatted(3, ".filters[2]"));
    }

    @Test
    void anUnprotectedGatewayHasNoFilterAndKnowsNothingOfSluice() {
        assertThat(GatewayProperties.unprotected("http://shop").keySet())
                .noneMatch(name -> name.contains("sluice") || name.contains("filters"));
    }
}
