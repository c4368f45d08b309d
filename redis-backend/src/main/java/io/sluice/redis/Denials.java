package io.sluice.redis;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sluice.Decision;
import io.sluice.TimeSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Remembers the callers who have used up a limit, so that this process refuses what the store would refuse. */
final class Denials {

    /*
     * A script's answer "owes d" was true when the script ran, which was after the batch was sent. So at any later
     * time t, by this process's clock, the caller owes at least d - (t - sent). This is a lower bound, because others
     * may have charged more since. If the lower bound is too much, so is the debt: this class never refuses what the
     * store would allow. Example, 10/1s with a burst of 10: a batch is sent at 5.0 s, and its answer is a debt of
     * 1 s. At 5.04 s the debt is at least 0.96 s, and one more permit needs 0.9 s or less. It is refused here, with a
     * retry after 60 ms. At 5.1 s the store is asked again.
     *
     * Only a refund lowers a debt faster than time does. A refund through this process drops the memory; a refund
     * elsewhere is noticed when the wait is over.
     */

    private static final int MOST_CALLERS = 100_000;

    private final MicroGcra gcra;
    private final TimeSource time;

    /** For each bandwidth, when the caller owes nothing at the earliest; in nanoseconds of {@link #time}. */
    private final Cache<String, long[]> restNanos = Caffeine.newBuilder()
            .maximumSize(MOST_CALLERS)
            .executor(Runnable::run)
            .build();

    Denials(MicroGcra gcra, TimeSource time) {
        this.gcra = gcra;
        this.time = time;
    }

    /** Returns the denial that the store would answer; null if only the store can tell. */
    @Nullable
    Decision denial(String name, long permits) {
        long[] rests = restNanos.getIfPresent(name);
        if (rests == null) {
            return null;
        }
        long nowNanos = time.nanoTime();
        long[] debtMicros = new long[rests.length];
        for (int i = 0; i < rests.length; i++) {
            debtMicros[i] = TimeUnit.NANOSECONDS.toMicros(Math.max(rests[i] - nowNanos, 0));
        }
        Decision decision = gcra.charge(debtMicros, permits, Decision.Source.STORE);
        if (!decision.allowed()) {
            return decision;
        }
        // The store's answer to this call will say more than what is known here.
        restNanos.asMap().remove(name, rests);
        return null;
    }

    /** Notes what a caller owed by the answer to a batch that was sent at {@code sentNanos}. */
    void remember(String name, long sentNanos, long[] debtMicros) {
        long[] rests = new long[debtMicros.length];
        for (int i = 0; i < rests.length; i++) {
            rests[i] = sentNanos + TimeUnit.MICROSECONDS.toNanos(debtMicros[i]);
        }
        restNanos.put(name, rests);
    }

    void forget(String name) {
        restNanos.invalidate(name);
    }
}
