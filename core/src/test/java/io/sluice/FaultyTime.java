package io.sluice;

import java.time.Duration;

/** A {@link ManualTime} whose scheduling a test can make fail. */
public final class FaultyTime implements TimeSource {

    public final ManualTime manual = new ManualTime();

    /** Runs before each task is scheduled; what it throws, scheduling throws. */
    public Runnable beforeScheduling = () -> {};

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
