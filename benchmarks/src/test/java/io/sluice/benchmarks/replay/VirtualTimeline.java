package io.sluice.benchmarks.replay;

import java.util.Comparator;
import java.util.PriorityQueue;

/** Time that moves only when a test says so. */
final class VirtualTimeline implements Timeline {

    private record Task(long atNanos, long order, Runnable work) {}

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::atNanos).thenComparingLong(Task::order));
    private long nowNanos;
    private long scheduled;

    @Override
    public long nowNanos() {
        return nowNanos;
    }

    @Override
    public void schedule(long delayNanos, Runnable task) {
        tasks.add(new Task(nowNanos + Math.max(0, delayNanos), scheduled++, task));
    }

    void advanceMillis(long millis) {
        long untilNanos = nowNanos + millis * Durations.NANOS_PER_MILLI;
        while (!tasks.isEmpty() && tasks.peek().atNanos() <= untilNanos) {
            Task next = tasks.remove();
            nowNanos = next.atNanos();
            next.work().run();
        }
        nowNanos = untilNanos;
    }

    void advanceSeconds(long seconds) {
        advanceMillis(seconds * 1_000);
    }
}
