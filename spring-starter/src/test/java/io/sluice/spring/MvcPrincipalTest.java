package io.sluice.spring;

import org.junit.jupiter.api.Tag;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Principals on Spring MVC. */
@Tag("servlet-security")
class MvcPrincipalTest extends AnnotatedPrincipalContract {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @Import({Shop.class, Warehouse.class, MvcSecurity.class})
    static class Application {}

    MvcPrincipalTest() {
        super(WebApplicationType.SERVLET, Application.class);
    }
}
