package io.sluice;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A guard's bound and queue in this process: SPI, for a {@link Backend} to hand out. A backend that shares the bound
 * with other processes {@linkplain #divideAmong divides} it.
 */
public final class FairQueue implements GuardStore, AutoCloseable {

    /*
     * Turns go round the callers: each caller has a queue of its own, first come first served, and whoever has had a
     * turn goes to the end of the round. Ten callers with one call each and one with a thousand: the ten are served
     * within eleven turns.
     *
     * Who may wait goes by a dynamic threshold (Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2), 1998, with
     * alpha = 1): no caller has more calls waiting than there is room left. With room for 10,000 one caller has at most
     * 5,000 and two have 3,333 each, so that nobody fills the queue before others come; of 100 equal ones each has 99.
     *
     * Futures complete outside the lock, because what follows them is the caller's code. It may release a permit at
     * once, which lets in the next, and so on; `rounds` turns that recursion into a loop: whoever finds a dispatch under
     * way leaves a mark for it and goes.
     */

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final TimeSource time;
    private final AtomicInteger rounds = new AtomicInteger();

    // Guarded by this.
    private final LinkedHashMap<String, ArrayDeque<Turn>> waitingByCaller = new LinkedHashMap<>();
    private Bound bound;
    private int processes = 1;
    private int process;
    private int waiting;
    private int inFlight;
    private boolean closed;

    /** Creates a queue that has the whole bound; the time source runs the deadlines of those who wait. */
    public FairQueue(Bound bound, TimeSource time) {
        this.bound = bound;
        this.time = time;
    }

    @Override
    public synchronized Bound bound() {
        return bound;
    }

    @Override
    public void redefine(Bound changed) {
        synchronized (this) {
            if (closed) {
                throw isClosed();
            }
            bound = changed;
        }
        dispatch();
    }

    /**
     * Sets among how many processes the bound is divided: this one has bound ÷ processes, rounded down, and one more if
     * it is among the first to whom the remainder goes; at least 1. Those who wait come in on the calling thread as far as
     * a larger share has room; a smaller one takes no permit back.
     *
     * @param count how many processes there are, 1 or more
     * @param rank which of them this is, from 0
     * @throws IllegalArgumentException if there is no such process
     */
    public void divideAmong(int count, int rank) {
        if (count < 1 || rank < 0 || rank >= count) {
            throw new IllegalArgumentException("A bound is divided among 1 process or more, numbered from 0, but asked"
                    + " for was number " + rank + " of " + count);
        }
        synchronized (this) {
            processes = count;
            process = rank;
        }
        dispatch();
    }

    @Override
    public synchronized int share() {
        int more = process < bound.limit() % processes ? 1 : 0;
        return Math.max(bound.limit() / processes + more, 1);
    }

    @Override
    public CompletionStage<Guard.Permit> acquire(String caller) {
        Turn turn;
        Duration maxWait;
        synchronized (this) {
            if (closed) {
                return CompletableFuture.failedFuture(isClosed());
            }
            int share = share();
            if (waiting == 0 && inFlight < share) {
                inFlight++;
                return CompletableFuture.completedFuture(new Release());
            }
            maxWait = bound.maxWait();
            if (maxWait.isZero()) {
                return CompletableFuture.failedFuture(overloaded("all of its " + share + " turns are taken"));
            }
            ArrayDeque<Turn> turns = waitingByCaller.getOrDefault(caller, new ArrayDeque<>());
            if (turns.size() >= bound.maxWaiting() - waiting) {
                return CompletableFuture.failedFuture(
                        overloaded("its queue, in which " + waiting + " wait, has no more room for this caller"));
            }
            turn = new Turn(caller);
            turns.add(turn);
            waitingByCaller.put(caller, turns);
            waiting++;
        }
        startDeadline(turn, maxWait);
        dispatch();
        return turn;
    }

    private void startDeadline(Turn turn, Duration maxWait) {
        try {
            Runnable cancelDeadline = time.schedule(
                    () -> turn.completeExceptionally(overloaded("there was no turn within " + maxWait)), maxWait);
            CompletionStage<Guard.Permit> answer = turn;
            answer.whenComplete((permit, failure) -> cancelDeadline.run());
        } catch (RejectedExecutionException e) {
            turn.completeExceptionally(new IllegalStateException("The backend was closed while a call waited", e));
        }
    }

    private synchronized void remove(Turn turn) {
        ArrayDeque<Turn> turns = waitingByCaller.get(turn.caller);
        if (turns != null && turns.remove(turn)) {
            waiting--;
            if (turns.isEmpty()) {
                waitingByCaller.remove(turn.caller);
            }
        }
    }

    private void dispatch() {
        if (rounds.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            for (Turn turn = next(); turn != null; turn = next()) {
                Guard.Permit permit = new Release();
                if (!turn.complete(permit)) {
                    permit.release();
                }
            }
            seen = rounds.addAndGet(-seen);
        } while (seen != 0);
    }

    /** Takes the next turn out of the queue and counts it as in flight; null if nobody waits or the share is used up. */
    private synchronized @Nullable Turn next() {
        Iterator<ArrayDeque<Turn>> round = waitingByCaller.values().iterator();
        if (inFlight >= share() || !round.hasNext()) {
            return null;
        }
        ArrayDeque<Turn> turns = round.next();
        round.remove();
        Turn turn = turns.remove();
        if (!turns.isEmpty()) {
            waitingByCaller.put(turn.caller, turns);
        }
        waiting--;
        inFlight++;
        return turn;
    }

    @Override
    public synchronized int inFlight() {
        return inFlight;
    }

    @Override
    public synchronized int waiting() {
        return waiting;
    }

    /** Refuses everybody who waits, and whoever asks from now on. Permits that are out stay good. */
    @Override
    public void close() {
        List<Turn> refused = new ArrayList<>();
        synchronized (this) {
            closed = true;
            waitingByCaller.values().forEach(refused::addAll);
            waitingByCaller.clear();
            waiting = 0;
        }
        for (Turn turn : refused) {
            turn.completeExceptionally(overloaded("it is closed"));
        }
    }

    private static IllegalStateException isClosed() {
        return new IllegalStateException("The backend of this guard is closed");
    }

    private AdmissionException overloaded(String why) {
        return AdmissionException.overloaded(
                "The guard " + bound().name() + " cannot let this call through: " + why, RETRY_AFTER);
    }

    /** A call that waits. It is out of the queue before it fails: whoever hears of that may ask again at once. */
    private final class Turn extends CompletableFuture<Guard.Permit> {
        final String caller;

        Turn(String caller) {
            this.caller = caller;
        }

        @Override
        public boolean completeExceptionally(Throwable failure) {
            remove(this);
            return super.completeExceptionally(failure);
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            remove(this);
            return super.cancel(mayInterruptIfRunning);
        }
    }

    private final class Release implements Guard.Permit {
        private final AtomicBoolean released = new AtomicBoolean();

        @Override
        public void release() {
            if (released.compareAndSet(false, true)) {
                synchronized (FairQueue.this) {
                    inFlight--;
                }
                dispatch();
            }
        }
    }
}
