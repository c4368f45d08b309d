package io.sluice;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A guard's bound and queue in this process: SPI, for a {@link Backend} to hand out. A backend that shares the bound
 * with other gateways {@linkplain #divideAmong divides} it.
 */
public final class FairQueue implements GuardStore, AutoCloseable {

    /*
     * Turns go round the callers. Each caller has its own queue, first come first served, and goes to the end of the
     * round after a turn. With ten callers of one call each and one of a thousand, the ten are served within eleven
     * turns.
     *
     * A dynamic threshold decides who may wait (Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2), 1998,
     * with alpha = 1): no caller has more calls waiting than there is room left. With room for 10,000 one caller has
     * at most 5,000 and two have 3,333 each, so nobody fills the queue before others come; 100 equal callers have 99
     * each.
     *
     * A permit that has been out for maxHold is taken back when another call needs it, not before. Permits stand in
     * the order in which they were given, so the first is overdue first. One task, scheduled while somebody waits,
     * looks at that.
     *
     * The late call goes on, so the service has more calls than permits. Two rules bound the excess. No caller has
     * more calls under way, late ones included, than the share, which is what one caller could have without maxHold:
     * with four permits and slow bodies from one caller, four calls are late and the others have all four permits.
     * And no more than ten calls are late for each permit, whoever makes them: a service that hangs has at most 44
     * calls of a guard of four, and to block that guard takes eleven callers with four slow calls each. This also
     * bounds how many callers can be passed over in a round because they have their share.
     *
     * Futures complete outside the lock, because their dependents are the caller's code. It may release a permit at
     * once, which lets in the next call, and so on. `rounds` turns that recursion into a loop: a thread that finds a
     * dispatch under way leaves a mark for it and returns.
     */

    private static final Logger log = LoggerFactory.getLogger(FairQueue.class);

    /** How many calls may go on without a permit, for each permit that there is. */
    private static final int OVERDUE_PER_PERMIT = 10;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final long NANOS_BETWEEN_WARNINGS = TimeUnit.MINUTES.toNanos(1);

    private final TimeSource time;
    private final AtomicInteger rounds = new AtomicInteger();
    private final AtomicBoolean warningDue = new AtomicBoolean();

    // Guarded by this.
    private final LinkedHashMap<String, ArrayDeque<WaitingCall>> waitingByCaller = new LinkedHashMap<>();
    private final PermitBook permits = new PermitBook();
    private Bound bound;
    private int gateways = 1;
    private int rank;
    private int waiting;
    private boolean closed;

    private @Nullable Runnable cancelLook;
    private long nextLookNanos;
    private long lastWarningNanos;

    /** Creates a queue that has the whole bound; the time source runs the deadlines of waiting calls. */
    public FairQueue(Bound bound, TimeSource time) {
        this.bound = bound;
        this.time = time;
        this.lastWarningNanos = time.nanoTime() - NANOS_BETWEEN_WARNINGS;
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
     * Sets among how many gateways the bound is divided. This one has bound ÷ gateways, rounded down, and one more
     * if it is among the first, which share the remainder; at least 1. A larger share lets in waiting calls on the
     * calling thread; a smaller one takes back only overdue permits.
     *
     * @param count the number of gateways, 1 or more
     * @param rank which of them this is, from 0
     * @throws IllegalArgumentException if there is no such gateway
     */
    public void divideAmong(int count, int rank) {
        if (count < 1 || rank < 0 || rank >= count) {
            throw new IllegalArgumentException("A bound is divided among 1 gateway or more, numbered from 0, but asked"
                    + " for was number " + rank + " of " + count);
        }
        synchronized (this) {
            gateways = count;
            this.rank = rank;
        }
        dispatch();
    }

    @Override
    public synchronized int share() {
        int more = rank < bound.limit() % gateways ? 1 : 0;
        return Math.max(bound.limit() / gateways + more, 1);
    }

    @Override
    public CompletionStage<Guard.Permit> acquire(String caller) {
        CompletableFuture<Guard.Permit> answer;
        Duration maxWait;
        synchronized (this) {
            answer = admitOrEnqueue(caller);
            maxWait = bound.maxWait();
        }
        if (answer instanceof WaitingCall call) {
            awaitTurn(call, maxWait);
        }
        warnIfDue();
        return answer;
    }

    private CompletableFuture<Guard.Permit> admitOrEnqueue(String caller) {
        if (closed) {
            return CompletableFuture.failedFuture(isClosed());
        }
        if (nextInRound() == null && mayHaveAnother(caller) && makeRoom()) {
            return CompletableFuture.completedFuture(give(caller));
        }
        if (bound.maxWait().isZero()) {
            return CompletableFuture.failedFuture(overloaded(
                    mayHaveAnother(caller)
                            ? "all of its " + share() + " turns are taken"
                            : "this caller has as many calls under way as there are turns"));
        }
        ArrayDeque<WaitingCall> calls = waitingByCaller.getOrDefault(caller, new ArrayDeque<>());
        if (calls.size() >= bound.maxWaiting() - waiting) {
            return CompletableFuture.failedFuture(
                    overloaded("its queue, in which " + waiting + " wait, has no more room for this caller"));
        }
        WaitingCall call = new WaitingCall(caller);
        calls.add(call);
        waitingByCaller.put(caller, calls);
        waiting++;
        return call;
    }

    private void awaitTurn(WaitingCall call, Duration maxWait) {
        try {
            startDeadline(call, maxWait);
            dispatch();
        } catch (RuntimeException | Error e) {
            // The call leaves the queue: nobody would release the permit that it gets.
            call.completeExceptionally(e);
        }
    }

    private void startDeadline(WaitingCall call, Duration maxWait) {
        try {
            Runnable cancelDeadline = time.schedule(
                    () -> call.completeExceptionally(overloaded("there was no turn within " + maxWait)), maxWait);
            CompletionStage<Guard.Permit> answer = call;
            answer.whenComplete((permit, failure) -> cancelDeadline.run());
        } catch (RejectedExecutionException e) {
            call.completeExceptionally(new IllegalStateException("The backend was closed while a call waited", e));
        }
    }

    private synchronized void remove(WaitingCall call) {
        ArrayDeque<WaitingCall> calls = waitingByCaller.get(call.caller);
        if (calls != null && calls.remove(call)) {
            waiting--;
            if (calls.isEmpty()) {
                waitingByCaller.remove(call.caller);
            }
        }
    }

    private void dispatch() {
        if (rounds.getAndIncrement() != 0) {
            return;
        }
        try {
            giveTurns();
        } catch (RuntimeException | Error e) {
            // Or the next dispatch would take this one for under way, and so would all after it.
            if (rounds.getAndSet(0) > 1) {
                dispatchAfter(e);
            }
            throw e;
        }
        warnIfDue();
    }

    /** Dispatches for a thread that has left it to a dispatch which failed. */
    private void dispatchAfter(Throwable failure) {
        try {
            dispatch();
        } catch (RuntimeException | Error e) {
            failure.addSuppressed(e);
        }
    }

    private void giveTurns() {
        int seen = 1;
        do {
            for (Given given = next(); given != null; given = next()) {
                if (!given.call.complete(given.permit)) {
                    given.permit.release();
                }
            }
            seen = rounds.addAndGet(-seen);
        } while (seen != 0);
    }

    /**
     * Removes the next call from the queue, and returns it with its permit; null if nobody waits or there is no
     * permit.
     */
    private synchronized @Nullable Given next() {
        ArrayDeque<WaitingCall> calls = nextInRound();
        if (calls == null) {
            return null;
        }
        if (!makeRoom()) {
            lookWhenOverdue();
            return null;
        }
        WaitingCall call = calls.remove();
        waitingByCaller.remove(call.caller);
        if (!calls.isEmpty()) {
            waitingByCaller.put(call.caller, calls);
        }
        waiting--;
        return new Given(call, give(call.caller));
    }

    private PermitBook.Permit give(String caller) {
        PermitBook.Permit permit = new PermitBook.Permit(caller, time.nanoTime(), this);
        permits.give(permit);
        return permit;
    }

    void release(PermitBook.Permit permit) {
        boolean ended;
        synchronized (this) {
            ended = permits.release(permit);
        }
        if (ended) {
            dispatch();
        }
    }

    /**
     * Returns the queue of the caller whose turn is next; null if no waiting caller may have another call under way.
     */
    private @Nullable ArrayDeque<WaitingCall> nextInRound() {
        for (Map.Entry<String, ArrayDeque<WaitingCall>> waitingCalls : waitingByCaller.entrySet()) {
            if (mayHaveAnother(waitingCalls.getKey())) {
                return waitingCalls.getValue();
            }
        }
        return null;
    }

    private boolean mayHaveAnother(String caller) {
        return permits.callsOf(caller) < share();
    }

    /** Takes back overdue permits if a call needs them, and tells whether there is a permit for it then. */
    private boolean makeRoom() {
        int missing = missingPermits();
        if (missing == 0) {
            return true;
        }
        if (!mayTakeBack() || nanosUntilOverdue(missing) > 0) {
            return false;
        }
        permits.takeBackOldest(missing);
        throttleWarnings();
        return true;
    }

    /** Returns how many permits must come back before there is one: several after the share has become smaller. */
    private int missingPermits() {
        return Math.max(permits.out() - share() + 1, 0);
    }

    private boolean mayTakeBack() {
        return !bound.maxHold().isZero() && permits.overdue() < OVERDUE_PER_PERMIT * share();
    }

    /** Returns how long until so many permits are overdue. */
    private long nanosUntilOverdue(int count) {
        long heldNanos = time.nanoTime() - permits.oldest(count).givenNanos;
        return Math.max(bound.maxHold().toNanos() - heldNanos, 0);
    }

    /** Schedules a look at the permits for when one can be taken back for a waiting call. */
    private void lookWhenOverdue() {
        if (!mayTakeBack()) {
            return;
        }
        long delayNanos = nanosUntilOverdue(missingPermits());
        long atNanos = time.nanoTime() + delayNanos;
        if (cancelLook != null) {
            if (nextLookNanos - atNanos <= 0) {
                return;
            }
            cancelLook.run();
            cancelLook = null;
        }
        try {
            cancelLook = time.schedule(this::look, Duration.ofNanos(delayNanos));
            nextLookNanos = atNanos;
        } catch (RejectedExecutionException e) {
            // The time source was closed before the backend: waiting calls get the permits that are released.
        }
    }

    private void look() {
        synchronized (this) {
            cancelLook = null;
        }
        dispatch();
    }

    private void throttleWarnings() {
        long nowNanos = time.nanoTime();
        if (nowNanos - lastWarningNanos >= NANOS_BETWEEN_WARNINGS) {
            lastWarningNanos = nowNanos;
            warningDue.set(true);
        }
    }

    /** Outside the lock, because a log may be slow. */
    private void warnIfDue() {
        if (warningDue.get() && warningDue.compareAndSet(true, false)) {
            Bound now = bound();
            log.warn(
                    "The guard {} has given the permit of a call that had it for longer than maxHold ({}) to the next one;"
                            + " the late call goes on besides. If clients are slow to send, have bodies read before the"
                            + " guard is asked; if the service hangs, give calls a time-out; if calls may take that long,"
                            + " raise maxHold. Taken back so far: {}",
                    now.name(),
                    now.maxHold(),
                    takenBack());
        }
    }

    @Override
    public synchronized int inFlight() {
        return permits.out();
    }

    @Override
    public synchronized int waiting() {
        return waiting;
    }

    @Override
    public synchronized int overdue() {
        return permits.overdue();
    }

    @Override
    public synchronized long takenBack() {
        return permits.takenBack();
    }

    /** Refuses all waiting calls and all later ones. Permits that are out stay good. */
    @Override
    public void close() {
        List<WaitingCall> refused = new ArrayList<>();
        synchronized (this) {
            closed = true;
            waitingByCaller.values().forEach(refused::addAll);
            waitingByCaller.clear();
            waiting = 0;
            if (cancelLook != null) {
                cancelLook.run();
            }
        }
        for (WaitingCall call : refused) {
            call.completeExceptionally(overloaded("it is closed"));
        }
    }

    private static IllegalStateException isClosed() {
        return new IllegalStateException("The backend of this guard is closed");
    }

    private AdmissionException overloaded(String why) {
        return AdmissionException.overloaded(
                "The guard " + bound().name() + " cannot let this call through: " + why, RETRY_AFTER);
    }

    /** A waiting call. It leaves the queue before it fails, because its caller may then ask again at once. */
    private final class WaitingCall extends CompletableFuture<Guard.Permit> {
        final String caller;

        WaitingCall(String caller) {
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

    /** A call whose turn has come, with its permit. */
    private record Given(WaitingCall call, PermitBook.Permit permit) {}
}
