package io.sluice.redis;

import io.sluice.StoreUnavailableException;
import java.time.Duration;

/** Redis did not answer within the deadline of a decision. */
final class StoreTimeoutException extends StoreUnavailableException {

    private static final long serialVersionUID = 1L;

    StoreTimeoutException(long deadlineNanos) {
        super("No answer within " + Duration.ofNanos(deadlineNanos), null);
    }
}
