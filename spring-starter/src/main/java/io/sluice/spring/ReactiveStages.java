package io.sluice.spring;

import io.micrometer.observation.Observation;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/** Adapts the stages of gates and stores to reactive code. */
final class ReactiveStages {

    /** The key under which Micrometer's {@code ObservationThreadLocalAccessor} and Spring keep an observation. */
    private static final String OBSERVATION = "micrometer.observation";

    private ReactiveStages() {}

    /**
     * Asks a gate for each subscriber, within the observation in the subscriber's context. The wait is then a child of
     * that observation, with or without automatic context propagation.
     *
     * @param after as for {@link #mono(CompletionStage, Supplier)}
     */
    static <T> Mono<T> asked(Supplier<CompletionStage<T>> gate, Supplier<Scheduler> after) {
        return Mono.deferContextual(context -> {
            Observation observation = context.<@Nullable Observation>getOrDefault(OBSERVATION, null);
            return mono(observation == null ? gate.get() : observation.scoped(gate), after);
        });
    }

    /**
     * Returns the result of a stage. If that is still to come, what follows does not run on the thread that completes
     * the stage: it is the thread of another caller, the timer or the store's client, and must not do this caller's
     * work. Cancelling cancels the stage.
     *
     * @param after gives the threads on which to go on after a wait
     */
    static <T> Mono<T> mono(CompletionStage<T> stage, Supplier<Scheduler> after) {
        CompletableFuture<T> future = stage.toCompletableFuture();
        if (!future.isDone()) {
            return Mono.fromCompletionStage(future).publishOn(after.get());
        }
        return future.isCompletedExceptionally() ? Mono.fromCompletionStage(future) : Mono.justOrEmpty(future.join());
    }
}
