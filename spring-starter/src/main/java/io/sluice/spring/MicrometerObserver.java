package io.sluice.spring;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.sluice.Backend;
import io.sluice.Decision;
import io.sluice.Guard;
import io.sluice.LocalBackend;
import io.sluice.RoomSnapshot;
import io.sluice.Standing;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Counts in Micrometer. Tags are configured names and enum constants, so there are few. Meters are looked up once for
 * each gate; a decision increments a counter and allocates nothing.
 */
final class MicrometerObserver implements GateObserver {

    private final MeterRegistry registry;
    private final ObservationRegistry observations;
    private volatile Function<String, Map<String, Long>> recovery = room -> Map.of();

    MicrometerObserver(MeterRegistry registry, ObservationRegistry observations) {
        this.registry = registry;
        this.observations = observations;
    }

    /** Begins a span whose parent is the observation of this thread, such as that of the request. */
    private Held held(String kind, String name) {
        if (observations.isNoop()) {
            return Held.UNOBSERVED;
        }
        return new ObservedHold(Observation.createNotStarted("sluice.hold", observations)
                .contextualName("sluice hold " + kind)
                .lowCardinalityKeyValue("kind", kind)
                .lowCardinalityKeyValue("name", name)
                .start());
    }

    private record ObservedHold(Observation observation) implements Held {

        @Override
        public void end(Outcome outcome) {
            stop(SluiceProperties.word(outcome));
        }

        @Override
        public void abandon() {
            stop("abandoned");
        }

        private void stop(String outcome) {
            observation.lowCardinalityKeyValue("outcome", outcome).stop();
        }
    }

    @Override
    public Backend backend(Backend backend) {
        recovery = room -> RedisFigures.recovery(backend, room);
        return backend instanceof LocalBackend ? backend : new TimedBackend(backend, registry);
    }

    @Override
    public OfLimit limit(LimitGate gate) {
        String name = gate.limit().name();
        FunctionTimer.builder(
                        "sluice.limit.forgiven",
                        gate,
                        one -> one.definition().limiter().forgottenCallers(),
                        one -> one.definition().limiter().forgivenDebt().toNanos(),
                        TimeUnit.NANOSECONDS)
                .description("Callers in debt who were forgotten for want of room, and what they owed; raise max-keys")
                .tag("limit", name)
                .register(registry);
        PerOutcome<Counter> byStore = decisions(name, Decision.Source.STORE);
        PerOutcome<Counter> byOutagePolicy = decisions(name, Decision.Source.OUTAGE_POLICY);
        return (outcome, source) -> (source == Decision.Source.STORE ? byStore : byOutagePolicy)
                .of(outcome)
                .increment();
    }

    private PerOutcome<Counter> decisions(String limit, Decision.Source source) {
        return PerOutcome.each(outcome -> Counter.builder("sluice.limit.decisions")
                .description("Decisions of a limit, by outcome, and by who made them")
                .tag("limit", limit)
                .tag("outcome", SluiceProperties.word(outcome))
                .tag("source", SluiceProperties.word(source))
                .register(registry));
    }

    private record PerOutcome<M>(M allowed, M refused, M shadowed) {

        static <M> PerOutcome<M> each(Function<Outcome, M> meter) {
            return new PerOutcome<>(
                    meter.apply(Outcome.ALLOWED), meter.apply(Outcome.REFUSED), meter.apply(Outcome.SHADOWED));
        }

        M of(Outcome outcome) {
            return switch (outcome) {
                case ALLOWED -> allowed;
                case REFUSED -> refused;
                case SHADOWED -> shadowed;
            };
        }
    }

    @Override
    public OfRoom room(RoomGate gate) {
        String name = gate.room().room().name();
        RoomFigures figures = new RoomFigures(gate.room());
        gauge(gate, figures, "waiting", "Visitors who wait for the cursor", RoomSnapshot::waiting);
        gauge(gate, figures, "called", "Visitors called who are not inside yet", RoomSnapshot::calledCount);
        gauge(gate, figures, "inside", "Visitors inside", RoomSnapshot::inside);
        gauge(gate, figures, "capacity", "Visitors who may be inside", RoomSnapshot::capacity);
        FunctionCounter.builder("sluice.room.calls", gate, unused -> figures.read(RoomSnapshot::served))
                .description("Numbers called; what exceeds the entries never came")
                .tag("room", name)
                .register(registry);
        recoveryGauges(gate);
        return new RoomMeters(name);
    }

    private void recoveryGauges(RoomGate gate) {
        String name = gate.room().room().name();
        Function<String, Map<String, Long>> counts = recovery;
        for (String kind : counts.apply(name).keySet()) {
            Gauge.builder(
                            "sluice.room.recovery",
                            gate,
                            unused -> counts.apply(name).getOrDefault(kind, 0L))
                    .description("What became of the room each time its store had lost something, by kind")
                    .tag("room", name)
                    .tag("kind", kind)
                    .register(registry);
        }
    }

    /** A registry holds the object of a meter weakly: here the gate, which lives as long as the room is in use. */
    private void gauge(
            RoomGate gate,
            RoomFigures figures,
            String meter,
            String description,
            ToDoubleFunction<RoomSnapshot> value) {
        Gauge.builder("sluice.room." + meter, gate, unused -> figures.read(value))
                .description(description)
                .tag("room", gate.room().room().name())
                .register(registry);
    }

    /** The last snapshot. Reading it asks for the next without waiting: a slow store holds up no reader of meters. */
    private static final class RoomFigures {
        private final WaitingRoom room;
        private volatile @Nullable RoomSnapshot last;

        RoomFigures(WaitingRoom room) {
            this.room = room;
        }

        double read(ToDoubleFunction<RoomSnapshot> value) {
            room.snapshotAsync().thenAccept(snapshot -> last = snapshot);
            RoomSnapshot snapshot = last;
            return snapshot == null ? Double.NaN : value.applyAsDouble(snapshot);
        }
    }

    private final class RoomMeters implements OfRoom {
        private final PerOutcome<Counter> decisions;
        private final Counter joins;
        private final Timer entries;
        private final Counter abandonments;
        private final Counter leaves;
        private final String room;

        RoomMeters(String room) {
            this.room = room;
            decisions = PerOutcome.each(outcome -> Counter.builder("sluice.room.decisions")
                    .description("Requests to protected routes, by outcome")
                    .tag("room", room)
                    .tag("outcome", SluiceProperties.word(outcome))
                    .register(registry));
            joins = counter("joins", "Joins, those of visitors who come back to their place included", room);
            entries = Timer.builder("sluice.room.entries")
                    .description("Entries, and the time from the ticket to the entry")
                    .tag("room", room)
                    .register(registry);
            abandonments = counter("abandonments", "Visitors who gave up their place before they were inside", room);
            leaves = counter("leaves", "Visitors who gave up their place inside", room);
        }

        private Counter counter(String meter, String description, String room) {
            return Counter.builder("sluice.room." + meter)
                    .description(description)
                    .tag("room", room)
                    .register(registry);
        }

        @Override
        public Held held() {
            return MicrometerObserver.this.held("room", room);
        }

        @Override
        public void decided(Outcome outcome) {
            decisions.of(outcome).increment();
        }

        @Override
        public void joined() {
            joins.increment();
        }

        @Override
        public void entered(Duration waited) {
            entries.record(waited);
        }

        @Override
        public void left(Standing.State from) {
            switch (from) {
                case QUEUED, READY -> abandonments.increment();
                case USED -> leaves.increment();
                case EXPIRED -> {
                    // There was nothing to give up.
                }
            }
        }
    }

    @Override
    public OfGuard guard(GuardGate gate) {
        Guard guard = gate.guard();
        String name = guard.bound().name();
        gauge(
                guard,
                "limit",
                "Calls that may have a turn at once in all processes",
                one -> one.bound().limit());
        gauge(guard, "share", "Calls that may have a turn at once in this process", Guard::share);
        gauge(guard, "in.flight", "Calls that have a turn", Guard::inFlight);
        gauge(guard, "waiting", "Calls that wait for their turn", Guard::waiting);
        gauge(guard, "overdue", "Calls with the service besides, whose turn was taken back", Guard::overdue);
        FunctionCounter.builder("sluice.guard.taken.back", guard, Guard::takenBack)
                .description("Turns taken back after max-hold; callers send slowly, or the service hangs")
                .tag("guard", name)
                .register(registry);
        PerOutcome<Timer> timers = PerOutcome.each(outcome -> Timer.builder("sluice.guard.wait")
                .description("Calls by outcome, and how long they waited for it; the refused are the sheds")
                .tag("guard", name)
                .tag("outcome", SluiceProperties.word(outcome))
                .register(registry));
        return new OfGuard() {
            @Override
            public void decided(Outcome outcome, long waitedNanos) {
                timers.of(outcome).record(waitedNanos, TimeUnit.NANOSECONDS);
            }

            @Override
            public Held held() {
                return MicrometerObserver.this.held("guard", name);
            }
        };
    }

    private void gauge(Guard guard, String meter, String description, ToDoubleFunction<Guard> value) {
        Gauge.builder("sluice.guard." + meter, guard, value)
                .description(description)
                .tag("guard", guard.bound().name())
                .register(registry);
    }
}
