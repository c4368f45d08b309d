package io.sluice.redis;

import io.sluice.TimeSource;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a store that does not answer off the request path, and finds out when it answers again. */
final class Breaker {

    /*
     * Three failures in a row open the breaker. One slow call is no outage, and three failures take at most three
     * deadlines. While the breaker is open, no request waits for the store. A probe, which is no request, goes out
     * 200 ms after the last one failed. The first probe that is answered within the deadline closes the breaker. So a
     * store that is back is used after at most 200 ms and a deadline.
     */

    private static final Logger log = LoggerFactory.getLogger(Breaker.class);
    private static final int FAILURES_TO_OPEN = 3;
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(200);

    /** The end of the key that a probe writes, to find out whether Redis accepts writes. */
    static final String PROBE_KEY = "probe";

    /** The log text for a breaker of limits. */
    static final String OF_LIMITS = "each limit's onOutage decides";

    /** The log text for a breaker of a room. */
    static final String OF_A_ROOM = "the room holds";

    /** The log text for a breaker of all keys. */
    static final String OF_ALL = OF_LIMITS + " and rooms hold";

    private final String name;
    private final TimeSource timer;
    private final Duration deadline;
    private final Supplier<CompletableFuture<String>> probe;
    private final OutageLog outages;
    private final AtomicInteger failures = new AtomicInteger();

    Breaker(
            String name,
            String meanwhile,
            TimeSource timer,
            Duration deadline,
            Supplier<CompletableFuture<String>> probe) {
        this.name = name;
        this.timer = timer;
        this.deadline = deadline;
        this.probe = probe;
        this.outages = new OutageLog(name, meanwhile, timer, deadline);
    }

    /**
     * Returns the breaker of the node that holds all keys with a prefix.
     *
     * @param meanwhile what the log says happens while the breaker is open
     */
    static Breaker of(String keysBeginWith, String meanwhile, Link link, TimeSource timer, Duration deadline) {
        String name = link.isCluster() ? "The Redis node of " + keysBeginWith + "*" : "Redis";
        return new Breaker(name, meanwhile, timer, deadline, () -> link.probe(keysBeginWith + PROBE_KEY));
    }

    boolean isOpen() {
        return failures.get() >= FAILURES_TO_OPEN;
    }

    /** Notes an answer to a request. A late answer does not close the breaker; the probe decides. */
    void succeeded() {
        int count = failures.get();
        if (count > 0 && count < FAILURES_TO_OPEN) {
            failures.compareAndSet(count, 0);
        }
    }

    /** Notes a failed request. A key that belongs to somebody else is no failure: Redis has answered. */
    void failed(Throwable cause) {
        if (!ForeignKeyException.explains(cause) && failures.incrementAndGet() == FAILURES_TO_OPEN) {
            opened(cause);
        }
    }

    /** Opens the breaker without waiting for requests to fail. */
    void open(Throwable cause) {
        failures.set(FAILURES_TO_OPEN);
        opened(cause);
    }

    private void opened(Throwable cause) {
        outages.opened(cause);
        probeLater();
    }

    private void probeLater() {
        try {
            timer.schedule(this::probeNow, PROBE_INTERVAL);
        } catch (RejectedExecutionException e) {
            log.debug("{} is not probed: the backend is closed", name, e);
        } catch (RuntimeException | Error e) {
            // Without a probe nothing would ever close the breaker. If requests fail again, they open it again.
            failures.set(0);
            log.warn("{} could not be probed; requests find out whether it answers", name, e);
        }
    }

    private void probeNow() {
        CompletionStage<String> answer = askOnce();
        answer.whenComplete(this::probed);
    }

    private CompletableFuture<String> askOnce() {
        try {
            return probe.get().orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS);
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void probed(@Nullable String answer, @Nullable Throwable failure) {
        if (failure == null) {
            // The log first: as soon as the breaker is closed, it may open again.
            outages.closed();
            failures.set(0);
        } else {
            log.debug("{} does not answer yet", name, failure);
            probeLater();
        }
    }
}
