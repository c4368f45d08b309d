package io.sluice.spring;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import shop.MvcGatewayRoutes;

/** The contract on Spring Cloud Gateway on WebMVC. */
@Tag("webmvc-gateway")
class MvcGatewayTest extends GatewayContract {

    @Override
    GatewayStack stack() {
        return GatewayStack.onWebMvc(App.Empty.class);
    }

    @Override
    GatewayStack routingInJava() {
        return GatewayStack.onWebMvc(MvcGatewayRoutes.class);
    }

    @Override
    Map<String, String> switchedOff() {
        return Map.of(
                "spring.cloud.gateway.server.webmvc.enabled",
                "false",
                "spring.autoconfigure.exclude",
                "org.springframework.cloud.gateway.server.mvc.filter.FilterAutoConfiguration");
    }
}
