package io.sluice.benchmarks.replay;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The machine's time, run faster: with a compression of 4 a second of it takes 250 ms. */
final class CompressedTimeline implements Timeline {

    private final ScheduledExecutorService thread;
    private final double compression;
    private final long originNanoTime;

    /**
     * @param thread one single thread, which the caller ends
     * @param originNanoTime the {@link System#nanoTime()} that is this timeline's zero
     */
    CompressedTimeline(ScheduledExecutorService thread, double compression, long originNanoTime) {
        this.thread = thread;
        this.compression = compression;
        this.originNanoTime = originNanoTime;
    }

    @Override
    public long nowNanos() {
        return (long) ((System.nanoTime() - originNanoTime) * compression);
    }

    @Override
    public void schedule(long delayNanos, Runnable task) {
        try {
            var unused = thread.schedule(
                    () -> runAndReport(task), (long) (Math.max(0, delayNanos) / compression), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closing) {
            // The arm is over; nobody waits for later tasks.
        }
    }

    /** Reports a failure, which an executor keeps to itself: a model that lost an event would give wrong figures. */
    private static void runAndReport(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            Thread current = Thread.currentThread();
            current.getUncaughtExceptionHandler().uncaughtException(current, e);
        }
    }
}
