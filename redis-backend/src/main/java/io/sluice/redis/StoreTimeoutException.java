package io.sluice.redis;

import java.time.Duration;

/** Redis did not answer within the deadline of a decision. Nobody outside sees it but the log. */
final class StoreTimeoutException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    StoreTimeoutException(long deadlineNanos) {
        super("No answer within " + Duration.ofNanos(deadlineNanos), null, false, false);
    }
}
