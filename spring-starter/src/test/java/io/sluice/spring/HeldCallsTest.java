package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.common.KeyValue;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.sluice.Bound;
import io.sluice.Guard;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;

/** The span of a call that waits for its turn. */
class HeldCallsTest {

    private final ManualTime time = new ManualTime();
    private final LocalBackend backend = LocalBackend.create(time);
    private final ObservationRegistry observations = ObservationRegistry.create();
    private final List<Observation.Context> ended =
            HeldObservations.of(observations).ended();
    private final GuardGate gate = new GuardGate(
            Guard.of(Bound.named("shop").limit(1).maxWait(Duration.ofSeconds(5)).build(), backend),
            new GuardGate.Definition(
                    call -> null,
                    new SluiceProperties.GuardProperties(
                            1, Duration.ofSeconds(5), 10, Duration.ZERO, "principal", false)),
            Configured.byDefault(),
            new MicrometerObserver(new SimpleMeterRegistry(), observations));

    @AfterEach
    void close() {
        backend.close();
    }

    private String outcome() {
        assertThat(ended).hasSize(1);
        return HeldObservations.outcome(ended.get(0));
    }

    @Test
    void aCallThatHasItsTurnAtOnceIsNone() {
        gate.turn("ann").giveUp();
        assertThat(ended).isEmpty();
    }

    @Test
    void isAChildOfTheRequestAndTellsWhatHeldIt() {
        Observation request = Observation.start("request", observations);
        Turn first = gate.turn("ann");
        try (Observation.Scope scope = request.openScope()) {
            assertThat(gate.turn("bob").permit()).isNotDone();
            assertThat(scope.getCurrentObservation()).isSameAs(request);
        }
        first.giveUp();
        assertThat(outcome()).isEqualTo("allowed");
        Observation.Context held = ended.get(0);
        assertThat(held.getName()).isEqualTo("sluice.hold");
        assertThat(held.getParentObservation()).isSameAs(request);
        assertThat(held.getLowCardinalityKeyValues())
                .contains(KeyValue.of("kind", "guard"), KeyValue.of("name", "shop"));
    }

    @Test
    void isAChildOfTheObservationThatASubscriberCarries() {
        Observation request = Observation.start("request", observations);
        Turn first = gate.turn("ann");
        CompletableFuture<Guard.Permit> second = ReactiveStages.asked(
                        () -> gate.turn("bob").permit(), Schedulers::parallel)
                .contextWrite(context -> context.put("micrometer.observation", request))
                .toFuture();
        assertThat(observations.getCurrentObservation()).isNull();
        first.giveUp();
        second.join();
        assertThat(ended.get(0).getParentObservation()).isSameAs(request);
    }

    @Test
    void endsWithTheRefusal() {
        gate.turn("ann");
        CompletableFuture<Guard.Permit> second = gate.turn("bob").permit();
        time.advance(Duration.ofSeconds(5));
        assertThat(second).isCompletedExceptionally();
        assertThat(outcome()).isEqualTo("refused");
    }

    @Test
    void endsWhenTheClientHasGone() {
        gate.turn("ann");
        gate.turn("bob").giveUp();
        assertThat(outcome()).isEqualTo("abandoned");
    }
}
