package io.sluice.redis;

import io.lettuce.core.RedisCommandTimeoutException;
import io.sluice.TimeSource;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log when a node of Redis stops answering and answers again: when breakers of its keys open and close. */
final class OutageLog {

    /*
     * On a cluster several breakers stand before one node, and each finds out for itself that the node is away. The
     * outage begins when the first of them opens, and ends when all have closed.
     *
     * A Redis that is merely slow opens the breaker every few seconds. So the third opening within a minute is logged
     * as flapping, with the remedy, and from then on one line a minute says how often the breaker has opened. Flapping
     * is over after a minute with fewer than three openings. The line of that minute says whether the breaker is open,
     * so an outage that begins meanwhile is in the log within a minute, too.
     */

    private static final Logger log = LoggerFactory.getLogger(OutageLog.class);
    private static final int OPENINGS_TO_FLAP = 3;
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final String MEANWHILE = "each limit's onOutage decides and rooms hold";

    private final String name;
    private final String nameOfWhoAnswers;
    private final TimeSource timer;
    private final Duration deadline;

    // Guarded by this.
    private final Set<Breaker> open = new HashSet<>();

    private boolean flapping;
    private int openings;
    private long firstOpeningNanos;
    private String reason = "";
    private String remedy = "";
    private boolean closed;

    /**
     * Creates the log of a node.
     *
     * @param name what the log calls it
     * @param nameOfWhoAnswers what the log calls that which answers after an outage: a replica may have taken over
     * @param deadline how long a call may take
     */
    OutageLog(String name, String nameOfWhoAnswers, TimeSource timer, Duration deadline) {
        this.name = name;
        this.nameOfWhoAnswers = nameOfWhoAnswers;
        this.timer = timer;
        this.deadline = deadline;
    }

    String name() {
        return name;
    }

    synchronized void opened(Breaker breaker, Throwable cause) {
        boolean first = open.isEmpty();
        open.add(breaker);
        if (!first) {
            return;
        }
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

    synchronized void closed(Breaker breaker) {
        open.remove(breaker);
        if (!open.isEmpty()) {
            return;
        }
        if (flapping) {
            log.debug("{} answers", name);
        } else {
            logBack();
        }
    }

    /** Notes that nobody knows whether the node of a breaker answers. */
    synchronized void gaveUp(Breaker breaker) {
        open.remove(breaker);
    }

    synchronized void close() {
        closed = true;
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
        log.warn("{} does not answer ({}); until it does, {}", name, reason, MEANWHILE);
    }

    private void logBack() {
        log.info("{} answers again", nameOfWhoAnswers);
    }

    private void logFlapping() {
        log.warn(
                "{} has stopped answering {} times within a minute (the last time: {}); each time, until it answers,"
                        + " {}{}",
                name,
                openings,
                reason,
                MEANWHILE,
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
        if (closed) {
            return;
        }
        if (openings >= OPENINGS_TO_FLAP) {
            logFlapping();
            return;
        }
        flapping = false;
        openings = 0;
        if (!open.isEmpty()) {
            logAway();
        } else {
            logBack();
        }
    }
}
