package io.sluice.spring;

import io.micrometer.observation.Observation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Stages of gates and stores, for what goes on reactively behind them. */
final class ReactiveStages {

    /** The key under which Micrometer's {@code ObservationThreadLocalAccessor} and Spring keep an observation. */
    private static final String OBSERVATION = "micrometer.observation";

    private ReactiveStages() {}

    /**
     * Asks a gate for each subscriber, within the observation that the subscriber's context carries, so that the wait is
     * a child of it, with automatic context propagation or without.
     */
    static <T> Mono<T> asked(Supplier<CompletionStage<T>> gate) {
        return Mono.deferContextual(context -> {
            Observation observation = context.<@Nullable Observation>getOrDefault(OBSERVATION, null);
            return mono(observation == null ? gate.get() : observation.scoped(gate));
        });
    }

    /**
     * Returns what the stage completes with. If that is to come, what follows runs on another thread than the one that
     * completes it: whoever ends a wait is another caller, the timer or the client of the store, and must not do this
     * one's work. Cancelling cancels the stage.
     */
    static <T> Mono<T> mono(CompletionStage<T> stage) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        Mono<T> mono = Mono.fromCompletionStage(future);
        return future.isDone() ? mono : mono.publishOn(Schedulers.parallel());
    }
}
