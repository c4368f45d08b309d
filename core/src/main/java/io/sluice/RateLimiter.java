package io.sluice;

import com.google.errorprone.annotations.CheckReturnValue;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;

/**
 * Bounds how often each caller may call. Safe for use by many threads; limiters of one limit and one backend share its
 * state.
 *
 * <pre>{@code
 * RateLimiter perUser = RateLimiter.of(Limit.of("per-user", 10, Duration.ofSeconds(1)), backend);
 * Decision decision = perUser.tryAcquire("user-42");
 * if (!decision.allowed()) {
 *     return tooManyRequests(decision.retryAfter());
 * }
 * }</pre>
 *
 * <table class="striped">
 * <caption>How the methods behave</caption>
 * <thead><tr><th>method</th><th>on a local backend</th><th>on a remote backend</th><th>if denied</th></tr></thead>
 * <tbody>
 * <tr><td>{@link #tryAcquire}</td><td>returns at once</td><td>blocks for one call of the store, up to its
 *     deadline</td><td>returns the denial</td></tr>
 * <tr><td>{@link #tryAcquireVerdict}</td><td>returns at once, allocates nothing</td><td>throws
 *     {@link UnsupportedOperationException}</td><td>returns the denial</td></tr>
 * <tr><td>{@link #tryAcquireAsync}</td><td>returns a completed stage</td><td>returns at once</td><td>completes with
 *     the denial</td></tr>
 * <tr><td>{@link #acquire}</td><td colspan="2">blocks until allowed, at most the timeout; throws
 *     {@link InterruptedException}</td><td>returns the denial as soon as the wait would exceed the timeout</td></tr>
 * <tr><td>{@link #acquireAsync}</td><td colspan="2">returns at once; no thread waits</td><td>completes with the denial
 *     as soon as the wait would exceed the timeout</td></tr>
 * <tr><td>{@link #refund}</td><td>returns at once</td><td>blocks for one call of the store</td><td></td></tr>
 * <tr><td>{@link #refundAsync}</td><td>returns a completed stage</td><td>returns at once</td><td></td></tr>
 * </tbody>
 * </table>
 *
 * All of them throw on the calling thread, and change nothing then: {@link NullPointerException} for a null argument,
 * {@link IllegalArgumentException} for an empty key and for permits below 1 or above {@link Limit#maxPermits}. Keys may
 * have any other length; only their hash is kept, and hashing takes time in proportion. A store that does not answer is
 * no exception: {@link Limit#onOutage} decides, and {@link Decision#source} says so.
 *
 * <p>Stages complete on whichever thread has the decision: the calling one if it is there, else the store's I/O thread or
 * the timer thread. Other callers' decisions depend on these threads, so what follows a stage must not block; whatever
 * does goes to an executor by {@code thenApplyAsync} and the like.
 *
 * <p>The limits of bandwidths follow GCRA, the generic cell rate algorithm (ITU-T I.371 Annex A; ATM Forum Traffic
 * Management 4.0, section 4.4.5, "virtual scheduling"): in any window T at most burst + rate × T permits pass, and idle
 * time banks no more than the burst.
 */
public final class RateLimiter {

    private final Limit limit;
    private final Backend backend;
    private final LimitStore store;
    private final boolean local;
    private final long maxPermits;

    private RateLimiter(Limit limit, Backend backend, LimitStore store) {
        this.limit = limit;
        this.backend = backend;
        this.store = store;
        this.local = store.isLocal();
        this.maxPermits = limit.maxPermits();
    }

    /**
     * Returns a limiter that keeps its state in a backend.
     *
     * @throws IllegalArgumentException if a different limit with this name is in use on the backend
     */
    public static RateLimiter of(Limit limit, Backend backend) {
        Objects.requireNonNull(limit, "limit");
        Objects.requireNonNull(backend, "backend");
        return new RateLimiter(limit, backend, backend.limit(limit));
    }

    /**
     * Changes the limit while it is in use. <strong>This limiter does not change</strong>: it goes on deciding by the old
     * definition, and its decisions and the new one's do not count for each other on a local backend. Use the limiter that
     * is returned from now on, instead of this one and all others of the name on this backend.
     *
     * <p>What each caller owes stays, in time, but no more than the new burst: who had used up {@code 60/1m} and owed a
     * minute owes a second of {@code 10/1s}. Bandwidths correspond in their order; a further one starts at rest. Where
     * the state is shared, other processes decide by their own definition until they change it too. What is charged
     * through other limiters at the very moment of the change may be forgotten.
     *
     * @throws IllegalArgumentException if the limit has another name, or if this one or that one has a {@linkplain
     *     Limit#configuration Bucket4j configuration}; nothing has changed then
     */
    @CheckReturnValue
    public RateLimiter redefine(Limit changed) {
        if (!changed.name().equals(limit.name())) {
            throw new IllegalArgumentException(
                    "Limit \"" + limit.name() + "\" cannot become \"" + changed.name() + "\"; a name stays");
        }
        if (limit.configuration() != null || changed.configuration() != null) {
            throw new IllegalArgumentException("Limit \"" + limit.name()
                    + "\" has a Bucket4j configuration, and such a limit cannot change while it is in use;"
                    + " give the changed one another name");
        }
        // Also where it equals this one's: another may have changed it since.
        return new RateLimiter(changed, backend, backend.redefine(changed));
    }

    /** Returns how many callers in debt were forgotten for want of room: {@link Limit#maxKeys} is too small. */
    public long forgottenCallers() {
        return store.forgottenCallers();
    }

    /** Returns how much debt was forgiven that way: the time the forgotten would have needed to be at rest. */
    public Duration forgivenDebt() {
        return Duration.ofNanos(store.forgivenNanos());
    }

    /** Returns what this limiter allows. */
    public Limit limit() {
        return limit;
    }

    /** Tells whether this process holds the state, so that {@link #tryAcquireVerdict} works and nothing blocks. */
    public boolean isLocal() {
        return local;
    }

    /** Takes one permit if it is there. */
    public Decision tryAcquire(String key) {
        return tryAcquire(key, 1);
    }

    /**
     * Takes permits if all are there, none otherwise.
     *
     * @param key the caller; not empty
     * @param permits 1 to {@link Limit#maxPermits}
     */
    public Decision tryAcquire(String key, long permits) {
        check(key, permits);
        return local
                ? limit.decision(store.tryAcquire(key, permits), permits, Decision.Source.STORE)
                : Stages.await(store.tryAcquireAsync(key, permits));
    }

    /**
     * As {@link #tryAcquire(String, long)}, without allocating: the verdict is read by {@link Limit#isAllowed}, {@link
     * Limit#remaining} and {@link Limit#retryAfterNanos} of {@link #limit}. A limit with a {@linkplain
     * Limit#configuration Bucket4j configuration} does allocate.
     *
     * @throws UnsupportedOperationException if the backend is not {@linkplain #isLocal local}
     */
    public long tryAcquireVerdict(String key, long permits) {
        check(key, permits);
        return store.tryAcquire(key, permits);
    }

    /** Takes one permit if it is there. */
    public CompletionStage<Decision> tryAcquireAsync(String key) {
        return tryAcquireAsync(key, 1);
    }

    /**
     * Takes permits if all are there, none otherwise.
     *
     * @param key the caller; not empty
     * @param permits 1 to {@link Limit#maxPermits}
     */
    public CompletionStage<Decision> tryAcquireAsync(String key, long permits) {
        check(key, permits);
        return store.tryAcquireAsync(key, permits);
    }

    /**
     * Takes one permit, waiting for it as {@link #acquire(String, long, Duration)} does.
     *
     * @throws InterruptedException if the thread is interrupted; nothing is charged then
     */
    public Decision acquire(String key, Duration timeout) throws InterruptedException {
        return acquire(key, 1, timeout);
    }

    /**
     * Takes permits, waiting for them if need be and if they can be there in time. Those who wait for one key compete;
     * there is no order among them.
     *
     * @param timeout the longest wait; zero or more
     * @return the denial if the permits cannot be there within the timeout; it comes without waiting that long
     * @throws InterruptedException if the thread is interrupted; nothing is charged then
     * @throws IllegalArgumentException also if the timeout is negative
     * @throws IllegalStateException if the backend is closed meanwhile
     */
    public Decision acquire(String key, long permits, Duration timeout) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        CompletableFuture<Decision> pending = pendingAcquire(key, permits, timeout);
        try {
            return pending.get();
        } catch (InterruptedException e) {
            if (!pending.cancel(false)) {
                giveBack(pending, key, permits);
            }
            throw e;
        } catch (ExecutionException e) {
            return Stages.await(pending);
        }
    }

    private void giveBack(CompletableFuture<Decision> done, String key, long permits) {
        if (!done.isCompletedExceptionally() && done.join().isRefundable()) {
            store.refundAsync(key, permits);
        }
    }

    /** Takes one permit, as {@link #acquireAsync(String, long, Duration)} does. */
    public CompletionStage<Decision> acquireAsync(String key, Duration timeout) {
        return acquireAsync(key, 1, timeout);
    }

    /**
     * As {@link #acquire(String, long, Duration)}, without a thread that waits. Cancelling the stage's {@link
     * CompletionStage#toCompletableFuture future} ends the wait, and nothing is charged then.
     *
     * @throws IllegalArgumentException also if the timeout is negative
     */
    public CompletionStage<Decision> acquireAsync(String key, long permits, Duration timeout) {
        return pendingAcquire(key, permits, timeout);
    }

    private PendingAcquire pendingAcquire(String key, long permits, Duration timeout) {
        check(key, permits);
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("The timeout must be zero or more, but was " + timeout);
        }
        PendingAcquire pending = new PendingAcquire(store, backend, key, permits, saturatedNanos(timeout));
        pending.ask();
        return pending;
    }

    private static long saturatedNanos(Duration duration) {
        return duration.compareTo(Duration.ofNanos(Long.MAX_VALUE)) < 0 ? duration.toNanos() : Long.MAX_VALUE;
    }

    /** Gives back one permit, as {@link #refund(String, long)} does. */
    public void refund(String key) {
        refund(key, 1);
    }

    /**
     * Gives back permits that were charged and not used; only for a decision that {@linkplain Decision#isRefundable is
     * refundable}, for any other would forgive an earlier call. Never lifts a caller above the burst; for a caller
     * without debt, and while the store does not answer, it has no effect.
     *
     * @param permits as charged; 1 to {@link Limit#maxPermits}
     */
    public void refund(String key, long permits) {
        check(key, permits);
        Stages.await(store.refundAsync(key, permits));
    }

    /** Gives back one permit, as {@link #refundAsync(String, long)} does. */
    public CompletionStage<Void> refundAsync(String key) {
        return refundAsync(key, 1);
    }

    /** As {@link #refund(String, long)}; completes when the permits are back. */
    public CompletionStage<Void> refundAsync(String key, long permits) {
        check(key, permits);
        return store.refundAsync(key, permits);
    }

    private void check(String key, long permits) {
        if (key.isEmpty()) {
            throw new IllegalArgumentException("The key of a caller must not be empty");
        }
        if (permits < 1 || permits > maxPermits) {
            throw new IllegalArgumentException("Limit \"" + limit.name() + "\" grants 1 to " + maxPermits
                    + " permits at once, but " + permits + " were asked for");
        }
    }
}
