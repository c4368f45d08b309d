package io.sluice.spring;

import static io.sluice.spring.Http.header;
import static io.sluice.spring.Http.withCookies;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import shop.WebFluxGatewayRoutes;

/** The contract on Spring Cloud Gateway on WebFlux. */
class WebFluxGatewayTest extends GatewayContract {

    @Override
    GatewayStack stack() {
        return GatewayStack.onWebFlux(App.Empty.class);
    }

    @Override
    GatewayStack routingInJava() {
        return GatewayStack.onWebFlux(WebFluxGatewayRoutes.class);
    }

    @Override
    Map<String, String> switchedOff() {
        return Map.of(
                "spring.cloud.gateway.server.webflux.enabled",
                "false",
                "spring.cloud.gateway.server.webflux.redis.enabled",
                "false");
    }

    @Nested
    @DisplayName("the gateway's own cache")
    class Cached extends WebContract {

        Cached() {
            super(stack());
        }

        @Test
        void givesNobodyThePassOfAnother() {
            properties.put("sluice.rooms.sale.capacity", "2");
            properties.put("spring.cloud.gateway.server.webflux.filter.local-response-cache.enabled", "true");
            routed("/orders/**", "WaitingRoom=sale", "LocalResponseCache=30m,1MB");
            started();
            HttpResponse<String> first = send(to("/orders/public"));
            HttpResponse<String> second = send(to("/orders/public"));
            assertThat(header(second, "Sluice-Pass")).isNotEmpty().isNotEqualTo(header(first, "Sluice-Pass"));
            assertThat(header(second, "Set-Cookie")).isNotEmpty().isNotEqualTo(header(first, "Set-Cookie"));
            send(withCookies(to("/orders/public"), first));
            send(withCookies(to("/orders/public"), first));
            assertThat(service.calls()).as("the last answer was kept").hasSize(3);
        }
    }
}
