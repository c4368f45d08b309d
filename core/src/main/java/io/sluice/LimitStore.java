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
     * @return a verdict, which {@link Limit} reads: that of {@link Limit#verdict} or {@link Limit#bucketVerdict}
     * @throws UnsupportedOperationException if this store is not local
     */
    long tryAcquire(String key, long permits);

    /**
     * Decides. If the store is out of reach the limit's {@link Limit.OnOutage} decides, and the stage does not
     * complete exceptionally.
     */
    CompletionStage<Decision> tryAcquireAsync(String key, long permits);

    /**
     * Gives back permits of an earlier decision whose {@linkplain Decision#source source} is the store. Never lifts
     * a caller above the burst. Has no effect without a record of the caller. If the store is out of reach, the
     * refund is lost and the stage completes normally, because nobody is refused for it.
     */
    CompletionStage<Void> refundAsync(String key, long permits);

    /** Returns how many callers in debt were forgotten for lack of room: {@link Limit#maxKeys} is too small. */
    default long forgottenCallers() {
        return 0;
    }

    /**
     * Returns how much debt was forgiven that way: the time that those callers would have needed to be at rest. Stops
     * at 2^63 - 1 ns, 292 years.
     */
    default long forgivenNanos() {
        return 0;
    }
}
