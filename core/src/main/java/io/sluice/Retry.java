package io.sluice;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Asks the store again, an interval later, while it is away or has no place free. No thread waits meanwhile, and the
 * asking ends when the caller cancels.
 */
final class Retry {

    /** Well under the lease of a knock. */
    private static final long LONGEST_INTERVAL_NANOS = 500_000_000;

    private final TimeSource time;
    private final long timeoutNanos;
    private final long intervalNanos;

    /**
     * An answer that may be held.
     *
     * @param answer the caller's future
     * @param deadlineNanos until when it may be held
     */
    record Held(Future<?> answer, long deadlineNanos) {}

    Retry(Room room, TimeSource time) {
        this.time = time;
        this.timeoutNanos = room.enterWait().toNanos();
        this.intervalNanos = Math.min(room.refresh().toNanos(), LONGEST_INTERVAL_NANOS);
    }

    /** Returns how long until the store is asked again. */
    long intervalNanos() {
        return intervalNanos;
    }

    /** Returns the answer that asking brings; cancelling it stops the asking. */
    <T> CompletionStage<T> hold(Function<Held, CompletionStage<T>> asking) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        asking.apply(new Held(answer, time.nanoTime() + timeoutNanos)).whenComplete((value, failure) -> {
            if (failure == null) {
                answer.complete(value);
            } else {
                answer.completeExceptionally(Stages.cause(failure));
            }
        });
        return answer;
    }

    boolean isOver(Held held) {
        return held.answer.isDone() || held.deadlineNanos - time.nanoTime() <= 0;
    }

    /** Tells whether asking again is of no use: {@link RoomStore} says how a closed backend fails. */
    static boolean isOfAClosedBackend(Throwable failure) {
        return Stages.cause(failure) instanceof IllegalStateException;
    }

    /** Asks until there is an answer, at most until the deadline. */
    <T> CompletionStage<T> whileAway(Held held, Supplier<CompletionStage<T>> question) {
        return question.get()
                .exceptionallyCompose(failure -> isOfAClosedBackend(failure) || isOver(held)
                        ? CompletableFuture.failedFuture(failure)
                        : later(held, () -> whileAway(held, question)));
    }

    /** Asks after an interval, or at the deadline if that comes first. */
    <T> CompletionStage<T> later(Held held, Supplier<CompletionStage<T>> question) {
        long delayNanos = Math.max(0, Math.min(held.deadlineNanos - time.nanoTime(), intervalNanos));
        CompletableFuture<CompletionStage<T>> later = new CompletableFuture<>();
        try {
            time.schedule(
                    () -> {
                        if (!held.answer.isDone()) {
                            later.complete(Stages.of(question));
                        }
                    },
                    Duration.ofNanos(delayNanos));
        } catch (RejectedExecutionException e) {
            later.completeExceptionally(new IllegalStateException("The backend was closed while a visitor waited", e));
        }
        return later.thenCompose(Function.identity());
    }
}
