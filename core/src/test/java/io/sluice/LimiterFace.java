package io.sluice;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** The two ways to call a {@link RateLimiter}, of which a contract demands the same. */
enum LimiterFace {
    BLOCKING {
        @Override
        Decision tryAcquire(RateLimiter limiter, String key, long permits) {
            return limiter.tryAcquire(key, permits);
        }

        @Override
        CompletableFuture<Decision> acquire(RateLimiter limiter, String key, long permits, Duration timeout) {
            CompletableFuture<Decision> result = new CompletableFuture<>();
            Thread thread = new Thread(() -> {
                try {
                    result.complete(limiter.acquire(key, permits, timeout));
                } catch (Throwable e) {
                    result.completeExceptionally(e);
                }
            });
            thread.setDaemon(true);
            thread.start();
            return result;
        }

        @Override
        void refund(RateLimiter limiter, String key, long permits) {
            limiter.refund(key, permits);
        }
    },
    ASYNCHRONOUS {
        @Override
        Decision tryAcquire(RateLimiter limiter, String key, long permits) {
            return limiter.tryAcquireAsync(key, permits).toCompletableFuture().join();
        }

        @Override
        CompletableFuture<Decision> acquire(RateLimiter limiter, String key, long permits, Duration timeout) {
            return limiter.acquireAsync(key, permits, timeout).toCompletableFuture();
        }

        @Override
        void refund(RateLimiter limiter, String key, long permits) {
            limiter.refundAsync(key, permits).toCompletableFuture().join();
        }
    };

    abstract Decision tryAcquire(RateLimiter limiter, String key, long permits);

    /** Starts to wait; the future is done when the caller would go on. */
    abstract CompletableFuture<Decision> acquire(RateLimiter limiter, String key, long permits, Duration timeout);

    abstract void refund(RateLimiter limiter, String key, long permits);
}
