package io.sluice;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Time that stands still until a test advances it; scheduled tasks then run in order, each at its own moment. */
public final class ManualTime implements TimeSource {

    /** Not a round number, so that nothing passes by being aligned to a second. */
    private static final long START_EPOCH_MICROS = 1_795_000_000_123_457L;

    private record Task(long atNanos, long order, Runnable body) {}

    private final PriorityQueue<Task> tasks =
            new PriorityQueue<>(Comparator.comparingLong(Task::atNanos).thenComparingLong(Task::order));
    private long nowNanos = 7_000_000_001L;
    private long orders;

    @Override
    public synchronized long nanoTime() {
        return nowNanos;
    }

    @Override
    public synchronized long epochMicros() {
        return START_EPOCH_MICROS + TimeUnit.NANOSECONDS.toMicros(nowNanos);
    }

    @Override
    public synchronized Runnable schedule(Runnable body, Duration delay) {
        Task task = new Task(nowNanos + Math.max(0, delay.toNanos()), orders++, body);
        tasks.add(task);
        return () -> cancel(task);
    }

    private synchronized void cancel(Task task) {
        tasks.remove(task);
    }

    /** Moves time on, running what falls due on the way. */
    public void advance(Duration duration) {
        long target = nanoTime() + duration.toNanos();
        for (Task due = nextUntil(target); due != null; due = nextUntil(target)) {
            due.body().run();
        }
    }

    /** Moves time on as while the process stands still: what falls due meanwhile runs when time moves on again. */
    public synchronized void standStill(Duration duration) {
        nowNanos += duration.toNanos();
    }

    private synchronized @Nullable Task nextUntil(long targetNanos) {
        Task next = tasks.peek();
        if (next == null || next.atNanos() > targetNanos) {
            nowNanos = targetNanos;
            return null;
        }
        nowNanos = Math.max(nowNanos, next.atNanos());
        return tasks.poll();
    }

    /** Returns how long from now each scheduled task is due, soonest first. */
    public synchronized List<Duration> scheduled() {
        List<Task> copy = new ArrayList<>(tasks);
        copy.sort(tasks.comparator());
        return copy.stream()
                .map(task -> Duration.ofNanos(task.atNanos() - nowNanos))
                .toList();
    }
}
