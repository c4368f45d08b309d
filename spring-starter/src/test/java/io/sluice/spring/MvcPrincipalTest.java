package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
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

    @Test
    void whoWasHeldIsStillThePrincipalThatAFilterOfTheApplicationFound() {
        stack.filter(properties, Map.of("path", "/slow/**", "guard", "shop"));
        assertThat(held(to("/slow/2").header(MvcSecurity.USER, "ann")).statusCode())
                .isEqualTo(200);
    }

    @Test
    void attemptsWhosePasswordsWereCheckedStayChargedWhereverSpringSecurityIs() {
        properties.put("spring.security.filter.order", "0");
        assertAttemptsWhosePasswordsWereCheckedStayCharged();
    }

    MvcPrincipalTest() {
        super(WebApplicationType.SERVLET, Application.class);
    }
}
