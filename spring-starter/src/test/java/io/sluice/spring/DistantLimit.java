package io.sluice.spring;

import io.sluice.LimitStore;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A limit whose store is not in this process. */
abstract class DistantLimit implements LimitStore {

    @Override
    public boolean isLocal() {
        return false;
    }

    @Override
    public long tryAcquire(String key, long permits) {
        throw new UnsupportedOperationException("not local");
    }

    @Override
    public CompletionStage<Void> refundAsync(String key, long permits) {
        return CompletableFuture.completedFuture(null);
    }
}
