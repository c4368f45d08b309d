package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.context.support.StaticApplicationContext;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.WebFilterChain;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

@Tag("webflux")
class WebFluxFrameTest {

    private final HttpGate gate = Configured.gates(
            Map.of("sluice.guards.shop.limit", "1", "sluice.limits.search.rate", "1/1h"),
            LocalBackend.create(new ManualTime()));

    private final WebFluxFrame frame = new WebFluxFrame(gate, 0, new StaticApplicationContext());

    private static MockServerWebExchange request() {
        return MockServerWebExchange.from(MockServerHttpRequest.get("/orders"));
    }

    private boolean hasTurn(MockServerWebExchange exchange) {
        return gate.guard("shop")
                .enter(new WebFluxCall(exchange, null))
                .toCompletableFuture()
                .isDone();
    }

    @Test
    void aRequestThatAFilterInFrontTriesAgainWaitsForAnotherTurnAndIsNotChargedAgain() {
        Gate gates = Gate.inOrder(List.of(gate.limit("search").costing(1), gate.guard("shop")));
        List<Sinks.Empty<Void>> attempts = new ArrayList<>();
        WebFilterChain behind = exchange -> WebFluxCall.through(gates, exchange, () -> {
            Sinks.Empty<Void> attempt = Sinks.empty();
            attempts.add(attempt);
            return attempt.asMono();
        });
        MockServerWebExchange exchange = request();
        Disposable client =
                Mono.defer(() -> frame.filter(exchange, behind)).retry(1).subscribe();
        assertThat(gate.guard("shop").guard().inFlight()).isEqualTo(1);
        attempts.get(0).emitError(new IllegalStateException("as the test wants"), Sinks.EmitFailureHandler.FAIL_FAST);
        assertThat(attempts).hasSize(2);
        assertThat(gate.guard("shop").guard().inFlight()).isEqualTo(1);
        attempts.get(1).emitEmpty(Sinks.EmitFailureHandler.FAIL_FAST);
        assertThat(client.isDisposed()).as("ended").isTrue();
        assertThat(gate.guard("shop").guard().inFlight()).isZero();
    }

    @Test
    void aRequestThatIsCancelledBeforeItMeetsAGuardKeepsNoTurn() {
        MockServerWebExchange cancelled = request();
        Disposable client = frame.filter(cancelled, unused -> Mono.never()).subscribe();
        client.dispose();
        // As when the key of an annotation is read while the client hangs up.
        assertThat(hasTurn(cancelled)).isTrue();
        assertThat(gate.guard("shop").guard().inFlight()).isZero();
        assertThat(hasTurn(request())).as("the next request").isTrue();
    }
}
