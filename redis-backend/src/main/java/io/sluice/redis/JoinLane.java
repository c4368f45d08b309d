package io.sluice.redis;

import io.sluice.Place;
import io.sluice.TimeSource;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Sends the joins of one room, many at once, in the order in which they came. */
final class JoinLane {

    /*
     * As in Lane, nobody waits for a timer, and batches grow with the load. Unlike there only one is in flight: what is
     * sent on the thread that reads answers can overtake what another thread has just sent, and numbers go by the order
     * in which batches arrive. When nobody waits for the next batch, whoever joins while the answers of this one are given
     * goes out with it, and not the first of them alone.
     *
     * The deadline of a join runs from the moment it was asked: a batch has what its oldest join has left. When a batch
     * fails, everybody who waits falls with it instead of waiting for another to fail.
     */

    static final int MOST_JOINS = 256;

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
    private boolean inFlight;

    JoinLane(Store store, TimeSource timer, Duration deadline) {
        this.store = store;
        this.timer = timer;
        this.deadlineNanos = deadline.toNanos();
    }

    CompletionStage<Place> join(long visitor, long remembered, boolean straightIn) {
        Arrival arrival = new Arrival(visitor, remembered, straightIn, timer.nanoTime(), new CompletableFuture<>());
        List<Arrival> batch;
        synchronized (this) {
            waiting.add(arrival);
            batch = inFlight ? List.of() : takeWaiting(MOST_JOINS);
        }
        send(batch);
        return arrival.place;
    }

    /** Under the lock; whoever takes a batch sends it. */
    private List<Arrival> takeWaiting(int most) {
        List<Arrival> batch = new ArrayList<>(Math.min(most, waiting.size()));
        while (batch.size() < most && !waiting.isEmpty()) {
            batch.add(waiting.remove());
        }
        inFlight = !batch.isEmpty();
        return batch;
    }

    private void send(List<Arrival> batch) {
        if (batch.isEmpty()) {
            return;
        }
        long leftNanos = batch.get(0).askedNanos + deadlineNanos - timer.nanoTime();
        store.send(batch, Duration.ofNanos(Math.max(leftNanos, 0))).whenComplete((places, failure) -> {
            if (failure == null) {
                answered(batch, places);
            } else {
                failed(batch, failure);
            }
        });
    }

    private void answered(List<Arrival> batch, List<Place> places) {
        boolean othersWait;
        synchronized (this) {
            othersWait = !waiting.isEmpty();
        }
        if (othersWait) {
            sendWaiting();
        }
        for (int i = 0; i < batch.size(); i++) {
            batch.get(i).place.complete(places.get(i));
        }
        if (!othersWait) {
            sendWaiting();
        }
    }

    private void sendWaiting() {
        List<Arrival> next;
        synchronized (this) {
            next = takeWaiting(MOST_JOINS);
        }
        send(next);
    }

    private void failed(List<Arrival> batch, Throwable failure) {
        List<Arrival> others;
        synchronized (this) {
            others = takeWaiting(Integer.MAX_VALUE);
            inFlight = false;
        }
        batch.forEach(arrival -> arrival.place.completeExceptionally(failure));
        others.forEach(arrival -> arrival.place.completeExceptionally(failure));
    }
}
