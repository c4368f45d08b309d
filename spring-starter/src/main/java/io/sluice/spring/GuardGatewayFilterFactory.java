package io.sluice.spring;

import static org.springframework.cloud.gateway.support.GatewayToStringStyler.filterToStringCreator;

import java.util.List;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.factory.AbstractGatewayFilterFactory;

/**
 * The filter {@code Guard=shop-login}: a call waits until the service has room for it. A bean, for routes in Java:
 *
 * <pre>{@code
 * route.path("/login").filters(f -> f.filter(guard.apply(by -> by.setGuard("shop-login")))).uri(service)
 * }</pre>
 */
public final class GuardGatewayFilterFactory extends AbstractGatewayFilterFactory<GuardGatewayFilterFactory.Config> {

    private final HttpGate gate;

    GuardGatewayFilterFactory(HttpGate gate) {
        super(Config.class);
        this.gate = gate;
    }

    @Override
    public List<String> shortcutFieldOrder() {
        return List.of("guard");
    }

    @Override
    public GatewayFilter apply(Config config) {
        Gate guard = gate.guard(config.guard);
        return new GateFilter(
                guard, filterToStringCreator(this).append("guard", config.guard).toString());
    }

    /** The filter's arguments. */
    public static class Config {
        private String guard = "";

        /** Sets the name of the guard. */
        public void setGuard(String guard) {
            this.guard = guard;
        }
    }
}
