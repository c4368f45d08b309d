package io.sluice;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One waiting caller of {@link RateLimiter#acquireAsync}. Asks, and when denied asks again after the store's wait,
 * while the timeout allows. Cancelling it ends the wait and gives back what was charged in the same moment. Closing
 * the backend does the same, with a failure.
 */
final class PendingAcquire extends CompletableFuture<Decision> {

    private final LimitStore store;
    private final Backend backend;
    private final TimeSource time;
    private final String key;
    private final long permits;
    private final long startNanos;
    private final long timeoutNanos;
    private volatile @Nullable Runnable timer;
    /** Accessed only between an answer and the next question, so by one thread after the other. */
    private boolean listensForClose;

    PendingAcquire(LimitStore store, Backend backend, String key, long permits, long timeoutNanos) {
        this.store = store;
        this.backend = backend;
        this.time = backend.time();
        this.key = key;
        this.permits = permits;
        this.startNanos = time.nanoTime();
        this.timeoutNanos = timeoutNanos;
    }

    void ask() {
        if (isDone()) {
            return;
        }
        try {
            store.tryAcquireAsync(key, permits).whenComplete(this::answered);
        } catch (RuntimeException | Error e) {
            completeExceptionally(e);
        }
    }

    private void answered(@Nullable Decision decision, @Nullable Throwable problem) {
        if (decision == null) {
            completeExceptionally(problem == null ? new NullPointerException("decision") : problem);
        } else if (decision.allowed()) {
            if (!complete(decision) && decision.isRefundable()) {
                store.refundAsync(key, permits);
            }
        } else if (decision.retryAfterNanos() > timeoutNanos - (time.nanoTime() - startNanos)) {
            complete(decision);
        } else {
            waitFor(decision.retryAfterNanos());
        }
    }

    private void waitFor(long delayNanos) {
        if (!listensForClose) {
            listensForClose = true;
            Runnable forget = backend.whenClosed(() -> refuse(null));
            CompletionStage<Decision> end = this;
            end.whenComplete((decision, problem) -> {
                forget.run();
                stopTimer();
            });
        }
        if (isDone()) {
            return;
        }
        try {
            timer = time.schedule(this::ask, Duration.ofNanos(delayNanos));
        } catch (RejectedExecutionException e) {
            refuse(e);
        } catch (RuntimeException | Error e) {
            // Thrown from here it would reach nobody, and the caller would wait for ever.
            completeExceptionally(e);
        }
        if (isDone()) {
            stopTimer();
        }
    }

    private void refuse(@Nullable RejectedExecutionException cause) {
        completeExceptionally(new IllegalStateException("The backend was closed while a caller waited", cause));
    }

    private void stopTimer() {
        Runnable cancellation = timer;
        if (cancellation != null) {
            cancellation.run();
        }
    }
}
