package io.sluice.spring;

import java.util.Map;
import org.springframework.boot.WebApplicationType;

/** The contract on Spring Cloud Gateway on WebFlux. */
class WebFluxGatewayTest extends GatewayContract {

    @Override
    App start(Map<String, String> properties) {
        return App.start(WebApplicationType.REACTIVE, App.Empty.class, properties, backend, service);
    }

    @Override
    String routes() {
        return "spring.cloud.gateway.server.webflux.routes";
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
