package io.sluice;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;

/** Asks the store again, a refresh later, while it is away or has no place free. No thread waits meanwhile. */
final class Retry {

    /** Well under the lease of a knock. */
    private static final long LONGEST_INTERVAL_NANOS = 500_000_000;

    private final TimeSource time;
    private final long timeoutNanos;
    private final long intervalNanos;

    Retry(Room room, TimeSource time) {
        this.time = time;
        this.timeoutNanos = room.enterWait().toNanos();
        this.intervalNanos = Math.min(room.refresh().toNanos(), LONGEST_INTERVAL_NANOS);
    }

    /** Returns until when somebody who asks now may be held. */
    long deadlineNanos() {
        return time.nanoTime() + timeoutNanos;
    }

    boolean isOver(long deadlineNanos) {
        return deadlineNanos - time.nanoTime() <= 0;
    }

    /** Tells whether it is of no use to ask again: {@link RoomStore} says how its failures read. */
    static boolean isOfAClosedBackend(Throwable failure) {
        return Stages.cause(failure) instanceof IllegalStateException;
    }

    /** Asks until there is an answer, at most until the deadline. */
    <T> CompletionStage<T> whileAway(long deadlineNanos, Supplier<CompletionStage<T>> question) {
        return question.get().exceptionallyCompose(failure -> {
            return isOfAClosedBackend(failure) || isOver(deadlineNanos)
                    ? CompletableFuture.failedFuture(failure)
                    : later(deadlineNanos, () -> whileAway(deadlineNanos, question));
        });
    }

    /** Asks after a refresh, or at the deadline if that comes first. */
    <T> CompletionStage<T> later(long deadlineNanos, Supplier<CompletionStage<T>> question) {
        long delayNanos = Math.max(0, Math.min(deadlineNanos - time.nanoTime(), intervalNanos));
        CompletableFuture<CompletionStage<T>> later = new CompletableFuture<>();
        time.schedule(() -> later.complete(question.get()), Duration.ofNanos(delayNanos));
        return later.thenCompose(Function.identity());
    }
}
