package io.sluice;

import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Test;

/** Whatever threads do at once, a room, a guard's queue and a log of sightings behave as if they did it in turn. */
class RoomLincheckTest {

    /** Time that stands still and forgets what is scheduled. */
    private static final class StoppedTime implements TimeSource {
        @Override
        public long nanoTime() {
            return 1;
        }

        @Override
        public long epochMicros() {
            return 1;
        }

        @Override
        public Runnable schedule(Runnable task, Duration delay) {
            return () -> {};
        }
    }

    /** Time that passes in steps, and forgets what is scheduled for later than the next one. */
    private static final class PassingTime implements TimeSource {

        private final Duration step;
        private final AtomicLong nanos = new AtomicLong();
        private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

        PassingTime(Duration step) {
            this.step = step;
        }

        void pass() {
            nanos.addAndGet(step.toNanos());
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
        }

        @Override
        public long nanoTime() {
            return nanos.get();
        }

        @Override
        public long epochMicros() {
            return 1;
        }

        @Override
        public Runnable schedule(Runnable task, Duration delay) {
            if (delay.compareTo(step) <= 0) {
                tasks.add(task);
            }
            return () -> tasks.remove(task);
        }
    }

    /** A room with two places and three visitors. */
    @Param(name = "visitor", gen = IntGen.class, conf = "1:3")
    public static class Visitors {

        private final LocalRoom room =
                new LocalRoom(Room.named("sale").capacity(2).build(), new StoppedTime());

        @Operation
        public String join(@Param(name = "visitor") int visitor) {
            return shown(Stages.await(room.join(visitor, false)));
        }

        @Operation
        public String admit(@Param(name = "visitor") int visitor) {
            return shown(Stages.await(room.join(visitor, true)));
        }

        @Operation
        public String enter(@Param(name = "visitor") int visitor) {
            return shown(Stages.await(room.enter(RoomStore.ANY_NUMBER, visitor)));
        }

        @Operation
        public String leave(@Param(name = "visitor") int visitor) {
            return shown(Stages.await(room.leave(RoomStore.ANY_NUMBER, visitor)));
        }

        @Operation
        public String advance() {
            RoomSnapshot snapshot =
                    Stages.await(room.advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of())));
            return snapshot.issued() + " issued, " + snapshot.served() + " served, " + snapshot.calledCount()
                    + " called, " + snapshot.inside() + " inside";
        }

        private static String shown(Place place) {
            return place.state() + " " + place.number();
        }
    }

    /** A guard with two turns and room for two calls to wait. */
    @Param(name = "caller", gen = IntGen.class, conf = "1:2")
    public static class Callers {

        private static final int LIMIT = 2;

        private final FairQueue queue =
                new FairQueue(Bound.named("login").limit(LIMIT).maxWaiting(2).build(), new StoppedTime());
        private final Queue<Guard.Permit> held = new ConcurrentLinkedQueue<>();
        private final Queue<CompletableFuture<Guard.Permit>> asked = new ConcurrentLinkedQueue<>();
        private final AtomicInteger inFlight = new AtomicInteger();
        private final AtomicInteger mostInFlight = new AtomicInteger();

        @Operation
        public void acquire(@Param(name = "caller") int caller) {
            CompletionStage<Guard.Permit> answer = queue.acquire("caller-" + caller);
            asked.add(answer.toCompletableFuture());
            answer.whenComplete((permit, refusal) -> {
                if (permit != null) {
                    // Checked at the end: what is thrown here would be lost in a stage that nobody reads.
                    mostInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
                    held.add(permit);
                }
            });
        }

        @Operation
        public void release() {
            Guard.Permit permit = held.poll();
            if (permit != null) {
                inFlight.decrementAndGet();
                permit.release();
                permit.release();
            }
        }

        @Operation
        public void cancel() {
            CompletableFuture<Guard.Permit> answer = asked.poll();
            if (answer != null) {
                answer.cancel(false);
            }
        }

        @Validate
        public void nobodyWaitsForAFreeTurn() {
            if (mostInFlight.get() > LIMIT) {
                throw new IllegalStateException(mostInFlight + " have been in flight at once");
            }
            if (queue.inFlight() != held.size() || held.size() > LIMIT) {
                throw new IllegalStateException(held.size() + " permits are held, " + queue.inFlight() + " counted");
            }
            if (queue.waiting() > 0 && queue.inFlight() < LIMIT) {
                throw new IllegalStateException(queue.waiting() + " wait while a turn is free");
            }
            long waiting = asked.stream().filter(answer -> !answer.isDone()).count();
            if (queue.waiting() < waiting) {
                throw new IllegalStateException("a call waits that is not in the queue");
            }
        }
    }

    /** A guard with one turn, which is taken back from one caller for the other whenever time passes. */
    @Param(name = "caller", gen = IntGen.class, conf = "1:2")
    public static class SlowCallers {

        private static final Duration MAX_HOLD = Duration.ofSeconds(1);

        private final PassingTime time = new PassingTime(MAX_HOLD);
        private final FairQueue queue =
                new FairQueue(Bound.named("login").limit(1).maxHold(MAX_HOLD).build(), time);
        private final Queue<Guard.Permit> held = new ConcurrentLinkedQueue<>();

        @Operation
        public void acquire(@Param(name = "caller") int caller) {
            queue.acquire("caller-" + caller).thenAccept(held::add);
        }

        @Operation
        public void release() {
            Guard.Permit permit = held.poll();
            if (permit != null) {
                permit.release();
                permit.release();
            }
        }

        @Operation
        public void pass() {
            time.pass();
        }

        @Validate
        public void eachPermitGivesOneTurnBack() {
            if (queue.inFlight() > 1 || queue.inFlight() + queue.overdue() != held.size()) {
                throw new IllegalStateException(held.size() + " calls are under way, " + queue.inFlight()
                        + " counted with a permit and " + queue.overdue() + " without");
            }
            if (queue.waiting() > 0 && held.isEmpty()) {
                throw new IllegalStateException(queue.waiting() + " wait while a turn is free");
            }
        }
    }

    /** A log of sightings, which many threads write and one empties. The numbers share a page; two share a word. */
    @Param(name = "number", gen = IntGen.class, conf = "62:64")
    public static class Gateway {

        private final SightingLog log = new SightingLog(7);
        private final Set<Long> handedIn = ConcurrentHashMap.newKeySet();

        static Actor actor(String operation, int number) {
            try {
                return new Actor(Gateway.class.getMethod(operation, int.class), List.of(number));
            } catch (NoSuchMethodException e) {
                throw new IllegalArgumentException(operation, e);
            }
        }

        @Operation
        public void alive(@Param(name = "number") int number) {
            log.alive(number);
        }

        /** Drains, and tells whether the number has been in this drain or an earlier one. */
        @Operation(nonParallelGroup = "drain")
        public boolean isHandedIn(@Param(name = "number") int number) {
            Sightings drained = log.drain(Long.MAX_VALUE, 0, -1, List.of());
            drained.alive().stream().forEach(bit -> handedIn.add(drained.firstNumber() + bit));
            return handedIn.contains((long) number);
        }
    }

    @Test
    void roomIsLinearizableInEveryOrder() {
        modelChecking().check(Visitors.class);
    }

    @Test
    void guardKeepsItsBoundInEveryOrder() {
        modelChecking().check(Callers.class);
    }

    @Test
    void guardTakesAPermitBackOnceInEveryOrder() {
        modelChecking().check(SlowCallers.class);
    }

    @Test
    void noSightingIsLostInAnyOrder() {
        modelChecking().addCustomScenario(drainWhileAMarkIsMade()).check(Gateway.class);
    }

    /** A mark is lost if the page is drained between finding and marking it; what is drained later shows it. */
    private static ExecutionScenario drainWhileAMarkIsMade() {
        return new ExecutionScenario(
                List.of(Gateway.actor("alive", 62)),
                List.of(List.of(Gateway.actor("alive", 63)), List.of(Gateway.actor("isHandedIn", 62))),
                List.of(Gateway.actor("isHandedIn", 63)),
                null);
    }

    private static ModelCheckingOptions modelChecking() {
        return new ModelCheckingOptions()
                .iterations(5)
                .invocationsPerIteration(100)
                .threads(2)
                .actorsBefore(2)
                .actorsPerThread(2)
                .actorsAfter(1);
    }
}
