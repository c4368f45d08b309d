package io.sluice;

import com.google.errorprone.annotations.CheckReturnValue;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionStage;

/**
 * Bounds how often each caller may call. Safe for use by many threads. Limiters of one limit on one backend share
 * its state.
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
 * <tr><td>{@link #tryAcquire}</td><td>returns at once</td><td>blocks for one call to the store, up to its
 *     deadline</td><td>returns the denial</td></tr>
 * <tr><td>{@link #tryAcquireVerdict}</td><td>returns at once, allocates nothing</td><td>throws
 *     {@link UnsupportedOperationException}</td><td>returns the denial</td></tr>
 * <tr><td>{@link #tryAcquireAsync}</td><td>returns a completed stage</td><td>returns at once</td><td>completes with
 *     the denial</td></tr>
 * <tr><td>{@link #acquire}</td><td colspan="2">blocks until allowed, at most the timeout; throws
 *     {@link InterruptedException}</td><td>returns the denial as soon as the wait would exceed the timeout</td></tr>
 * <tr><td>{@link #acquireAsync}</td><td colspan="2">returns at once; no thread waits</td><td>completes with the denial
 *     as soon as the wait would exceed the timeout</td></tr>
 * <tr><td>{@link #refund}</td><td>returns at once</td><td>blocks for one call to the store</td><td></td></tr>
 * <tr><td>{@link #refundAsync}</td><td>returns a completed stage</td><td>returns at once</td><td></td></tr>
 * </tbody>
 * </table>
 *
 * All of them throw on the calling thread, and then change nothing: {@link NullPointerException} for a null
 * argument, {@link IllegalArgumentException} for an empty key and for permits below 1 or above
 * {@link Limit#maxPermits}. A key may have any other length: only its hash is kept, but hashing takes time in
 * proportion to it. A store that does not answer causes no exception: {@link Limit#onOutage} decides, and
 * {@link Decision#source} says so.
 *
 * <p>Stages complete on the thread that has the decision: the calling thread if the decision is there at once, else
 * the store's I/O thread or the timer thread. Other callers' decisions depend on these threads, so dependent actions
 * must not block. Run blocking ones on an executor, by {@code thenApplyAsync} and the like.
 *
 * <p>Limits made of bandwidths follow GCRA, the generic cell rate algorithm (ITU-T I.371 Annex A; ATM Forum Traffic
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
     * @throws IllegalStateException if the backend is closed, or is local and has 10,000 limits already: callers are
     *     keys of one limit, not limits of their own
     */
    public static RateLimiter of(Limit limit, Backend backend) {
        Objects.requireNonNull(limit, "limit");
        Objects.requireNonNull(backend, "backend");
        return new RateLimiter(limit, backend, backend.limit(limit));
    }

    /**
     * Changes the limit while it is in use; {@link Limit#toBuilder} keeps what is not to change. <strong>This limiter
     * does not change</strong>, because only the limit that made a verdict can read it: it still decides by the old
     * definition, and on a local backend its decisions and those of the new limiter do not count for each other. From
     * now on use the returned limiter instead of this one and all others of this name on this backend.
     *
     * <p>Each caller's debt stays, in time, but is at most the new burst: a caller who had used up {@code 60/1m} and
     * owed a minute owes one second of {@code 10/1s}. Bandwidths correspond by their order; an additional one starts
     * at rest. Where the state is shared, other processes decide by their own definition until they change it too.
     * Charges made through other limiters at the very moment of the change may be forgotten.
     *
     * @throws IllegalArgumentException if the limit has another name, or if either limit has a
     *     {@linkplain Limit#configuration Bucket4j configuration}; nothing has changed then
     * @throws IllegalStateException if the backend is closed
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
        // Even if it equals this limiter's: another limiter may have changed it since.
        return new RateLimiter(changed, backend, backend.redefine(changed));
    }

    /** Returns how many callers in debt were forgotten for lack of room: {@link Limit#maxKeys} is too small. */
    public long forgottenCallers() {
        return store.forgottenCallers();
    }

    /**
     * Returns how much debt was forgiven that way: the time that those callers would have needed to be at rest. Stops
     * at 2^63 - 1 ns, 292 years.
     */
    public Duration forgivenDebt() {
        return Duration.ofNanos(store.forgivenNanos());
    }

    /** Returns the limit. */
    public Limit limit() {
        return limit;
    }

    /** Tells whether this process holds the state. If so, {@link #tryAcquireVerdict} works and nothing blocks. */
    public boolean isLocal() {
        return local;
    }

    /** Takes one permit if it is available. */
    public Decision tryAcquire(String key) {
        return tryAcquire(key, 1);
    }

    /**
     * Takes permits if all are available, otherwise none.
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
     * As {@link #tryAcquire(String, long)}, but allocates nothing. {@link Limit#isAllowed}, {@link Limit#remaining}
     * and {@link Limit#retryAfterNanos} of {@link #limit} read the verdict. A limit with a
     * {@linkplain Limit#configuration Bucket4j configuration} does allocate.
     *
     * @throws UnsupportedOperationException if the backend is not {@linkplain #isLocal local}
     */
    public long tryAcquireVerdict(String key, long permits) {
        check(key, permits);
        return store.tryAcquire(key, permits);
    }

    /** Takes one permit if it is available. */
    public CompletionStage<Decision> tryAcquireAsync(String key) {
        return tryAcquireAsync(key, 1);
    }

    /**
     * Takes permits if all are available, otherwise none.
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
     * Takes permits, and waits for them if they can be available within the timeout. Callers who wait for one key
     * compete; there is no order among them.
     *
     * @param timeout the longest wait; zero or more
     * @return the denial if the permits cannot be available within the timeout, without waiting that long
     * @throws InterruptedException if the thread is interrupted; nothing is charged then
     * @throws IllegalArgumentException also if the timeout is negative
     * @throws IllegalStateException if the backend is closed meanwhile
     */
    public Decision acquire(String key, long permits, Duration timeout) throws InterruptedException {
        return Stages.awaitInterruptibly(
                () -> pendingAcquire(key, permits, timeout), decision -> giveBack(decision, key, permits));
    }

    private void giveBack(Decision decision, String key, long permits) {
        if (decision.isRefundable()) {
            store.refundAsync(key, permits);
        }
    }

    /** Takes one permit, as {@link #acquireAsync(String, long, Duration)} does. */
    public CompletionStage<Decision> acquireAsync(String key, Duration timeout) {
        return acquireAsync(key, 1, timeout);
    }

    /**
     * As {@link #acquire(String, long, Duration)}, but no thread waits. Cancelling the stage's
     * {@link CompletionStage#toCompletableFuture future} ends the wait; nothing is charged then.
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
     * Gives back permits that were charged but not used. Only for a decision that
     * {@linkplain Decision#isRefundable is refundable}: for any other it would forgive an earlier call. Never lifts
     * a caller above the burst. Has no effect for a caller without debt, nor while the store does not answer.
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
