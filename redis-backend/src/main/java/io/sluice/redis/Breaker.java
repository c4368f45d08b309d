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
     * Three failures in a row open the breaker: one slow call is no outage. Calls that are under way together, of
     * whichever limits and rooms, fail together, and one moment of silence would be all three. So a failure counts only
     * if its call was made after the last one was counted. After an answer any failure counts. Three failures take at
     * most five deadlines, because calls that wait behind one whose failure does not count fail with it.
     *
     * While the breaker is open, no request waits for the store. A probe, which is no request, goes out 200 ms after the
     * last one failed. The first probe that is answered within the deadline closes the breaker. So a store that is back
     * is used after at most 200 ms and a deadline.
     */

    private static final Logger log = LoggerFactory.getLogger(Breaker.class);
    private static final int FAILURES_TO_OPEN = 3;
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(200);

    /** The end of the key that a probe writes, to find out whether Redis accepts writes. */
    static final String PROBE_KEY = "probe";

    private final TimeSource timer;
    private final Duration deadline;
    private final Supplier<CompletableFuture<String>> probe;
    private final Supplier<OutageLog> logOfNode;
    private final AtomicInteger failures = new AtomicInteger();

    /** When the last failure was counted; guarded by this. */
    private long countedNanos;

    /** The log that was told last that this breaker opened: the node may be another one when it closes. */
    private volatile OutageLog outages;

    /**
     * Creates a breaker.
     *
     * @param logOfNode returns the log of the node that the breaker stands before at the moment
     */
    Breaker(
            Supplier<OutageLog> logOfNode,
            TimeSource timer,
            Duration deadline,
            Supplier<CompletableFuture<String>> probe) {
        this.logOfNode = logOfNode;
        this.timer = timer;
        this.deadline = deadline;
        this.probe = probe;
        this.outages = logOfNode.get();
    }

    /** Returns the breaker of the node that holds all keys with a prefix. */
    static Breaker of(String keysBeginWith, Link link, OutageLogs logs, TimeSource timer, Duration deadline) {
        String key = keysBeginWith + PROBE_KEY;
        return new Breaker(() -> logs.of(link.nameOfNode(key)), timer, deadline, () -> link.probe(key));
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

    /**
     * Notes a failed request. A key that belongs to somebody else is no failure: Redis has answered.
     *
     * @param askedNanos when the request was made, by the timer of this breaker
     */
    void failed(Throwable cause, long askedNanos) {
        if (!ForeignKeyException.explains(cause) && counted(askedNanos) == FAILURES_TO_OPEN) {
            opened(cause);
        }
    }

    /** Counts a failure, unless it belongs to the last one. Returns how many there are now; 0 if it was not counted. */
    private synchronized int counted(long askedNanos) {
        if (failures.get() > 0 && askedNanos - countedNanos < 0) {
            return 0;
        }
        countedNanos = timer.nanoTime();
        return failures.incrementAndGet();
    }

    /** Opens the breaker without waiting for requests to fail. */
    void open(Throwable cause) {
        failures.set(FAILURES_TO_OPEN);
        opened(cause);
    }

    private void opened(Throwable cause) {
        OutageLog current = logOfNode.get();
        outages = current;
        current.opened(this, cause);
        probeLater();
    }

    private void probeLater() {
        try {
            timer.schedule(this::probeNow, PROBE_INTERVAL);
        } catch (RejectedExecutionException e) {
            log.debug("No probe: the backend is closed", e);
        } catch (RuntimeException | Error e) {
            // Without a probe nothing would ever close the breaker. If requests fail again, they open it again.
            outages.gaveUp(this);
            failures.set(0);
            log.warn("{} could not be probed; requests find out whether it answers", outages.name(), e);
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
            outages.closed(this);
            failures.set(0);
        } else {
            log.debug("{} does not answer yet", outages.name(), failure);
            probeLater();
        }
    }
}
