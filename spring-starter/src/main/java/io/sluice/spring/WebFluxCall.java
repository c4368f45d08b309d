package io.sluice.spring;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpCookie;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** A request of WebFlux, and so of the gateway on WebFlux. */
record WebFluxCall(ServerWebExchange exchange, @Nullable String principal) implements HttpCall {

    private static final String UNKNOWN_ADDRESS = "unknown";

    /** Reads the request, principal included. */
    static Mono<WebFluxCall> of(ServerWebExchange exchange) {
        return exchange.getPrincipal()
                .map(principal -> Optional.ofNullable(principal.getName()))
                .defaultIfEmpty(Optional.empty())
                .map(name -> new WebFluxCall(exchange, name.orElse(null)));
    }

    /** Goes on with the exchange, or writes the answer that stands in its way. */
    Mono<Void> unlessAnswered(
            CompletionStage<Optional<HttpAnswer>> answer, Function<ServerWebExchange, Mono<Void>> next) {
        return Mono.fromCompletionStage(answer)
                .flatMap(refusal -> refusal.isPresent() ? write(refusal.get()) : next.apply(exchange));
    }

    Mono<Void> write(HttpAnswer answer) {
        ServerHttpResponse response = exchange.getResponse();
        response.setStatusCode(HttpStatusCode.valueOf(answer.status()));
        answer.headers().forEach(response.getHeaders()::set);
        byte[] body = answer.bodyBytes();
        response.getHeaders().setContentLength(body.length);
        return response.writeWith(
                Mono.fromSupplier(() -> response.bufferFactory().wrap(body)));
    }

    private ServerHttpRequest request() {
        return exchange.getRequest();
    }

    @Override
    public String method() {
        return request().getMethod().name();
    }

    @Override
    public String target() {
        URI uri = request().getURI();
        String path = uri.getRawPath();
        return uri.getRawQuery() == null ? path : path + '?' + uri.getRawQuery();
    }

    @Override
    public @Nullable String header(String name) {
        return request().getHeaders().getFirst(name);
    }

    @Override
    public @Nullable String cookie(String name) {
        HttpCookie cookie = request().getCookies().getFirst(name);
        return cookie == null ? null : cookie.getValue();
    }

    @Override
    public @Nullable String query(String name) {
        return request().getQueryParams().getFirst(name);
    }

    @Override
    public String remoteAddress() {
        InetSocketAddress address = request().getRemoteAddress();
        if (address == null || address.getAddress() == null) {
            return UNKNOWN_ADDRESS;
        }
        return address.getAddress().getHostAddress();
    }

    @Override
    public boolean secure() {
        URI uri = request().getURI();
        String host = uri.getHost();
        boolean localhost = "localhost".equals(host) || "127.0.0.1".equals(host) || "[::1]".equals(host);
        return !(localhost && "http".equalsIgnoreCase(uri.getScheme()));
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
