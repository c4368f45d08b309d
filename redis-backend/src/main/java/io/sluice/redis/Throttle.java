package io.sluice.redis;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/** Allows something that every request could cause at most once per interval. */
final class Throttle {

    private static final Duration BETWEEN_WARNINGS = Duration.ofSeconds(10);

    private final long intervalNanos;
    private final LongSupplier nanoTime;
    private final AtomicLong nextNanos;

    /** Creates a throttle that goes by the machine's time. */
    Throttle(Duration interval) {
        this(interval, System::nanoTime);
    }

    Throttle(Duration interval, LongSupplier nanoTime) {
        intervalNanos = interval.toNanos();
        this.nanoTime = nanoTime;
        nextNanos = new AtomicLong(nanoTime.getAsLong());
    }

    static Throttle ofWarnings() {
        return new Throttle(BETWEEN_WARNINGS);
    }

    boolean isDue() {
        long nowNanos = nanoTime.getAsLong();
        long next = nextNanos.get();
        return nowNanos - next >= 0 && nextNanos.compareAndSet(next, nowNanos + intervalNanos);
    }
}
