package io.sluice.redis;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Lets something that every request could cause happen once in a while: a warning, once in ten seconds. */
final class RareWarning {

    private static final Duration INTERVAL = Duration.ofSeconds(10);

    private final long intervalNanos;
    private final AtomicLong nextNanos = new AtomicLong(System.nanoTime());

    RareWarning() {
        this(INTERVAL);
    }

    RareWarning(Duration interval) {
        intervalNanos = interval.toNanos();
    }

    boolean isDue() {
        long nowNanos = System.nanoTime();
        long next = nextNanos.get();
        return nowNanos - next >= 0 && nextNanos.compareAndSet(next, nowNanos + intervalNanos);
    }
}
