package io.sluice.spring;

import org.junit.jupiter.api.Tag;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Principals on Spring Cloud Gateway on WebFlux. */
@Tag("webflux-gateway-security")
class WebFluxGatewayPrincipalTest extends PrincipalContract {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(WebFluxSecurity.class)
    static class Application {}

    WebFluxGatewayPrincipalTest() {
        super(GatewayStack.onWebFlux(Application.class));
    }

    @Override
    String limitedBehindSecurity() {
        return "/filtered";
    }
}
