package io.sluice.spring;

import io.sluice.Backend;
import io.sluice.Bound;
import io.sluice.Decision;
import io.sluice.GuardStore;
import io.sluice.Limit;
import io.sluice.LimitStore;
import io.sluice.Room;
import io.sluice.RoomStore;
import io.sluice.TimeSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Another backend, but the store of the limits that are closed in an outage is away.
 *
 * @param backend what decides all else
 */
record OutageBackend(Backend backend) implements Backend {

    private static final long RETRY_AFTER_NANOS = 1_500_000_000L;

    /** The store of a limit that its outage policy closes. */
    private record Closed(Limit limit) implements LimitStore {

        @Override
        public boolean isLocal() {
            return false;
        }

        @Override
        public long tryAcquire(String key, long permits) {
            throw new UnsupportedOperationException("not local");
        }

        @Override
        public CompletionStage<Decision> tryAcquireAsync(String key, long permits) {
            return CompletableFuture.completedFuture(new Decision(
                    false,
                    0,
                    RETRY_AFTER_NANOS,
                    0,
                    RETRY_AFTER_NANOS,
                    limit.bandwidths().get(0),
                    Decision.Source.OUTAGE_POLICY));
        }

        @Override
        public CompletionStage<Void> refundAsync(String key, long permits) {
            return CompletableFuture.completedFuture(null);
        }
    }

    @Override
    public LimitStore limit(Limit limit) {
        return limit.onOutage() == Limit.OnOutage.CLOSED ? new Closed(limit) : backend.limit(limit);
    }

    @Override
    public LimitStore redefine(Limit limit) {
        return backend.redefine(limit);
    }

    @Override
    public RoomStore room(Room room) {
        return backend.room(room);
    }

    @Override
    public GuardStore guard(Bound bound) {
        return backend.guard(bound);
    }

    @Override
    public TimeSource time() {
        return backend.time();
    }

    @Override
    public void close() {
        backend.close();
    }
}
