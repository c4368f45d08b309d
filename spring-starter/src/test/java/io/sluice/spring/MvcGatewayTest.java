package io.sluice.spring;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.springframework.boot.WebApplicationType;

/** The contract on Spring Cloud Gateway on WebMVC. */
@Tag("webmvc-gateway")
class MvcGatewayTest extends GatewayContract {

    @Override
    App start(Map<String, String> properties) {
        return App.start(WebApplicationType.SERVLET, App.Empty.class, properties, backend, service);
    }

    @Override
    String routes() {
        return "spring.cloud.gateway.server.webmvc.routes";
    }

    @Override
    Map<String, String> switchedOff() {
        return Map.of(
                "spring.cloud.gateway.server.webmvc.enabled",
                "false",
                "spring.autoconfigure.exclude",
                "org.springframework.cloud.gateway.server.mvc.filter.FilterAutoConfiguration");
    }

    @Override
    boolean noticesHangUps() {
        return false;
    }
}
