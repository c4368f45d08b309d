package io.sluice.spring;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.function.RequestPredicates;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerResponse;

/** An application on Spring MVC with a route for everything. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class MvcRouting {

    @Bean
    RouterFunction<ServerResponse> everything() {
        return RouterFunctions.route(
                RequestPredicates.all(), request -> ServerResponse.ok().body("routed"));
    }
}
