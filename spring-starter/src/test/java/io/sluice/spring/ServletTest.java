package io.sluice.spring;

import static io.sluice.spring.Http.problem;
import static org.assertj.core.api.Assertions.assertThat;

import jakarta.servlet.GenericServlet;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** The contract on Spring MVC without a gateway. */
@Tag("servlet")
class ServletTest extends ServiceContract {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        Everything everything(Service service) {
            return new Everything(service);
        }
    }

    @RestController
    static class Everything {

        private final Service service;

        Everything(Service service) {
            this.service = service;
        }

        @RequestMapping("/**")
        ResponseEntity<byte[]> serve(HttpServletRequest request) throws IOException {
            byte[] body = request.getInputStream().readAllBytes();
            Map<String, String> replied = service.serve(request.getMethod(), request.getRequestURI());
            return ResponseEntity.ok()
                    .headers(headers -> replied.forEach(headers::add))
                    .body(body);
        }
    }

    /** As a Jersey or CXF application has it. */
    @Configuration(proxyBeanMethods = false)
    @Import(Application.class)
    static class WithAnotherServlet {

        @Bean
        ServletRegistrationBean<GenericServlet> services() {
            return new ServletRegistrationBean<>(new Services(), "/services/*");
        }
    }

    @SuppressWarnings("serial")
    static class Services extends GenericServlet {

        @Override
        public void service(ServletRequest request, ServletResponse response) {
            response.setContentLength(0);
        }
    }

    @Nested
    @DisplayName("a servlet beside Spring MVC's")
    class AnotherServlet extends WebContract {

        AnotherServlet() {
            super(new ServiceStack(WebApplicationType.SERVLET, WithAnotherServlet.class));
        }

        @Test
        void isProtectedByItsPathInTheApplication() {
            properties.put("server.servlet.context-path", "/shop");
            routed("/services/**", "RateLimited=per-user");
            started();
            assertThat(get("/shop/services/orders", "ann").statusCode()).isEqualTo(200);
            assertThat(get("/shop/services/orders", "ann").statusCode()).isEqualTo(200);
            assertThat(get("/shop/services/orders", "ann").statusCode()).isEqualTo(429);
        }

        @Test
        void handsOutAddressesOfSpringMvc() {
            properties.putAll(belowAPath());
            routed("/services/**", "WaitingRoom=sale");
            started();
            assertThat(get("/shop/services/orders", "ann").statusCode()).isEqualTo(200);
            assertThat(problem(get("/shop/services/orders", "ben"))
                            .get("enqueue")
                            .stringValue())
                    .isEqualTo("/shop/web/queue/enqueue");
        }
    }

    @Override
    Map<String, String> belowAPath() {
        return Map.of("server.servlet.context-path", "/shop", "spring.mvc.servlet.path", "/web");
    }

    @Override
    WebStack stack() {
        return new ServiceStack(WebApplicationType.SERVLET, Application.class);
    }

    @Override
    WebStack routingEverything() {
        return new ServiceStack(WebApplicationType.SERVLET, MvcRouting.class);
    }
}
