package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import reactor.core.publisher.Mono;

@Tag("webflux")
class WebFluxCallTest {

    private final MockServerWebExchange exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/login"));

    /** Returns the thread on which what is behind the gate works. */
    private CompletableFuture<Thread> working(Gate gate) {
        return WebFluxCall.through(gate, exchange, () -> Mono.fromSupplier(Thread::currentThread))
                .toFuture();
    }

    @Test
    void goesOnAtOnceIfItNeedNotWait() {
        assertThat(working(call -> Gate.PASS)).isCompletedWithValue(Thread.currentThread());
    }

    @Test
    void leavesItsWorkNotToWhoeverEndsTheWait() {
        CompletableFuture<Optional<HttpAnswer>> wait = new CompletableFuture<>();
        CompletableFuture<Thread> working = working(call -> wait);
        assertThat(working).isNotDone();
        wait.complete(Optional.empty());
        assertThat(working.join()).isNotSameAs(Thread.currentThread());
    }
}
