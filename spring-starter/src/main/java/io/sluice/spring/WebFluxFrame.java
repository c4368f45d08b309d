package io.sluice.spring;

import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Stands around every request of WebFlux: the filters of {@code sluice.filters} before it, the release of a place when
 * its answer says so, and after it, however it ended, the end of its passage.
 */
final class WebFluxFrame implements WebFilter, Ordered {

    private final Gate filters;
    private final String releaseHeader;

    WebFluxFrame(HttpGate gate) {
        this.filters = gate.filters();
        this.releaseHeader = gate.releaseHeader();
    }

    @Override
    public int getOrder() {
        return HttpGate.FRAME_ORDER;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        exchange.getResponse().beforeCommit(() -> leaveIfTold(exchange));
        return WebFluxCall.through(filters, exchange, () -> chain.filter(exchange))
                .doFinally(end -> {
                    Passage passage = Passage.find(exchange.getAttributes());
                    if (passage != null) {
                        passage.end();
                    }
                });
    }

    private Mono<Void> leaveIfTold(ServerWebExchange exchange) {
        Passage passage = Passage.find(exchange.getAttributes());
        HttpHeaders headers = exchange.getResponse().getHeaders();
        if (passage == null || !passage.hasRooms() || !headers.containsHeader(releaseHeader)) {
            return Mono.empty();
        }
        boolean told = "true".equalsIgnoreCase(headers.getFirst(releaseHeader));
        headers.remove(releaseHeader);
        return told
                ? WebFluxCall.of(exchange).flatMap(call -> Mono.fromCompletionStage(() -> passage.leaveRooms(call)))
                : Mono.empty();
    }
}
