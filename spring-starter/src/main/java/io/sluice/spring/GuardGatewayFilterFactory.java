package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Guard;
import java.util.List;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.filter.factory.AbstractGatewayFilterFactory;
import reactor.core.publisher.Mono;

/** {@code Guard=shop-login}: a call waits until the backend has room for it. */
final class GuardGatewayFilterFactory extends AbstractGatewayFilterFactory<GuardGatewayFilterFactory.Config> {

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
        GuardGate guard = gate.guard(config.guard);
        return (exchange, chain) -> WebFluxCall.of(exchange).flatMap(call -> withPermit(guard, call, chain));
    }

    private static Mono<Void> withPermit(GuardGate guard, WebFluxCall call, GatewayFilterChain chain) {
        return Mono.fromCompletionStage(() -> guard.acquire(call))
                .flatMap(permit -> chain.filter(call.exchange()).doFinally(end -> permit.release()))
                .onErrorResume(AdmissionException.class, refused -> call.write(guard.refusal(call, refused)))
                // The client hung up in the instant in which its turn came.
                .doOnDiscard(Guard.Permit.class, Guard.Permit::release);
    }

    /** What the filter is told. */
    public static class Config {
        private String guard = "";

        /** Sets the name of the guard. */
        public void setGuard(String guard) {
            this.guard = guard;
        }
    }
}
