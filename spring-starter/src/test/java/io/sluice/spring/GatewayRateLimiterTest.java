package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Backend;
import io.sluice.ForwardingBackend;
import io.sluice.Limit;
import io.sluice.LimitStore;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.gateway.event.RefreshRoutesEvent;
import org.springframework.cloud.gateway.filter.ratelimit.AbstractRateLimiter;
import org.springframework.cloud.gateway.filter.ratelimit.KeyResolver;
import org.springframework.cloud.gateway.filter.ratelimit.RateLimiter;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.client.HttpClientErrorException;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;

/** A gateway whose routes have Gateway's own filter RequestRateLimiter, over a real port. */
class GatewayRateLimiterTest {

    private static final String ARGUMENTS = "spring.cloud.gateway.server.webflux.routes[0].filters[0].args.";

    private final ManualTime time = new ManualTime();
    private final LocalBackend backend = LocalBackend.create(time);
    private final Service service = new Service();
    private final Upstream upstream = new Upstream(service);
    private final Map<String, String> properties = new HashMap<>();

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class ByUser {

        @Bean
        KeyResolver userKeyResolver() {
            return exchange ->
                    Mono.justOrEmpty(exchange.getRequest().getHeaders().getFirst("X-User"));
        }
    }

    static class WithItsOwn extends ByUser {

        @Bean
        OtherLimiter ownLimiter() {
            return new OtherLimiter();
        }
    }

    static final class OtherLimiter extends AbstractRateLimiter<Object> {

        OtherLimiter() {
            super(Object.class, "other", null);
        }

        @Override
        public Mono<Response> isAllowed(String routeId, String id) {
            return Mono.just(new Response(false, Map.of()));
        }
    }

    static class AnswersByItself extends ByUser {

        @Bean
        @Order(Ordered.HIGHEST_PRECEDENCE)
        WebExceptionHandler refusals() {
            return (exchange, failure) -> {
                if (!(failure instanceof HttpClientErrorException.TooManyRequests refusal)) {
                    return Mono.error(failure);
                }
                ServerHttpResponse response = exchange.getResponse();
                response.setStatusCode(HttpStatus.SERVICE_UNAVAILABLE);
                HttpHeaders thrown = Objects.requireNonNull(refusal.getResponseHeaders());
                response.getHeaders().set("X-Thrown-Retry-After", thrown.getFirst("Retry-After"));
                return response.setComplete();
            };
        }
    }

    /** Writes down which limits there are. */
    private static final class ListedLimits extends ForwardingBackend {

        private final List<String> names = new CopyOnWriteArrayList<>();

        ListedLimits(Backend backend) {
            super(backend, UnaryOperator.identity());
        }

        @Override
        public LimitStore limit(Limit limit) {
            names.add(limit.name());
            return super.limit(limit);
        }
    }

    @BeforeEach
    void configure() {
        route(0, "the shop / 1", "/**");
    }

    private void route(int number, String id, String path) {
        String route = "spring.cloud.gateway.server.webflux.routes[" + number + "].";
        String arguments = route + "filters[0].args.";
        properties.put(route + "id", id);
        properties.put(route + "uri", upstream.uri().toString());
        properties.put(route + "predicates[0]", "Path=" + path);
        properties.put(route + "filters[0].name", "RequestRateLimiter");
        properties.put(arguments + "redis-rate-limiter.replenishRate", "2");
        properties.put(arguments + "redis-rate-limiter.burstCapacity", "4");
        properties.put(arguments + "redis-rate-limiter.requestedTokens", "2");
        properties.put(arguments + "key-resolver", "#{@userKeyResolver}");
    }

    @AfterEach
    void close() {
        upstream.close();
        backend.close();
    }

    private App started(Class<?> application) {
        return App.start(WebApplicationType.REACTIVE, application, properties, backend, service);
    }

    private static HttpResponse<String> get(App app, String user) {
        return get(app, "/1", user);
    }

    private static HttpResponse<String> get(App app, String path, String user) {
        return Http.send(HttpRequest.newBuilder(app.uri().resolve(path)).header("X-User", user));
    }

    @Test
    void decidesByTheConfigurationOfTheRoute() {
        try (App app = started(ByUser.class)) {
            HttpResponse<String> first = get(app, "ann");
            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(first.headers().firstValue("X-RateLimit-Remaining")).contains("2");
            assertThat(first.headers().firstValue("X-RateLimit-Replenish-Rate")).contains("2");
            assertThat(first.headers().firstValue("X-RateLimit-Burst-Capacity")).contains("4");
            assertThat(first.headers().firstValue("X-RateLimit-Requested-Tokens"))
                    .contains("2");
            assertThat(get(app, "ann").statusCode()).isEqualTo(200);
            HttpResponse<String> refused = get(app, "ann");
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("Retry-After")).contains("1");
            assertThat(get(app, "ben").statusCode()).isEqualTo(200);
            time.advance(Duration.ofSeconds(1));
            assertThat(get(app, "ann").statusCode()).isEqualTo(200);
            assertThat(service.calls()).hasSize(4);
        }
    }

    @Test
    void blocksARouteWithoutBurst() {
        properties.put(ARGUMENTS + "redis-rate-limiter.burstCapacity", "0");
        properties.put(ARGUMENTS + "redis-rate-limiter.requestedTokens", "1");
        try (App app = started(ByUser.class)) {
            HttpResponse<String> refused = get(app, "ann");
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().firstValue("X-RateLimit-Burst-Capacity"))
                    .contains("0");
            assertThat(service.calls()).isEmpty();
        }
    }

    @Test
    void namesItsHeadersAsConfiguredForGatewaysOwnLimiter() {
        String limiter = "spring.cloud.gateway.server.webflux.redis-rate-limiter.";
        properties.put(limiter + "remaining-header", "X-Remaining");
        properties.put(limiter + "replenish-rate-header", "X-Rate");
        properties.put(limiter + "burst-capacity-header", "X-Burst");
        properties.put(limiter + "requested-tokens-header", "X-Tokens");
        try (App app = started(ByUser.class)) {
            Map<String, List<String>> headers = get(app, "ann").headers().map();
            assertThat(headers)
                    .containsEntry("x-remaining", List.of("2"))
                    .containsEntry("x-rate", List.of("2"))
                    .containsEntry("x-burst", List.of("4"))
                    .containsEntry("x-tokens", List.of("2"));
            assertThat(headers.keySet()).noneMatch(name -> name.startsWith("x-ratelimit"));
        }
    }

    @Test
    void sendsNoHeadersWhereGatewaysOwnLimiterSendsNone() {
        properties.put("spring.cloud.gateway.server.webflux.redis-rate-limiter.include-headers", "false");
        try (App app = started(ByUser.class)) {
            get(app, "ann");
            get(app, "ann");
            HttpResponse<String> refused = get(app, "ann");
            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(refused.headers().map().keySet()).noneMatch(name -> name.startsWith("x-ratelimit"));
            assertThat(refused.headers().firstValue("Retry-After")).contains("1");
        }
    }

    @Test
    void refusalIsThrownForTheApplicationToAnswerIfTheRouteSaysSo() {
        properties.put(ARGUMENTS + "throwOnLimit", "true");
        try (App app = started(AnswersByItself.class)) {
            get(app, "ann");
            assertThat(get(app, "ann").statusCode()).isEqualTo(200);
            HttpResponse<String> refused = get(app, "ann");
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("X-Thrown-Retry-After")).contains("1");
        }
    }

    @Test
    void keepsItsCountsWhenRoutesAreRefreshed() {
        try (App app = started(ByUser.class)) {
            get(app, "ann");
            get(app, "ann");
            app.context().publishEvent(new RefreshRoutesEvent(this));
            assertThat(get(app, "ann").statusCode()).isEqualTo(429);
        }
    }

    @Test
    void routesOfOneRateAndBurstShareALimitButNoCounts() {
        route(0, "one", "/one");
        route(1, "other", "/other");
        ListedLimits listed = new ListedLimits(backend);
        try (App app = App.start(WebApplicationType.REACTIVE, ByUser.class, properties, listed, service)) {
            get(app, "/one", "ann");
            get(app, "/one", "ann");
            assertThat(get(app, "/one", "ann").statusCode()).isEqualTo(429);
            assertThat(get(app, "/other", "ann").statusCode()).isEqualTo(200);
        }
        assertThat(listed.names).filteredOn(name -> name.startsWith("gateway")).containsExactly("gateway-2-4");
    }

    @Test
    void comesBeforeGatewaysOwnLimiterOnRedis() {
        try (App app = started(ByUser.class)) {
            assertThat(app.context().getBeansOfType(RateLimiter.class)).containsKey("redisRateLimiter");
            // Gateway's own would have no Redis to ask, and would let everybody pass.
            assertThat(get(app, "ann").headers().firstValue("X-RateLimit-Remaining"))
                    .contains("2");
            get(app, "ann");
            assertThat(get(app, "ann").statusCode()).isEqualTo(429);
        }
    }

    @Test
    void leavesTheDecisionToALimiterOfTheApplication() {
        properties.put(
                "spring.autoconfigure.exclude",
                "org.springframework.cloud.gateway.config.GatewayRedisAutoConfiguration");
        try (App app = started(WithItsOwn.class)) {
            assertThat(get(app, "ann").statusCode()).isEqualTo(429);
        }
    }
}
