package io.sluice.spring;

import org.springframework.context.ApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Encloses every request of WebFlux. Applies the filters of {@code sluice.filters} before the request, and frees a
 * place when the answer says so. Ends the passage after the request, however it ended.
 */
final class WebFluxFrame implements WebFilter, Ordered {

    private final HttpGate gate;
    private final int order;
    private final ApplicationContext context;

    /** @param context the application whose requests these are */
    WebFluxFrame(HttpGate gate, int order, ApplicationContext context) {
        this.gate = gate;
        this.order = order;
        this.context = context;
    }

    @Override
    public int getOrder() {
        return order;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        if (isOfAnother(exchange, context)) {
            return chain.filter(exchange);
        }
        // Now: a client may hang up before the first gate, and what the request gets there must be given back, too.
        Passage passage = Passage.begin(exchange.getAttributes());
        exchange.getResponse().beforeCommit(() -> leave(exchange, passage));
        Gate filters = settingsOf(exchange).filters();
        return WebFluxCall.through(filters, exchange, () -> chain.filter(exchange))
                .onErrorResume(failure -> refusedByBean(exchange, failure))
                .doFinally(end -> passage.end())
                .contextWrite(context -> Requests.within(context, exchange.getAttributes()));
    }

    /** Tells whether another context serves the request: on Actuator's own port, a child with its parent's filters. */
    static boolean isOfAnother(ServerWebExchange exchange, ApplicationContext context) {
        ApplicationContext served = exchange.getApplicationContext();
        return served != null && served != context;
    }

    /** Answers what a bean has refused to a filter in front of this one; passes other failures on. */
    Mono<Void> answer(ServerWebExchange exchange, Throwable failure) {
        return isOfAnother(exchange, context) ? Mono.error(failure) : refusedByBean(exchange, failure);
    }

    /** Answers refused calls of beans where the application does not do so itself. */
    private Mono<Void> refusedByBean(ServerWebExchange exchange, Throwable failure) {
        RefusedException refused = RefusedException.in(failure);
        return refused == null || exchange.getResponse().isCommitted()
                ? Mono.error(failure)
                : WebFluxCall.of(exchange).flatMap(call -> call.write(gate.refusal(call, refused)));
    }

    private Mono<Void> leave(ServerWebExchange exchange, Passage passage) {
        HttpHeaders headers = exchange.getResponse().getHeaders();
        String releaseHeader = settingsOf(exchange).waitingRoom().releaseHeader();
        boolean told = passage.hasRooms() && "true".equalsIgnoreCase(headers.getFirst(releaseHeader));
        if (passage.hasRooms()) {
            headers.remove(releaseHeader);
        }
        HttpStatusCode status = exchange.getResponse().getStatusCode();
        int statusCode = status == null ? HttpStatus.OK.value() : status.value();
        if (!passage.leaves(told, statusCode)) {
            passage.keepFromCaches(headers::headerNames, headers::set);
            return Mono.empty();
        }
        return WebFluxCall.of(exchange)
                .flatMap(call -> ReactiveStages.mono(passage.leaveRooms(call, told, statusCode), call::eventLoop))
                .then(Mono.fromRunnable(() -> passage.keepFromCaches(headers::headerNames, headers::set)));
    }

    private HttpSettings settingsOf(ServerWebExchange exchange) {
        return gate.settings().of(exchange.getAttributes());
    }
}
