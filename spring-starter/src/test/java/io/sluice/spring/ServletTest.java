package io.sluice.spring;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
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
