package io.sluice.redis;

import io.sluice.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends the calls of one limit whose callers may go out together, in batches. */
final class Lane {

    /*
     * COALESCING. A call is sent at once if nothing is in flight. Otherwise it waits for the next answer and goes out
     * with the other calls that wait, of at most 128 callers. Nobody waits for a timer, and the batches grow with the
     * load. A second batch is sent when eight callers wait, so that Redis decides one batch while the other is on its
     * way. For fewer callers a script call costs Redis and both ends more than that saves. With three batches in
     * flight, the batches would be smaller for nothing.
     *
     * Two batches are alike if neither takes more than half of all callers. Of 16 callers who ask again as soon as
     * they are answered, 8 are in flight and 8 are being answered at any time. With 15 and 1, Redis and this process
     * would wait for each other by turns.
     *
     * A caller who has just been answered often asks again at once. So a batch counts as in flight until its calls
     * are answered, unless a whole batch waits for its place. Eight callers whose answers came together go out
     * together again, not one alone and seven after it.
     *
     * MERGING. A call is chained to the last one that waits for the same caller if their permits are equal. The chain
     * goes out as "so many permits, so many times". So a hot caller costs no more than any other, and the calls of
     * one caller keep their order.
     *
     * THE DEADLINE of a call runs from the moment of the call. One timer per lane suffices, set to the deadline of
     * the oldest call in flight: the calls that wait came later. When it passes, the store has not answered. The
     * batch is abandoned, and all calls that wait fail with it instead of waiting for another batch to fail. An
     * answer does not cancel the timer; the timer is only set anew when it fires. So it fires once per deadline, not
     * once per batch. If nothing is in flight, calls may still wait for an answer to be given. The code that takes it
     * may run long, or even wait for one of them. So the timer is set to the oldest call that waits, and when its
     * deadline passes, all that wait are decided on alone. The breaker does not count that: the store has answered.
     */

    private static final Logger log = LoggerFactory.getLogger(Lane.class);
    private static final int MOST_IN_FLIGHT = 2;
    private static final int MOST_CALLERS = 128;
    private static final int FEWEST_CALLERS_OF_A_SECOND = 8;

    /** Sends a batch and answers its calls. */
    interface Store {

        /** Sends a batch. The answer is in its order, with one number per bandwidth of the limit for each caller. */
        CompletableFuture<List<Long>> send(List<Ask> batch);

        /** Answers the calls of a batch. */
        void answer(List<Ask> batch, long sentNanos, List<Long> debtMicros);

        /** Decides without the store on calls that the store did not answer in time. */
        void decideAlone(List<Ask> batch);
    }

    private final Store store;
    private final Breaker breaker;
    private final TimeSource time;
    private final TimeSource timer;
    private final long deadlineNanos;

    // Guarded by this.
    private final ArrayDeque<Ask> waiting = new ArrayDeque<>();
    private final Map<String, Ask> lastByName = new HashMap<>();
    private final List<Batch> inFlight = new ArrayList<>(MOST_IN_FLIGHT);
    private int beingAnswered;
    private boolean timerIsSet;

    /**
     * Creates a lane.
     *
     * @param time the time by which denials are remembered
     * @param timer runs the deadlines
     */
    Lane(Store store, Breaker breaker, TimeSource time, TimeSource timer, Duration deadline) {
        this.store = store;
        this.breaker = breaker;
        this.time = time;
        this.timer = timer;
        this.deadlineNanos = deadline.toNanos();
    }

    private static final class Batch {
        final List<Ask> asks;
        volatile @Nullable CompletableFuture<List<Long>> reply;

        Batch(List<Ask> asks) {
            this.asks = asks;
        }

        long askedNanos() {
            return asks.get(0).askedNanos;
        }
    }

    /** Tells whether the store is known not to answer, so that calls need not come here. */
    boolean isClosed() {
        return breaker.isOpen();
    }

    Ask ask(String name, long permits) {
        Ask ask = new Ask(name, permits, timer.nanoTime());
        List<Batch> batches;
        synchronized (this) {
            Ask last = lastByName.get(name);
            if (last != null && last.isEqual(ask)) {
                last.chain(ask);
            } else {
                waiting.add(ask);
                lastByName.put(name, ask);
            }
            batches = takeBatches();
            setTimerForThoseWhoWait();
        }
        batches.forEach(this::send);
        return ask;
    }

    /** Takes the batches that are due; requires the lock. The calling method sends them. */
    private List<Batch> takeBatches() {
        if (!isBatchDue()) {
            return List.of();
        }
        int most = mostTogether();
        List<Batch> batches = new ArrayList<>(MOST_IN_FLIGHT);
        do {
            batches.add(takeBatch(most));
        } while (isBatchDue());
        return batches;
    }

    private boolean isBatchDue() {
        int busy = inFlight.size() + beingAnswered;
        return busy < MOST_IN_FLIGHT && waiting.size() >= (busy == 0 ? 1 : FEWEST_CALLERS_OF_A_SECOND);
    }

    /** Returns half of all callers, but at least as many as are worth a batch. */
    private int mostTogether() {
        int callers = waiting.size();
        for (Batch batch : inFlight) {
            callers += batch.asks.size();
        }
        return Math.min(MOST_CALLERS, Math.max(FEWEST_CALLERS_OF_A_SECOND, (callers + 1) / 2));
    }

    private Batch takeBatch(int most) {
        Batch batch = new Batch(takeWaiting(most));
        inFlight.add(batch);
        if (!timerIsSet) {
            setTimer(batch.askedNanos());
        }
        return batch;
    }

    private void setTimerForThoseWhoWait() {
        Ask oldest = waiting.peek();
        if (oldest != null && !timerIsSet) {
            setTimer(oldest.askedNanos);
        }
    }

    private List<Ask> takeWaiting(int most) {
        List<Ask> taken = new ArrayList<>(Math.min(most, waiting.size()));
        while (taken.size() < most && !waiting.isEmpty()) {
            Ask ask = waiting.remove();
            lastByName.remove(ask.name, ask);
            taken.add(ask);
        }
        return taken;
    }

    private void send(Batch batch) {
        long sentNanos = time.nanoTime();
        CompletableFuture<List<Long>> reply = store.send(batch.asks);
        batch.reply = reply;
        CompletionStage<List<Long>> answer = reply;
        answer.whenComplete((debtMicros, failure) -> {
            if (failure == null) {
                answered(batch, sentNanos, debtMicros);
            } else {
                failed(batch, failure);
            }
        });
    }

    private void answered(Batch batch, long sentNanos, List<Long> debtMicros) {
        boolean aBatchWaits;
        synchronized (this) {
            if (!inFlight.remove(batch)) {
                return;
            }
            aBatchWaits = waiting.size() >= MOST_CALLERS;
            beingAnswered++;
        }
        breaker.succeeded();
        if (aBatchWaits) {
            sendInsteadOfTheAnswered();
        }
        try {
            store.answer(batch.asks, sentNanos, debtMicros);
        } catch (RuntimeException e) {
            // An unreadable answer, which no script of ours gives. Nobody may wait for ever because of it.
            breaker.failed(e, batch.askedNanos());
            store.decideAlone(batch.asks);
        } finally {
            if (!aBatchWaits) {
                sendInsteadOfTheAnswered();
            }
        }
    }

    private void sendInsteadOfTheAnswered() {
        List<Batch> batches;
        synchronized (this) {
            beingAnswered--;
            batches = takeBatches();
        }
        batches.forEach(this::send);
    }

    /** Fails a batch and all calls that wait: these would fail as well, later. */
    private void failed(Batch batch, Throwable failure) {
        List<Ask> others;
        synchronized (this) {
            if (!inFlight.remove(batch)) {
                return;
            }
            others = takeWaiting(Integer.MAX_VALUE);
        }
        breaker.failed(failure, batch.askedNanos());
        store.decideAlone(batch.asks);
        store.decideAlone(others);
    }

    private void setTimer(long askedNanos) {
        long leftNanos = askedNanos + deadlineNanos - timer.nanoTime();
        try {
            timer.schedule(this::checkDeadline, Duration.ofNanos(Math.max(leftNanos, 0)));
            timerIsSet = true;
        } catch (RejectedExecutionException e) {
            // The backend is closed, and with it the connection, which fails all that is in flight.
            timerIsSet = false;
        } catch (RuntimeException | Error e) {
            // The batch must go out all the same, or it would keep its place for ever. The next one sets the timer.
            timerIsSet = false;
            log.warn("No timer for a call of Redis; its deadline is noticed later", e);
        }
    }

    private void checkDeadline() {
        List<Batch> late = new ArrayList<>();
        List<Ask> lateBehindAnAnswer;
        synchronized (this) {
            timerIsSet = false;
            for (Batch batch : inFlight) {
                if (isLate(batch.askedNanos())) {
                    late.add(batch);
                } else if (!timerIsSet) {
                    setTimer(batch.askedNanos());
                }
            }
            lateBehindAnAnswer = inFlight.isEmpty() ? takeWaitingIfLate() : List.of();
        }
        store.decideAlone(lateBehindAnAnswer);
        for (Batch batch : late) {
            failed(batch, new StoreTimeoutException(deadlineNanos));
            CompletableFuture<List<Long>> reply = batch.reply;
            if (reply != null) {
                reply.cancel(false);
            }
        }
    }

    private List<Ask> takeWaitingIfLate() {
        Ask oldest = waiting.peek();
        if (oldest != null && isLate(oldest.askedNanos)) {
            return takeWaiting(Integer.MAX_VALUE);
        }
        setTimerForThoseWhoWait();
        return List.of();
    }

    private boolean isLate(long askedNanos) {
        return timer.nanoTime() - askedNanos >= deadlineNanos;
    }
}
