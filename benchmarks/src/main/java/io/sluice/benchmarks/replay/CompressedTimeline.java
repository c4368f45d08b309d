package io.sluice.benchmarks.replay;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** The machine's time, run faster: with a compression of 4 a second of it takes 250 ms. */
final class CompressedTimeline implements Timeline {

    private final ScheduledExecutorService thread;
    private final double compression;
    private final long originNanoTime;
    private final Failures failures;

    /**
     * @param thread one single thread, which the caller ends
     * @param originNanoTime the {@link System#nanoTime()} that is this timeline's zero
     * @param failures gets what a task throws, which an executor keeps to itself
     */
    CompressedTimeline(ScheduledExecutorService thread, double compression, long originNanoTime, Failures failures) {
        this.thread = thread;
        this.compression = compression;
        this.originNanoTime = originNanoTime;
        this.failures = failures;
    }

    @Override
    public long nowNanos() {
        return (long) ((System.nanoTime() - originNanoTime) * compression);
    }

    @Override
    public void schedule(long delayNanos, Runnable task) {
        try {
            var unused = thread.schedule(
                    () -> run(task), (long) (Math.max(0, delayNanos) / compression), TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException closing) {
            // The arm is over; nobody waits for later tasks.
        }
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException | Error e) {
            failures.add(e);
        }
    }
}
