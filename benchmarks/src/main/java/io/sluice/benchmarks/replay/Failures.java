package io.sluice.benchmarks.replay;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Failures of tasks on the replay's timelines, where nobody would see them. They say nothing about an arm, so they must
 * end the replay: what follows from one, such as a Redis that stays dead, would look like a broken promise.
 */
final class Failures {

    private final AtomicReference<@Nullable Throwable> first = new AtomicReference<>();

    void add(Throwable failure) {
        first.compareAndSet(null, failure);
    }

    /** Throws if anything has failed. */
    void check() {
        Throwable failure = first.get();
        if (failure != null) {
            throw new IllegalStateException("a task failed: " + failure, failure);
        }
    }
}
