package io.sluice.redis;

import io.sluice.TimeSource;
import java.time.Duration;

/** This process's time with the wall clock of Redis: a gateway whose own clock is wrong agrees with the others. */
final class StoreTime implements TimeSource {

    private final TimeSource machine;
    private volatile long aheadMicros;

    StoreTime(TimeSource machine) {
        this.machine = machine;
    }

    /**
     * Sets the current time of Redis. Called once, before anybody asks for the time, so that it never runs backwards.
     * Called later only if the cluster node that tells the time was away when the gateway started.
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
