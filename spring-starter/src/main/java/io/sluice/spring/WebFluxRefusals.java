package io.sluice.spring;

import org.springframework.core.Ordered;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;

/** Answers refused calls of beans that filters in front of {@link WebFluxFrame} call, such as those that authenticate. */
final class WebFluxRefusals implements WebExceptionHandler, Ordered {

    private final WebFluxFrame frame;

    WebFluxRefusals(WebFluxFrame frame) {
        this.frame = frame;
    }

    /** Comes before Spring Boot's (-1), which makes every failure the 500 of an error page. */
    @Override
    public int getOrder() {
        return -2;
    }

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
        return frame.answer(exchange, failure);
    }
}
