package io.sluice.redis;

import io.sluice.TimeSource;
import java.time.Duration;

/** This process's time with the wall clock of Redis, so that a gateway whose own clock is wrong agrees with the others. */
final class StoreTime implements TimeSource {

    private final TimeSource machine;
    private volatile long aheadMicros;

    StoreTime(TimeSource machine) {
        this.machine = machine;
    }

    /**
     * Tells what Redis has for the time now. Called once, before anybody asks, so that time never runs backwards; later
     * only if a cluster's node that tells it was away when the gateway started.
     */
    void set(long storeMicros) {
        aheadMicros = storeMicros - machine.epochMicros();
    }

    @Override
    public long nanoTime() {
        return machine.nanoTime();
    }

    @Override
    public long epochMicros() {
        return machine.epochMicros() + aheadMicros;
    }

    @Override
    public Runnable schedule(Runnable task, Duration delay) {
        return machine.schedule(task, delay);
    }
}
