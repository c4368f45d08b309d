package io.sluice;

import java.util.function.UnaryOperator;

/** Another backend, with something put in front of its rooms or, by subclasses, of its other stores. */
public class ForwardingBackend implements Backend {

    private final Backend backend;
    private final UnaryOperator<RoomStore> inFront;

    public ForwardingBackend(Backend backend, UnaryOperator<RoomStore> inFront) {
        this.backend = backend;
        this.inFront = inFront;
    }

    @Override
    public LimitStore limit(Limit limit) {
        return backend.limit(limit);
    }

    @Override
    public LimitStore redefine(Limit limit) {
        return backend.redefine(limit);
    }

    @Override
    public RoomStore room(Room room) {
        return inFront.apply(backend.room(room));
    }

    @Override
    public GuardStore guard(Bound bound) {
        return backend.guard(bound);
    }

    @Override
    public TimeSource time() {
        return backend.time();
    }

    @Override
    public Runnable whenClosed(Runnable action) {
        return backend.whenClosed(action);
    }

    @Override
    public void close() {
        backend.close();
    }
}
