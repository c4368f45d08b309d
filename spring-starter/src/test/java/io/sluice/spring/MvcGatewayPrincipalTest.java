package io.sluice.spring;

import org.junit.jupiter.api.Tag;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Principals on Spring Cloud Gateway on WebMVC. */
@Tag("webmvc-gateway-security")
class MvcGatewayPrincipalTest extends PrincipalContract {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import(MvcSecurity.class)
    static class Application {}

    MvcGatewayPrincipalTest() {
        super(GatewayStack.onWebMvc(Application.class));
    }

    @Override
    String limitedBehindSecurity() {
        return "/filtered";
    }
}
