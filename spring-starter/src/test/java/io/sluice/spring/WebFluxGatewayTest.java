package io.sluice.spring;

import java.util.Map;

/** The contract on Spring Cloud Gateway on WebFlux. */
class WebFluxGatewayTest extends GatewayContract {

    @Override
    GatewayStack stack() {
        return GatewayStack.onWebFlux(App.Empty.class);
    }

    @Override
    Map<String, String> switchedOff() {
        return Map.of(
                "spring.cloud.gateway.server.webflux.enabled",
                "false",
                "spring.cloud.gateway.server.webflux.redis.enabled",
                "false");
    }
}
