package io.sluice;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The machine's time, with one daemon thread for all scheduled tasks. */
final class SystemTime implements TimeSource, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SystemTime.class);

    private final long originNanos = System.nanoTime();
    private final long originEpochMicros = TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis());
    private final ScheduledThreadPoolExecutor executor;

    SystemTime() {
        executor = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "sluice-timer");
            thread.setDaemon(true);
            return thread;
        });
        executor.setRemoveOnCancelPolicy(true);
        // A process that has no thread left fails here, not when the first call has to wait.
        executor.prestartCoreThread();
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    public long epochMicros() {
        return originEpochMicros + TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - originNanos);
    }

    @Override
    public Runnable schedule(Runnable task, Duration delay) {
        Future<?> future = executor.schedule(() -> runLogged(task), delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
    }

    private static void runLogged(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            log.error("A scheduled task failed", e);
        }
    }

    /** Takes no new tasks. Tasks scheduled before still run at their time, so nobody who waits for one hangs. */
    @Override
    public void close() {
        executor.shutdown();
    }
}
