package io.sluice.spring;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.reactive.HandlerAdapter;
import org.springframework.web.reactive.HandlerResult;
import org.springframework.web.reactive.result.method.annotation.RequestMappingHandlerAdapter;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** Protects annotated handler methods of WebFlux, then hands them to WebFlux's own adapter. */
final class WebFluxHandlerGates implements HandlerAdapter, Ordered {

    private final HandlerGates gates;
    private final Supplier<RequestMappingHandlerAdapter> adapter;

    WebFluxHandlerGates(HandlerGates gates, Supplier<RequestMappingHandlerAdapter> adapter) {
        this.gates = gates;
        this.adapter = adapter;
    }

    @Override
    public int getOrder() {
        return Ordered.HIGHEST_PRECEDENCE;
    }

    @Override
    public boolean supports(Object handler) {
        return gate(handler) != null;
    }

    @Override
    public Mono<HandlerResult> handle(ServerWebExchange exchange, Object handler) {
        Gate gate = gate(handler);
        Mono<HandlerResult> handled = Mono.defer(() -> adapter.get().handle(exchange, handler));
        return gate == null ? handled : WebFluxCall.through(gate, exchange, () -> handled);
    }

    private @Nullable Gate gate(Object handler) {
        return handler instanceof HandlerMethod method ? gates.of(method.getMethod(), method.getBeanType()) : null;
    }
}
