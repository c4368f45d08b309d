package io.sluice.redis;

import io.sluice.Place;
import io.sluice.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;

/** Sends the joins of one room in batches, in the order in which they came. */
final class JoinLane {

    /*
     * As in Lane, nobody waits for a timer, and batches grow with the load. Unlike in Lane, the order of batches
     * matters, because numbers go by it. A batch sent on the thread that reads answers can overtake a batch that
     * another thread has just sent. So a thread that joins sends only if nothing is in flight; the thread that reads
     * answers sends all else. It sends a batch when one is answered, and a second one if half a batch or more waits,
     * so that Redis need not wait for the gateway. If nobody waits when a batch is answered, the visitors who join
     * while its answers are given go out together, not the first of them alone.
     *
     * The deadline of a join runs from the moment of the call. A batch has the time that its oldest join has left,
     * and is not sent if none is left. When a batch fails, all joins that wait fail with it instead of waiting for
     * another batch to fail. A join that comes while answers are given has a timer: the code that takes an answer may
     * run long, or even wait for that join.
     */

    static final int MOST_JOINS = 128;

    private static final int MOST_IN_FLIGHT = 2;
    private static final int LEAST_FOR_A_SECOND = MOST_JOINS / 2;

    /** Sends a batch. */
    interface Store {

        /**
         * Sends a batch.
         *
         * @param timeout how long to wait for the answer
         * @return the places in the order of the batch
         */
        CompletionStage<List<Place>> send(List<Arrival> batch, Duration timeout);
    }

    /**
     * A visitor who joins.
     *
     * @param remembered the number that the gateway remembers, or 0
     */
    record Arrival(
            long visitor, long remembered, boolean straightIn, long askedNanos, CompletableFuture<Place> place) {}

    private final Store store;
    private final TimeSource timer;
    private final long deadlineNanos;

    // Guarded by this.
    private final ArrayDeque<Arrival> waiting = new ArrayDeque<>();
    private int inFlight;

    /** Whether answers are being given. The joins that wait are sent afterwards. */
    private boolean answering;

    JoinLane(Store store, TimeSource timer, Duration deadline) {
        this.store = store;
        this.timer = timer;
        this.deadlineNanos = deadline.toNanos();
    }

    CompletionStage<Place> join(long visitor, long remembered, boolean straightIn) {
        Arrival arrival = new Arrival(visitor, remembered, straightIn, timer.nanoTime(), new CompletableFuture<>());
        List<Arrival> batch;
        boolean needsTimer;
        synchronized (this) {
            waiting.add(arrival);
            batch = inFlight > 0 || answering ? List.of() : takeBatch();
            needsTimer = answering && inFlight == 0;
        }
        if (needsTimer) {
            setTimer(arrival);
        }
        send(batch);
        return arrival.place;
    }

    private void setTimer(Arrival arrival) {
        CompletionStage<Place> place = arrival.place;
        try {
            Runnable cancel = timer.schedule(
                    () -> arrival.place.completeExceptionally(new StoreTimeoutException(deadlineNanos)),
                    Duration.ofNanos(deadlineNanos));
            place.whenComplete((value, failure) -> cancel.run());
        } catch (RejectedExecutionException e) {
            // The backend is closed.
            arrival.place.completeExceptionally(e);
        }
    }

    /** Takes a batch; requires the lock. The calling method sends it. */
    private List<Arrival> takeBatch() {
        List<Arrival> batch = takeWaiting(MOST_JOINS);
        inFlight += batch.isEmpty() ? 0 : 1;
        return batch;
    }

    private List<List<Arrival>> takeBatches() {
        List<List<Arrival>> batches = new ArrayList<>(MOST_IN_FLIGHT);
        while (inFlight < MOST_IN_FLIGHT && waiting.size() >= (inFlight == 0 ? 1 : LEAST_FOR_A_SECOND)) {
            batches.add(takeBatch());
        }
        return batches;
    }

    private List<Arrival> takeWaiting(int most) {
        List<Arrival> taken = new ArrayList<>(Math.min(most, waiting.size()));
        while (taken.size() < most && !waiting.isEmpty()) {
            Arrival arrival = waiting.remove();
            if (!arrival.place.isDone()) {
                taken.add(arrival);
            }
        }
        return taken;
    }

    private void send(List<Arrival> batch) {
        if (batch.isEmpty()) {
            return;
        }
        long leftNanos = batch.get(0).askedNanos + deadlineNanos - timer.nanoTime();
        if (leftNanos <= 0) {
            failed(batch, new StoreTimeoutException(deadlineNanos));
            return;
        }
        store.send(batch, Duration.ofNanos(leftNanos)).whenComplete((places, failure) -> {
            if (failure == null) {
                answered(batch, places);
            } else {
                failed(batch, failure);
            }
        });
    }

    private void answered(List<Arrival> batch, List<Place> places) {
        List<List<Arrival>> next;
        synchronized (this) {
            inFlight--;
            answering = true;
            next = takeBatches();
        }
        next.forEach(this::send);
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).place.complete(places.get(i));
        }
        synchronized (this) {
            answering = false;
            next = takeBatches();
        }
        next.forEach(this::send);
    }

    private void failed(List<Arrival> batch, Throwable failure) {
        List<Arrival> others;
        synchronized (this) {
            inFlight--;
            others = takeWaiting(Integer.MAX_VALUE);
        }
        batch.forEach(arrival -> arrival.place.completeExceptionally(failure));
        others.forEach(arrival -> arrival.place.completeExceptionally(failure));
    }
}
