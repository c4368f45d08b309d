package io.sluice.redis;

import io.sluice.TimeSource;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Complains while live gateways have different secrets. One heartbeat after the other tells it. */
final class SecretWatch {

    private static final Logger log = LoggerFactory.getLogger(SecretWatch.class);
    private static final Duration BETWEEN_REMINDERS = Duration.ofMinutes(1);

    private final TimeSource time;
    private Throttle complaints;
    private volatile int differing;

    SecretWatch(TimeSource time) {
        this.time = time;
        complaints = complaints();
    }

    /** Returns a throttle that allows the first complaint at once. */
    private Throttle complaints() {
        return new Throttle(BETWEEN_REMINDERS, time::nanoTime);
    }

    /** Returns how many gateways have another secret than this one, as last counted. */
    int differing() {
        return differing;
    }

    /**
     * Notes a count.
     *
     * @param another how many gateways have another secret than this one
     * @param live how many gateways live
     */
    void counted(int another, int live) {
        if (another > 0) {
            complain(another, live);
        } else if (differing > 0) {
            log.info("All gateways on this Redis have the same secret again");
            complaints = complaints();
        }
        differing = another;
    }

    private void complain(int another, int live) {
        if (complaints.isDue()) {
            log.error(
                    "Gateways on this Redis have different secrets: {} of {} another one than this gateway. Tickets and"
                            + " passes of one are invalid on the other, and each counts callers for itself. Set the same"
                            + " secret on all (sluice.secret); another service needs a key prefix of its own"
                            + " (sluice.redis.key-prefix)",
                    another,
                    live);
        }
    }
}
