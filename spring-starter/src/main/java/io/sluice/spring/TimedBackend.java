package io.sluice.spring;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.sluice.Backend;
import io.sluice.Bound;
import io.sluice.Decision;
import io.sluice.GuardStore;
import io.sluice.Limit;
import io.sluice.LimitStore;
import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import io.sluice.TimeSource;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A backend that times each call of another backend's store. */
final class TimedBackend implements Backend {

    private final Backend backend;
    private final Clock acquire;
    private final Clock refund;
    private final Clock join;
    private final Clock find;
    private final Clock enter;
    private final Clock call;
    private final Clock renew;
    private final Clock leave;
    private final Clock advance;
    private final Clock configure;

    TimedBackend(Backend backend, MeterRegistry registry) {
        this.backend = backend;
        acquire = new Clock(registry, "acquire");
        refund = new Clock(registry, "refund");
        join = new Clock(registry, "join");
        find = new Clock(registry, "find");
        enter = new Clock(registry, "enter");
        call = new Clock(registry, "call");
        renew = new Clock(registry, "renew");
        leave = new Clock(registry, "leave");
        advance = new Clock(registry, "advance");
        configure = new Clock(registry, "configure");
    }

    /** The timers of one operation. */
    private record Clock(Timer succeeded, Timer failed) {

        Clock(MeterRegistry registry, String operation) {
            this(timer(registry, operation, "ok"), timer(registry, operation, "failed"));
        }

        private static Timer timer(MeterRegistry registry, String operation, String result) {
            return Timer.builder("sluice.store.calls")
                    .description("Calls of the store, and how long they took")
                    .tag("operation", operation)
                    .tag("result", result)
                    .register(registry);
        }

        <T> CompletionStage<T> time(Supplier<CompletionStage<T>> operation) {
            return time(operation, answer -> true);
        }

        /** Times an operation, unless its answer is there at once: that came from memory, not from the store. */
        <T> CompletionStage<T> time(Supplier<CompletionStage<T>> operation, Predicate<T> isFromStore) {
            long startNanos = System.nanoTime();
            CompletionStage<T> stage = operation.get();
            if (stage.toCompletableFuture().isDone()) {
                return stage;
            }
            return stage.whenComplete((answer, failure) -> {
                Timer timer = failure == null && isFromStore.test(answer) ? succeeded : failed;
                timer.record(System.nanoTime() - startNanos, TimeUnit.NANOSECONDS);
            });
        }
    }

    @Override
    public LimitStore limit(Limit limit) {
        return timed(backend.limit(limit));
    }

    @Override
    public LimitStore redefine(Limit limit) {
        return timed(backend.redefine(limit));
    }

    private LimitStore timed(LimitStore store) {
        return store.isLocal() ? store : new TimedLimit(store);
    }

    @Override
    public RoomStore room(Room room) {
        return new TimedRoom(backend.room(room));
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
    public boolean isAvailable() {
        return backend.isAvailable();
    }

    @Override
    public int gateways() {
        return backend.gateways();
    }

    @Override
    public Runnable whenClosed(Runnable action) {
        return backend.whenClosed(action);
    }

    @Override
    public void close() {
        backend.close();
    }

    private final class TimedLimit implements LimitStore {
        private final LimitStore store;

        TimedLimit(LimitStore store) {
            this.store = store;
        }

        @Override
        public boolean isLocal() {
            return false;
        }

        @Override
        public long tryAcquire(String key, long permits) {
            return store.tryAcquire(key, permits);
        }

        @Override
        public CompletionStage<Decision> tryAcquireAsync(String key, long permits) {
            return acquire.time(
                    () -> store.tryAcquireAsync(key, permits), decision -> decision.source() == Decision.Source.STORE);
        }

        @Override
        public CompletionStage<Void> refundAsync(String key, long permits) {
            return refund.time(() -> store.refundAsync(key, permits));
        }

        @Override
        public long forgottenCallers() {
            return store.forgottenCallers();
        }

        @Override
        public long forgivenNanos() {
            return store.forgivenNanos();
        }
    }

    private final class TimedRoom implements RoomStore {
        private final RoomStore store;

        TimedRoom(RoomStore store) {
            this.store = store;
        }

        @Override
        public CompletionStage<Place> join(long visitor, boolean straightIn) {
            return join.time(() -> store.join(visitor, straightIn));
        }

        @Override
        public CompletionStage<Place> find(long visitor) {
            return find.time(() -> store.find(visitor));
        }

        @Override
        public CompletionStage<Place> enter(long number, long visitor) {
            return enter.time(() -> store.enter(number, visitor));
        }

        @Override
        public CompletionStage<Place> call(long number, long visitor) {
            return call.time(() -> store.call(number, visitor));
        }

        @Override
        public CompletionStage<Place> renew(long number, long visitor) {
            return renew.time(() -> store.renew(number, visitor));
        }

        @Override
        public CompletionStage<Place> leave(long number, long visitor) {
            return leave.time(() -> store.leave(number, visitor));
        }

        @Override
        public CompletionStage<RoomSnapshot> advance(Sightings sightings) {
            return advance.time(() -> store.advance(sightings));
        }

        @Override
        public CompletionStage<Void> configure(@Nullable Integer capacity, Room.@Nullable Mode mode) {
            return configure.time(() -> store.configure(capacity, mode));
        }
    }
}
