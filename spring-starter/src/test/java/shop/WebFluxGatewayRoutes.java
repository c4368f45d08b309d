package shop;

import io.sluice.spring.GuardGatewayFilterFactory;
import io.sluice.spring.RateLimitedGatewayFilterFactory;
import io.sluice.spring.WaitingRoomGatewayFilterFactory;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A gateway on WebFlux whose routes are written in Java. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class WebFluxGatewayRoutes {

    @Bean
    RouteLocator orders(
            RouteLocatorBuilder routes,
            RateLimitedGatewayFilterFactory rateLimited,
            WaitingRoomGatewayFilterFactory waitingRoom,
            GuardGatewayFilterFactory guard,
            @Value("${service}") String service) {
        return routes.routes()
                .route(
                        "orders",
                        route -> route.path("/orders/**", "/slow/**")
                                .filters(filters -> filters.filters(
                                        rateLimited.apply(to -> {
                                            to.setLimit("per-user");
                                            to.setPermits(2);
                                        }),
                                        waitingRoom.apply(at -> at.setRoom("sale")),
                                        guard.apply(by -> by.setGuard("shop"))))
                                .uri(service))
                .build();
    }
}
