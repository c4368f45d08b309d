package io.sluice.redis;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Allows something that every request could cause at most once per interval. */
final class Throttle {

    private static final Duration BETWEEN_WARNINGS = Duration.ofSeconds(10);

    private final long intervalNanos;
    private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());

    Throttle(Duration interval) {
        intervalNanos = interval.toNanos();
    }

    static Throttle ofWarnings() {
        return new Throttle(BETWEEN_WARNINGS);
    }

    boolean isDue() {
        long nowNanos = System.nanoTime();
        long next = nextNanos.get();
        return nowNanos - next >= 0 && nextNanos.compareAndSet(next, nowNanos + intervalNanos);
    }
}
