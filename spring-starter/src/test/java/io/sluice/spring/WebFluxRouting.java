package io.sluice.spring;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.server.RequestPredicates;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerResponse;

/** An application on WebFlux with a route for everything. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class WebFluxRouting {

    @Bean
    RouterFunction<ServerResponse> everything() {
        return RouterFunctions.route(
                RequestPredicates.all(), request -> ServerResponse.ok().bodyValue("routed"));
    }
}
