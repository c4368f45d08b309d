package io.sluice.spring;

import io.sluice.Backend;
import io.sluice.Decision;
import io.sluice.Limit;
import io.sluice.RateLimiter;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.cloud.gateway.filter.ratelimit.AbstractRateLimiter;
import org.springframework.cloud.gateway.filter.ratelimit.RedisRateLimiter;
import org.springframework.cloud.gateway.route.RouteDefinitionRouteLocator;
import org.springframework.cloud.gateway.support.ConfigurationService;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Decides for the filter {@code RequestRateLimiter} of Spring Cloud Gateway on WebFlux. Routes keep their
 * configuration: {@code redis-rate-limiter.replenishRate}, {@code burstCapacity} and {@code requestedTokens}. The
 * answer is the filter's own, with the headers that Gateway's limiter sets, and {@code Retry-After}.
 */
final class GatewayRateLimiter extends AbstractRateLimiter<RedisRateLimiter.Config> {

    private static final Logger log = LoggerFactory.getLogger(GatewayRateLimiter.class);

    /** Where Gateway's own limiter is configured. */
    static final String PROPERTIES = "spring.cloud.gateway.server.webflux.redis-rate-limiter";

    /** The headers in which Gateway's own limiter reports its state, and whether it does. */
    record Headers(
            @DefaultValue("true") boolean includeHeaders,
            @DefaultValue(RedisRateLimiter.REMAINING_HEADER) String remainingHeader,

            @DefaultValue(RedisRateLimiter.REPLENISH_RATE_HEADER)
            String replenishRateHeader,

            @DefaultValue(RedisRateLimiter.BURST_CAPACITY_HEADER)
            String burstCapacityHeader,

            @DefaultValue(RedisRateLimiter.REQUESTED_TOKENS_HEADER)
            String requestedTokensHeader) {

        Map<String, String> of(RedisRateLimiter.Config config, long remaining) {
            Map<String, String> headers = new HashMap<>();
            if (includeHeaders) {
                headers.put(remainingHeader, Long.toString(remaining));
                headers.put(replenishRateHeader, Integer.toString(config.getReplenishRate()));
                headers.put(burstCapacityHeader, Long.toString(config.getBurstCapacity()));
                headers.put(requestedTokensHeader, Integer.toString(config.getRequestedTokens()));
            }
            return headers;
        }
    }

    private final Backend backend;
    private final Headers headers;
    private final Map<String, RateLimiter> byName = new ConcurrentHashMap<>();

    GatewayRateLimiter(Backend backend, Headers headers, ConfigurationService configurationService) {
        super(RedisRateLimiter.Config.class, RedisRateLimiter.CONFIGURATION_PROPERTY_NAME, configurationService);
        this.backend = backend;
        this.headers = headers;
    }

    @Override
    public Mono<Response> isAllowed(String routeId, String key) {
        RedisRateLimiter.Config config = configOf(routeId);
        if (config.getBurstCapacity() == 0) {
            return Mono.just(blocked(routeId, config));
        }
        RateLimiter limiter = limiterOf(config);
        long permits = Math.max(1, config.getRequestedTokens());
        if (permits > limiter.limit().maxPermits()) {
            return Mono.just(blocked(routeId, config));
        }
        String caller = caller(routeId, key);
        return Mono.defer(() -> ReactiveStages.mono(limiter.tryAcquireAsync(caller, permits), Schedulers::parallel))
                .doOnNext(decision -> LimitGate.logDenial(limiter.limit(), caller, permits, decision))
                .map(decision -> response(config, decision));
    }

    private RedisRateLimiter.Config configOf(String routeId) {
        RedisRateLimiter.Config config = getConfig().get(routeId);
        if (config == null) {
            config = getConfig().get(RouteDefinitionRouteLocator.DEFAULT_FILTERS);
        }
        if (config == null || config.getReplenishRate() < 1) {
            throw new IllegalArgumentException("The filter RequestRateLimiter of the route \"" + routeId
                    + "\" has no rate. Set its argument redis-rate-limiter.replenishRate");
        }
        return config;
    }

    /**
     * Returns the one limit for all routes with these figures; a limit's table is large and stays. A refreshed route
     * keeps its counts if it has not changed, and begins anew if it has.
     */
    private RateLimiter limiterOf(RedisRateLimiter.Config config) {
        int rate = config.getReplenishRate();
        long burst = config.getBurstCapacity();
        return byName.computeIfAbsent("gateway-" + rate + '-' + burst, name -> {
            Limit.Builder limit = Limit.named(name);
            return RateLimiter.of(
                    limit.bandwidth(rate, Duration.ofSeconds(1), burst).build(), backend);
        });
    }

    /** Keeps the counts of routes apart. The separator is a line break, which no id of a route has. */
    private static String caller(String routeId, String key) {
        return routeId + '\n' + key;
    }

    /** Returns the answer for a route that no call can ever pass. */
    private Response blocked(String routeId, RedisRateLimiter.Config config) {
        log.debug(
                "No call can pass: route={} permits={} burst={}",
                routeId,
                config.getRequestedTokens(),
                config.getBurstCapacity());
        return new Response(false, headers.of(config, 0));
    }

    private Response response(RedisRateLimiter.Config config, Decision decision) {
        Map<String, String> fields = headers.of(config, decision.remaining());
        if (!decision.allowed()) {
            fields.put("Retry-After", Long.toString(Math.max(1, HttpAnswer.wholeSeconds(decision.retryAfterNanos()))));
        }
        return new Response(decision.allowed(), fields);
    }
}
