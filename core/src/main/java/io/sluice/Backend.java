package io.sluice;

/**
 * Holds the state of limits, rooms and guards, and decides on it. Limiters, rooms and guards that use one backend and
 * one name share their state. Safe for use by many threads.
 *
 * <p>A backend decides; it does not hand out state. Each method of its stores is one atomic decision, in at most one
 * round trip where the store is remote.
 *
 * @see LocalBackend
 */
public interface Backend extends AutoCloseable {

    /**
     * Returns the store of a limit. A second call with the same name and an equal limit returns the same state.
     *
     * @throws IllegalArgumentException if a different limit with this name is in use
     * @throws IllegalStateException if the backend is closed, or is local and has 10,000 limits already
     */
    LimitStore limit(Limit limit);

    /**
     * Gives the limit of this name another definition, and returns the store that decides by it. Each caller's debt
     * stays, in time, bandwidth by bandwidth in their order, but is at most the new burst; an additional bandwidth
     * starts at rest. Do not use stores returned before any more. If the present definition equals this one, its
     * store is returned as it is. Called by {@link RateLimiter#redefine}, which ensures that neither definition has
     * a {@linkplain Limit#configuration Bucket4j configuration}.
     *
     * @throws IllegalStateException if the backend is closed
     */
    LimitStore redefine(Limit limit);

    /**
     * Returns the store of a room. A second call with the same name and an equal policy returns the same state.
     *
     * @throws IllegalArgumentException if a room of this name has another policy
     * @throws IllegalStateException if the backend is closed
     */
    RoomStore room(Room room);

    /**
     * Returns the queue of a guard. A second call with the same name and an equal bound returns the same state.
     *
     * @throws IllegalArgumentException if a guard of this name has another bound
     * @throws IllegalStateException if the backend is closed
     */
    GuardStore guard(Bound bound);

    /** Returns the time of this process as the backend sees it. It also runs deadlines and refreshes. */
    TimeSource time();

    /** Tells whether the store answers, as far as is known without asking it. */
    default boolean isAvailable() {
        return true;
    }

    /** Returns how many gateways share this backend's state, this one included, as last known. */
    default int gateways() {
        return 1;
    }

    /**
     * Runs an action once, when this backend closes: on the closing thread, or on the calling thread if it has
     * closed already. The action must not block; what it throws while the backend closes is logged. Called by
     * {@link RateLimiter} for each waiting caller.
     *
     * @return forgets the action; repeating it has no effect
     */
    Runnable whenClosed(Runnable action);

    /**
     * Ends background work and closes the connections that this backend opened. Callers who wait for a limiter or a
     * guard are refused on the calling thread; visitors who are held by a room, by the timer within half a second.
     * Repeating it has no effect. Other calls after it fail with {@link IllegalStateException}, as
     * do calls that ask or change rooms and guards opened before. Limiters opened before still decide as they can,
     * by what this process knows or by {@link Limit#onOutage}; calls that would wait fail.
     */
    @Override
    void close();
}
