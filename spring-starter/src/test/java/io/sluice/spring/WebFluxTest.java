package io.sluice.spring;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.ResponseEntity;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The contract on WebFlux without a gateway. */
@Tag("webflux")
class WebFluxTest extends ServiceContract {

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
        Mono<ResponseEntity<byte[]>> serve(
                ServerHttpRequest request, @RequestBody(required = false) Mono<byte[]> body) {
            return body.defaultIfEmpty(new byte[0])
                    .publishOn(Schedulers.boundedElastic())
                    .map(bytes -> ResponseEntity.ok()
                            .headers(headers -> service.serve(
                                            request.getMethod().name(),
                                            request.getPath().value())
                                    .forEach(headers::add))
                            .body(bytes));
        }
    }

    @Override
    Map<String, String> belowAPath() {
        return Map.of("spring.webflux.base-path", "/shop/web");
    }

    @Override
    WebStack stack() {
        return new ServiceStack(WebApplicationType.REACTIVE, Application.class);
    }

    @Override
    WebStack routingEverything() {
        return new ServiceStack(WebApplicationType.REACTIVE, WebFluxRouting.class);
    }
}
