package io.sluice.spring;

import io.sluice.Backend;
import io.sluice.Decision;
import io.sluice.ForwardingBackend;
import io.sluice.Limit;
import io.sluice.LimitStore;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/** Another backend, but the store of the limits that are closed in an outage is away. */
final class OutageBackend extends ForwardingBackend {

    private static final long RETRY_AFTER_NANOS = 1_500_000_000L;

    OutageBackend(Backend backend) {
        super(backend, UnaryOperator.identity());
    }

    /** The store of a limit that its outage policy closes. */
    private static final class Closed extends DistantLimit {

        private final Limit limit;

        Closed(Limit limit) {
            this.limit = limit;
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
    }

    @Override
    public LimitStore limit(Limit limit) {
        return limit.onOutage() == Limit.OnOutage.CLOSED ? new Closed(limit) : super.limit(limit);
    }
}
