package io.sluice.spring;

import org.junit.jupiter.api.Tag;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Principals on WebFlux. */
@Tag("webflux-security")
class WebFluxPrincipalTest extends AnnotatedPrincipalContract {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Shop.class, Warehouse.class, WebFluxSecurity.class})
    static class Application {}

    WebFluxPrincipalTest() {
        super(WebApplicationType.REACTIVE, Application.class);
    }
}
