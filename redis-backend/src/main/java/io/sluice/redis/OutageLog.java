package io.sluice.redis;

import io.lettuce.core.RedisCommandTimeoutException;
import io.sluice.TimeSource;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log when a breaker opens and closes. */
final class OutageLog {

    /*
     * A Redis that is merely slow opens the breaker every few seconds. So the third opening within a minute is logged
     * as flapping, with the remedy, and from then on one line a minute says how often the breaker has opened. Flapping
     * is over after a minute with fewer than three openings. The line of that minute says whether the breaker is open,
     * so an outage that begins meanwhile is in the log within a minute, too.
     */

    private static final Logger log = LoggerFactory.getLogger(OutageLog.class);
    private static final int OPENINGS_TO_FLAP = 3;
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final String name;
    private final String meanwhile;
    private final TimeSource timer;
    private final Duration deadline;

    // Guarded by this.
    private boolean open;
    private boolean flapping;
    private int openings;
    private long firstOpeningNanos;
    private String reason = "";
    private String remedy = "";

    /**
     * Creates the log of a breaker.
     *
     * @param name what the breaker stands before
     * @param meanwhile what happens while it is open
     * @param deadline how long a call may take
     */
    OutageLog(String name, String meanwhile, TimeSource timer, Duration deadline) {
        this.name = name;
        this.meanwhile = meanwhile;
        this.timer = timer;
        this.deadline = deadline;
    }

    synchronized void opened(Throwable cause) {
        open = true;
        explain(cause);
        long nowNanos = timer.nanoTime();
        if (!flapping && (openings == 0 || nowNanos - firstOpeningNanos >= MINUTE.toNanos())) {
            firstOpeningNanos = nowNanos;
            openings = 0;
        }
        openings++;
        if (flapping) {
            log.debug("{} does not answer ({})", name, reason);
        } else if (openings < OPENINGS_TO_FLAP) {
            logAway();
        } else {
            flapping = true;
            logFlapping();
        }
    }

    synchronized void closed() {
        open = false;
        if (flapping) {
            log.debug("{} answers", name);
        } else {
            logBack();
        }
    }

    private void explain(Throwable cause) {
        boolean late = isTimeout(cause);
        reason = late ? "no answer within " + deadline.toMillis() + " ms" : cause.toString();
        remedy = late
                ? ". If it is merely slow, raise the timeout (sluice.redis.timeout, decisionTimeout); if this gateway"
                        + " lacks CPU, give it more"
                : "";
    }

    private static boolean isTimeout(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof TimeoutException
                    || each instanceof StoreTimeoutException
                    || each instanceof RedisCommandTimeoutException) {
                return true;
            }
        }
        return false;
    }

    private void logAway() {
        log.warn("{} does not answer ({}); until it does, {}", name, reason, meanwhile);
    }

    private void logBack() {
        log.info("{} answers again", name);
    }

    private void logFlapping() {
        log.warn(
                "{} has stopped answering {} times within a minute (the last time: {}); each time, until it answers,"
                        + " {}{}",
                name,
                openings,
                reason,
                meanwhile,
                remedy);
        openings = 0;
        try {
            timer.schedule(this::minuteIsOver, MINUTE);
        } catch (RejectedExecutionException e) {
            log.debug("The backend is closed", e);
        } catch (RuntimeException | Error e) {
            // Nothing would ever end the silence.
            flapping = false;
            log.debug("The next opening is logged at once", e);
        }
    }

    private synchronized void minuteIsOver() {
        if (openings >= OPENINGS_TO_FLAP) {
            logFlapping();
            return;
        }
        flapping = false;
        openings = 0;
        if (open) {
            logAway();
        } else {
            logBack();
        }
    }
}
