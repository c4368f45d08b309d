package io.sluice.spring;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.util.ClassUtils;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** A request of WebFlux, and so of the gateway on WebFlux. */
record WebFluxCall(ServerWebExchange exchange, @Nullable String principal) implements GatedCall {

    private static final String UNKNOWN_ADDRESS = "unknown";

    /** Whether there may be routes of the gateway. Everything else on WebFlux goes by the path within the application. */
    private static final boolean HAS_ROUTES = ClassUtils.isPresent(
            "org.springframework.cloud.gateway.handler.RoutePredicateHandlerMapping",
            WebFluxCall.class.getClassLoader());

    /** Attributes in which a controller, a functional route and the gateway's Path predicate leave path variables. */
    private static final List<String> MAPPINGS = List.of(
            HandlerMapping.URI_TEMPLATE_VARIABLES_ATTRIBUTE,
            RouterFunctions.URI_TEMPLATE_VARIABLES_ATTRIBUTE,
            "org.springframework.cloud.gateway.support.ServerWebExchangeUtils.uriTemplateVariables");

    /** Reads the request, principal included. */
    static Mono<WebFluxCall> of(ServerWebExchange exchange) {
        return exchange.getPrincipal()
                .mapNotNull(Principals::nameOf)
                .map(name -> new WebFluxCall(exchange, name))
                .defaultIfEmpty(new WebFluxCall(exchange, null));
    }

    /** Goes on with what is behind the gate, or writes the gate's answer instead. */
    static <T> Mono<T> through(Gate gate, ServerWebExchange exchange, Supplier<Mono<T>> next) {
        if (gate == Gate.OPEN) {
            return next.get();
        }
        return of(exchange)
                .flatMap(call -> ReactiveStages.asked(() -> gate.enterUnlessPreflight(call), call::eventLoop)
                        .flatMap(answer ->
                                answer.isPresent() ? call.write(answer.get()).then(Mono.empty()) : next.get()));
    }

    /** Answers the request, if it has no answer yet: a filter in front, such as Gateway's Retry, may try again. */
    Mono<Void> write(HttpAnswer answer) {
        ServerHttpResponse response = exchange.getResponse();
        if (response.isCommitted()) {
            return Mono.empty();
        }
        response.setStatusCode(HttpStatusCode.valueOf(answer.status()));
        answer.headers().forEach(response.getHeaders()::set);
        byte[] body = answer.bodyBytes();
        response.getHeaders().setContentLength(body.length);
        return response.writeWith(
                Mono.fromSupplier(() -> response.bufferFactory().wrap(body)));
    }

    /** Returns the threads on which the request goes on after a wait. */
    Scheduler eventLoop() {
        return EventLoops.of(exchange);
    }

    private ServerHttpRequest request() {
        return exchange.getRequest();
    }

    @Override
    public String method() {
        return request().getMethod().name();
    }

    @Override
    public String path() {
        return request().getPath().pathWithinApplication().value();
    }

    @Override
    public String routedPath() {
        return HAS_ROUTES ? request().getPath().value() : path();
    }

    @Override
    public String basePath() {
        return request().getPath().contextPath().value();
    }

    @Override
    public List<String> headers(String name) {
        return request().getHeaders().getOrDefault(name, List.of());
    }

    @Override
    public @Nullable String cookie(String name) {
        List<HttpCookie> cookies = request().getCookies().getOrDefault(name, List.of());
        return OneValue.of(cookies.stream().map(HttpCookie::getValue).toList());
    }

    @Override
    public @Nullable String query(String name) {
        return OneValue.of(request().getQueryParams().getOrDefault(name, List.of()));
    }

    @Override
    public @Nullable String pathVariable(String name) {
        for (String mapping : MAPPINGS) {
            if (exchange.getAttribute(mapping) instanceof Map<?, ?> variables && variables.get(name) != null) {
                return variables.get(name).toString();
            }
        }
        return PathGates.variable(this, name);
    }

    @Override
    public String remoteAddress() {
        InetSocketAddress address = request().getRemoteAddress();
        if (address == null) {
            return UNKNOWN_ADDRESS;
        }
        // An address that Spring has read from a header is there as text only.
        return address.getAddress() == null
                ? TrustedProxies.withoutBrackets(address.getHostString())
                : address.getAddress().getHostAddress();
    }

    @Override
    public String scheme() {
        return String.valueOf(request().getURI().getScheme());
    }

    @Override
    public String host() {
        return String.valueOf(request().getURI().getHost());
    }

    @Override
    public Map<String, Object> attributes() {
        return exchange.getAttributes();
    }

    @Override
    public void setResponseHeader(String name, String value) {
        exchange.getResponse().getHeaders().set(name, value);
    }

    @Override
    public void addResponseHeader(String name, String value) {
        exchange.getResponse().getHeaders().add(name, value);
    }
}
