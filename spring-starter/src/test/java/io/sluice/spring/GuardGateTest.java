package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.ObservationRegistry;
import io.sluice.Bound;
import io.sluice.ForwardingBackend;
import io.sluice.Guard;
import io.sluice.GuardStore;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A guard whose backend is not one of Sluice's own. */
class GuardGateTest {

    private final ManualTime time = new ManualTime();
    private final LocalBackend local = LocalBackend.create(time);
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final GuardGate gate = new GuardGate(
            Guard.of(Bound.named("shop").limit(1).maxWait(Duration.ofSeconds(5)).build(), new Deriving(local)),
            new GuardGate.Definition(
                    call -> null,
                    new SluiceProperties.GuardProperties(
                            1, Duration.ofSeconds(5), 10, Duration.ZERO, "principal", false)),
            Configured.byDefault(),
            new MicrometerObserver(meters, ObservationRegistry.NOOP));

    @AfterEach
    void close() {
        local.close();
    }

    /** Hands out stages that depend on others, whose failures futures wrap. */
    private static final class Deriving extends ForwardingBackend {

        Deriving(LocalBackend local) {
            super(local, UnaryOperator.identity());
        }

        @Override
        public GuardStore guard(Bound bound) {
            return new Store(super.guard(bound));
        }
    }

    private record Store(GuardStore store) implements GuardStore {

        @Override
        public CompletionStage<Guard.Permit> acquire(String caller) {
            return store.acquire(caller).thenApply(permit -> permit);
        }

        @Override
        public Bound bound() {
            return store.bound();
        }

        @Override
        public void redefine(Bound bound) {
            store.redefine(bound);
        }

        @Override
        public int share() {
            return store.share();
        }

        @Override
        public int inFlight() {
            return store.inFlight();
        }

        @Override
        public int waiting() {
            return store.waiting();
        }

        @Override
        public int overdue() {
            return store.overdue();
        }

        @Override
        public long takenBack() {
            return store.takenBack();
        }
    }

    @Test
    void saysWhenToComeAgainAndCountsTheRefusalOfADerivedStage() {
        gate.turn("ann");
        CompletableFuture<Optional<HttpAnswer>> second =
                gate.enter(FakeCall.ofBrowser("GET", "en")).toCompletableFuture();
        time.advance(Duration.ofSeconds(5));
        HttpAnswer refusal = second.join().orElseThrow();
        assertThat(refusal.status()).isEqualTo(503);
        assertThat(refusal.headers()).containsEntry("Retry-After", "1");
        assertThat(meters.get("sluice.guard.wait")
                        .tag("outcome", "refused")
                        .timer()
                        .count())
                .isEqualTo(1);
    }
}
