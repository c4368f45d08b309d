package io.sluice;

import java.util.Objects;
import java.util.concurrent.CompletionStage;

/**
 * Bounds how many calls a service works on at once. A call beyond the {@link Bound} waits its turn in a queue that
 * is fair across callers, and is refused when it has waited too long. Safe for use by many threads.
 *
 * <pre>{@code
 * try (Guard.Permit permit = guard.acquire("user-42")) {
 *     callTheService();
 * }
 * }</pre>
 *
 * <p>Shaping beats refusing: a burst of logins that would drive a server into its time-outs goes through without an
 * error if each login is held until the server is free.
 */
public final class Guard {

    /**
     * The right to make one call; documentation and messages call it a turn. Release it when the call has ended,
     * however it ended, even if it took longer than {@link Bound#maxHold}: until then it counts among its caller's
     * calls.
     */
    public interface Permit extends AutoCloseable {

        /** Lets the next call have its turn, unless the permit was taken back for it. Repeating it has no effect. */
        void release();

        /** The same as {@link #release}. */
        @Override
        default void close() {
            release();
        }
    }

    private final GuardStore store;

    private Guard(GuardStore store) {
        this.store = store;
    }

    /**
     * Returns a guard.
     *
     * @throws IllegalArgumentException if the backend has a guard of this name with another bound
     * @throws IllegalStateException if the backend is closed
     */
    public static Guard of(Bound bound, Backend backend) {
        Objects.requireNonNull(bound, "bound");
        return new Guard(Objects.requireNonNull(backend, "backend").guard(bound));
    }

    /** Returns the bound in force. */
    public Bound bound() {
        return store.bound();
    }

    /**
     * Puts another bound in force, for all guards of this name on this process's backend; {@link Bound#toBuilder}
     * keeps what is not to change. A higher limit lets in waiting calls; a lower one takes back only overdue permits.
     * Calls that wait already keep their {@link Bound#maxWait}. A new {@link Bound#maxHold} also applies to permits that are out already.
     *
     * @throws IllegalArgumentException if the bound has another name
     * @throws IllegalStateException if the backend is closed
     */
    public void redefine(Bound bound) {
        if (!bound.name().equals(bound().name())) {
            throw new IllegalArgumentException(
                    "The guard " + bound().name() + " cannot become " + bound.name() + "; a name stays");
        }
        store.redefine(bound);
    }

    /**
     * Waits for a turn on the calling thread, at most {@link Bound#maxWait}.
     *
     * @param caller the caller; calls under one name share its turns; not null
     * @throws AdmissionException with reason {@code OVERLOADED} if no turn comes in time, or the backend is closed
     *     meanwhile; at once if there is no turn and maxWait is 0, or the queue has no more room for this caller (see
     *     {@link Bound#maxWaiting})
     * @throws IllegalStateException if the backend, or the time source that it was given, is closed already
     * @throws InterruptedException if the thread is interrupted; it has no turn then
     */
    public Permit acquire(String caller) throws InterruptedException {
        return Stages.awaitInterruptibly(() -> acquireAsync(caller), Permit::release);
    }

    /**
     * Asks for a turn without waiting.
     *
     * <p>The stage completes on the thread that finds the turn: the calling thread, that of another caller who asks, one
     * that releases a permit or redefines the bound, a timer thread, or the store's I/O thread. One thread at a time
     * gives out turns, so while a dependent action blocks, no waiting call of this guard gets one. Run blocking actions
     * on an executor, by {@code thenApplyAsync} and the like.
     *
     * @param caller the caller; calls under one name share its turns; not null
     * @return completes with the permit, or exceptionally with the {@link AdmissionException} or
     *     {@link IllegalStateException} that {@link #acquire} throws; cancelling it gives up the wait
     */
    public CompletionStage<Permit> acquireAsync(String caller) {
        return store.acquire(Objects.requireNonNull(caller, "caller"));
    }

    /** Returns how many calls may have a permit at once in this process: the limit, or its part of it. */
    public int share() {
        return store.share();
    }

    /** Returns how many calls have a permit now, as far as this process knows; without those {@link #overdue}. */
    public int inFlight() {
        return store.inFlight();
    }

    /** Returns how many calls wait now, as far as this process knows. */
    public int waiting() {
        return store.waiting();
    }

    /**
     * Returns how many calls of this process go on without a permit now because it was taken back after
     * {@link Bound#maxHold}. Together with those {@link #inFlight} they are the calls that the service has.
     */
    public int overdue() {
        return store.overdue();
    }

    /** Returns how many permits this process has taken back after {@link Bound#maxHold}, ever. */
    public long takenBack() {
        return store.takenBack();
    }
}
