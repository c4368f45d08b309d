package io.sluice;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Time without tasks, which can also run backwards: so it looks to a thread that read it before another thread did. */
final class SteppedTime implements TimeSource {

    private final AtomicLong nanos;

    SteppedTime(long nanos) {
        this.nanos = new AtomicLong(nanos);
    }

    void addNanos(long step) {
        nanos.addAndGet(step);
    }

    @Override
    public long nanoTime() {
        return nanos.get();
    }

    @Override
    public long epochMicros() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Runnable schedule(Runnable task, Duration delay) {
        throw new UnsupportedOperationException();
    }
}
