package io.sluice;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The backend that keeps everything in this process: nothing to install, nothing shared with other processes. */
public final class LocalBackend implements Backend {

    private static final Logger log = LoggerFactory.getLogger(LocalBackend.class);

    private final TimeSource time;
    private final LocalLimits limits;
    private volatile boolean closed;

    /** Each under its own key: two waiters may bring the same action. */
    private final Map<Object, Runnable> closeActions = new ConcurrentHashMap<>();

    // Guarded by this, so that none is opened while the backend closes.
    private final Map<String, LocalRoom> rooms = new HashMap<>();
    private final Map<String, FairQueue> guards = new HashMap<>();

    private LocalBackend(TimeSource time) {
        this.time = time;
        this.limits = new LocalLimits(time);
    }

    /** Creates a backend on the machine's time. */
    public static LocalBackend create() {
        return new LocalBackend(new SystemTime());
    }

    /** Creates a backend on the given time, which the caller closes; for tests with a controlled clock. */
    public static LocalBackend create(TimeSource time) {
        return new LocalBackend(Objects.requireNonNull(time, "time"));
    }

    @Override
    public LimitStore limit(Limit limit) {
        checkOpen();
        return limits.store(limit);
    }

    @Override
    public LimitStore redefine(Limit limit) {
        checkOpen();
        return limits.redefine(limit);
    }

    @Override
    public synchronized RoomStore room(Room room) {
        Objects.requireNonNull(room, "room");
        checkOpen();
        LocalRoom store = rooms.computeIfAbsent(room.name(), unused -> new LocalRoom(room, time));
        checkSame("room", room, store.policy());
        return store;
    }

    @Override
    public synchronized GuardStore guard(Bound bound) {
        Objects.requireNonNull(bound, "bound");
        checkOpen();
        FairQueue queue = guards.computeIfAbsent(bound.name(), unused -> new FairQueue(bound, time));
        checkSame("guard", bound, queue.bound());
        return queue;
    }

    private static void checkSame(String what, Object asked, Object present) {
        if (!asked.equals(present)) {
            throw new IllegalArgumentException(
                    "This backend has another " + what + " of that name: " + present + ", but asked for was " + asked);
        }
    }

    @Override
    public TimeSource time() {
        return time;
    }

    @Override
    public Runnable whenClosed(Runnable action) {
        Object key = new Object();
        closeActions.put(key, action);
        if (closed) {
            runCloseAction(key);
        }
        return () -> closeActions.remove(key);
    }

    /** Only the thread that removes the action runs it. */
    private void runCloseAction(Object key) {
        Runnable action = closeActions.remove(key);
        if (action != null) {
            action.run();
        }
    }

    /** Runs an action whose failure must not keep the others from running, nor the timer from ending. */
    private void tryCloseAction(Object key) {
        try {
            runCloseAction(key);
        } catch (RuntimeException | Error e) {
            log.error("An action at the end of the backend failed", e);
        }
    }

    @Override
    public void close() {
        List<FairQueue> queues;
        synchronized (this) {
            closed = true;
            rooms.values().forEach(LocalRoom::close);
            queues = List.copyOf(guards.values());
        }
        // Outside the lock: refused callers are told on this thread.
        queues.forEach(FairQueue::close);
        closeActions.keySet().forEach(this::tryCloseAction);
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
