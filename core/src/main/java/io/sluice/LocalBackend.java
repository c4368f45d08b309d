package io.sluice;

/**
 * The backend that keeps everything in this process: nothing to install, nothing shared with other processes.
 */
public final class LocalBackend implements Backend {

    private final TimeSource time;
    private final LocalLimits limits;
    private volatile boolean closed;

    private LocalBackend(TimeSource time) {
        this.time = time;
        this.limits = new LocalLimits(time);
    }

    /** Creates a backend on the machine's time. */
    public static LocalBackend create() {
        return new LocalBackend(new SystemTime());
    }

    /**
     * Creates a backend on the given time, which the caller closes; for tests with a controlled clock.
     */
    public static LocalBackend create(TimeSource time) {
        return new LocalBackend(time);
    }

    @Override
    public LimitStore limit(Limit limit) {
        checkOpen();
        return limits.store(limit);
    }

    @Override
    public TimeSource time() {
        return time;
    }

    @Override
    public void close() {
        closed = true;
        if (time instanceof SystemTime systemTime) {
            systemTime.close();
        }
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("This backend is closed");
        }
    }
}
