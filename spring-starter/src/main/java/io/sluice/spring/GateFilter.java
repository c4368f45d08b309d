package io.sluice.spring;

import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * A gate as a filter of a gateway's route.
 *
 * @param text what the actuator's list of routes shows
 */
record GateFilter(Gate gate, String text) implements GatewayFilter {

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        return WebFluxCall.through(gate, exchange, () -> chain.filter(exchange));
    }

    @Override
    public String toString() {
        return text;
    }
}
