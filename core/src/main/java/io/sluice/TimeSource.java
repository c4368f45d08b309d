package io.sluice;

import java.time.Duration;

/**
 * The time of a backend: its clocks, and a scheduler of later tasks. Safe for use by many threads; no method blocks.
 *
 * <p>Both clocks advance together: the epoch clock is read once and then follows the monotonic one. So no answer of
 * Sluice jumps when somebody sets the machine's clock.
 */
public interface TimeSource {

    /** Returns nanoseconds since an arbitrary origin; never runs backwards. */
    long nanoTime();

    /** Returns microseconds since 1970-01-01T00:00Z; never runs backwards. */
    long epochMicros();

    /**
     * Runs {@code task} once, {@code delay} from now, on a thread of this time source. Tasks must not block; what they
     * throw is logged and otherwise ignored.
     *
     * @return cancels the task if it has not started; repeating it has no effect
     * @throws java.util.concurrent.RejectedExecutionException if this time source was closed
     */
    Runnable schedule(Runnable task, Duration delay);
}
