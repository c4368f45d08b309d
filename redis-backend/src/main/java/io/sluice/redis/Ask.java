package io.sluice.redis;

import io.sluice.Decision;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** One call that waits for its decision. Equal calls that wait together are chained to the first of them. */
final class Ask extends CompletableFuture<Decision> {

    /** The name that stands for the caller. */
    final String name;

    final long permits;
    final long askedNanos;

    // Guarded by the lane until the ask is sent, then used by the thread that has the answer.
    @Nullable
    Ask next;

    Ask last = this;

    /** The number of calls in the chain that begins with this one. */
    int calls = 1;

    Ask(String name, long permits, long askedNanos) {
        this.name = name;
        this.permits = permits;
        this.askedNanos = askedNanos;
    }

    boolean isEqual(Ask other) {
        return name.equals(other.name) && permits == other.permits;
    }

    void chain(Ask other) {
        last.next = other;
        last = other;
        calls++;
    }
}
