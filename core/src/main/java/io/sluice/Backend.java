package io.sluice;

/**
 * Holds the state of limits, rooms and guards, and decides on it. Limiters, rooms and guards that use one backend and
 * one name share their state. Safe for use by many threads.
 *
 * <p>A backend decides; it does not hand out state: each method of its stores is one atomic decision, in at most one
 * round trip where the store is remote.
 *
 * @see LocalBackend
 */
public interface Backend extends AutoCloseable {

    /**
     * Returns the store of a limit. A second call with the same name and an equal limit returns the same state.
     *
     * @throws IllegalArgumentException if a different limit with this name is in use
     */
    LimitStore limit(Limit limit);

    /**
     * Gives the limit of this name another definition, and returns the store that decides by it. What each caller owes
     * stays, in time, bandwidth by bandwidth in their order, but no more than the new burst; a further bandwidth starts
     * at rest. Stores returned before are not to be used any more; if the present definition equals this one, its store is
     * returned as it is. Called by {@link RateLimiter#redefine}, which has made sure that neither definition has a
     * {@linkplain Limit#configuration Bucket4j configuration}.
     */
    LimitStore redefine(Limit limit);

    /**
     * Returns the store of a room. A second call with the same name and an equal policy returns the same state.
     *
     * @throws IllegalArgumentException if a room of this name has another policy
     */
    RoomStore room(Room room);

    /**
     * Returns the queue of a guard. A second call with the same name and an equal bound returns the same state.
     *
     * @throws IllegalArgumentException if a guard of this name has another bound
     */
    GuardStore guard(Bound bound);

    /**
     * Returns the time of this process as the backend sees it, which also runs deadlines and refreshes.
     */
    TimeSource time();

    /** Tells whether the store answers, as far as is known without asking it. */
    default boolean isAvailable() {
        return true;
    }

    /** Returns how many processes share this backend's state, this one included, as last known. */
    default int gateways() {
        return 1;
    }

    /**
     * Runs an action once, when this backend closes: on the thread that closes it, or on the calling thread if it has
     * closed already. The action must not block. Called by {@link RateLimiter} for each caller who waits.
     *
     * @return forgets the action; repeating it has no effect
     */
    Runnable whenClosed(Runnable action);

    /**
     * Ends background work and closes connections that this backend opened. Waiting callers are refused, on the calling
     * thread. Repeating it has no effect; other calls after it fail with {@link IllegalStateException}, as do those that
     * ask rooms and guards opened before for something or change them. Limiters opened before go on deciding as they can:
     * by what this process knows, or by {@link Limit#onOutage}; those that would wait fail.
     */
    @Override
    void close();
}
