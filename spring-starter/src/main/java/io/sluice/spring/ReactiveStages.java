package io.sluice.spring;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Stages of gates and stores, for what goes on reactively behind them. */
final class ReactiveStages {

    private ReactiveStages() {}

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
