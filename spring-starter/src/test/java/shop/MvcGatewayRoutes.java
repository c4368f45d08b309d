package shop;

import static io.sluice.spring.MvcGatewayFilters.guard;
import static io.sluice.spring.MvcGatewayFilters.rateLimited;
import static io.sluice.spring.MvcGatewayFilters.waitingRoom;
import static org.springframework.cloud.gateway.server.mvc.filter.BeforeFilterFunctions.uri;
import static org.springframework.cloud.gateway.server.mvc.handler.HandlerFunctions.http;
import static org.springframework.web.servlet.function.RequestPredicates.path;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.gateway.server.mvc.handler.GatewayRouterFunctions;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.ServerResponse;

/** A gateway on WebMVC whose routes are written in Java. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class MvcGatewayRoutes {

    @Bean
    RouterFunction<ServerResponse> orders(@Value("${service}") String service) {
        return GatewayRouterFunctions.route("orders")
                .route(path("/orders/**").or(path("/slow/**")), http())
                .filter(rateLimited("per-user", 2))
                .filter(waitingRoom("sale"))
                .filter(guard("shop"))
                .before(uri(service))
                .build();
    }
}
