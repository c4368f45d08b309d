package io.sluice;

import java.util.concurrent.CompletionStage;

/**
 * Where a {@link Backend} keeps one {@link Limit}: SPI, called by {@link RateLimiter}. Each call is one atomic
 * decision. Arguments have been checked: keys are not empty, permits lie between 1 and {@link Limit#maxPermits()}.
 */
public interface LimitStore {

    /**
     * Tells whether {@link #tryAcquire} decides in this process, at once. If so, the asynchronous methods return
     * completed stages.
     */
    boolean isLocal();

    /**
     * Decides on the calling thread without blocking and without allocating on the common path.
     *
     * @return a verdict, which {@link Limit} reads: not negative if allowed, negative if denied
     * @throws UnsupportedOperationException if this store is not local
     */
    long tryAcquire(String key, long permits);

    /**
     * Decides. The stage never completes exceptionally for a store that is out of reach: the limit's {@link
     * Limit.OnOutage} decides then.
     */
    CompletionStage<Decision> tryAcquireAsync(String key, long permits);

    /**
     * Gives back permits that an earlier decision charged here, its {@linkplain Decision#source source} being the store.
     * Never lifts a caller above the burst; without a record of the caller it has no effect. As nobody is refused for
     * it, a refund that a store out of reach does not take is lost: the stage completes normally.
     */
    CompletionStage<Void> refundAsync(String key, long permits);

    /** Returns how many callers in debt were forgotten for want of room: {@link Limit#maxKeys} is too small. */
    default long forgottenCallers() {
        return 0;
    }

    /** Returns how much debt was forgiven that way: the time the forgotten would have needed to be at rest. */
    default long forgivenNanos() {
        return 0;
    }
}
