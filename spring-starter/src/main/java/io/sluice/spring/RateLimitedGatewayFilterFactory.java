package io.sluice.spring;

import static org.springframework.cloud.gateway.support.GatewayToStringStyler.filterToStringCreator;

import java.util.List;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.factory.AbstractGatewayFilterFactory;

/**
 * The filter {@code RateLimited=per-user}, or {@code RateLimited=per-user, 5} where a call costs five permits. A bean,
 * for routes in Java:
 *
 * <pre>{@code
 * route.path("/api/**").filters(f -> f.filter(rateLimited.apply(to -> to.setLimit("per-user")))).uri(service)
 * }</pre>
 */
public final class RateLimitedGatewayFilterFactory
        extends AbstractGatewayFilterFactory<RateLimitedGatewayFilterFactory.Config> {

    private final HttpGate gate;

    RateLimitedGatewayFilterFactory(HttpGate gate) {
        super(Config.class);
        this.gate = gate;
    }

    @Override
    public List<String> shortcutFieldOrder() {
        return List.of("limit", "permits");
    }

    @Override
    public GatewayFilter apply(Config config) {
        LimitGate named = gate.limit(config.limit);
        named.checkPermits(config.permits);
        Gate limit = named.costing(config.permits);
        return new GateFilter(
                limit,
                filterToStringCreator(this)
                        .append("limit", config.limit)
                        .append("permits", config.permits)
                        .toString());
    }

    /** The filter's arguments. */
    public static class Config {
        private String limit = SluiceProperties.PER_USER;
        private long permits = 1;

        /** Sets the name of the limit. */
        public void setLimit(String limit) {
            this.limit = limit;
        }

        /** Sets how many permits a call costs. */
        public void setPermits(long permits) {
            this.permits = permits;
        }
    }
}
