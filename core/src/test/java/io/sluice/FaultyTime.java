package io.sluice;

import java.time.Duration;

/** A {@link ManualTime} whose scheduling a test can make fail. */
final class FaultyTime implements TimeSource {

    final ManualTime manual = new ManualTime();

    /** Runs before each task is scheduled; what it throws, scheduling throws. */
    Runnable beforeScheduling = () -> {};

    @Override
    public long nanoTime() {
        return manual.nanoTime();
    }

    @Override
    public long epochMicros() {
        return manual.epochMicros();
    }

    @Override
    public Runnable schedule(Runnable task, Duration delay) {
        beforeScheduling.run();
        return manual.schedule(task, delay);
    }
}
