package io.sluice.redis;

import io.lettuce.core.ScriptOutputType;
import io.sluice.Room;
import io.sluice.RoomStore;
import io.sluice.StoreUnavailableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Runs the scripts of one room. Each call carries what this gateway knows of the room, so that a loss shows. */
final class RoomCalls {

    /** In the order of KEYS in room.lua. */
    static final List<String> KEYS = List.of(
            "meta",
            "stays",
            "claims",
            "late",
            "freed",
            "gone",
            "visitors0",
            "visitors1",
            "alive0",
            "alive1",
            "alive2",
            "alive3",
            "alive4",
            "alive5",
            "scratch",
            "knocking",
            "guests",
            "changed",
            "dropped",
            "provisional",
            "fresh",
            "ends",
            "part");

    /** Longer than a few refreshes that come late. */
    private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(1);

    /**
     * The longest time for one part of a hand-in. Nobody waits for it, and many gateways may hand in at once. It is
     * shorter than the silence after which {@link SilenceWatch} gives up the connection.
     */
    private static final Duration HAND_IN_DEADLINE = Duration.ofSeconds(1);

    private final Shared shared;
    private final Breaker breaker;
    private final String[] keys;
    private final List<String> policy;
    private final RoomMemory memory;
    private final RoomJournal journal;
    private final HandIn handIn;

    /**
     * When the first call was made that has failed since the room last answered without holding; null if none has. A
     * hold alone is no outage.
     */
    private volatile @Nullable Long failingSinceNanos;

    private volatile boolean closed;

    RoomCalls(Room room, Shared shared, Breaker breaker, RoomMemory memory, RoomJournal journal) {
        this.shared = shared;
        this.breaker = breaker;
        this.memory = memory;
        this.journal = journal;
        String begin = keysBegin(shared.keyPrefix(), room);
        keys = KEYS.stream().map(begin::concat).toArray(String[]::new);
        Duration silence = room.refresh().multipliedBy(5).dividedBy(2);
        policy = List.of(
                micros(room.stay()),
                micros(room.claimWithin()),
                micros(room.patience()),
                room.renewable() ? "1" : "0",
                Integer.toString(room.capacity()),
                room.mode().name(),
                micros(silence.compareTo(SHORTEST_SILENCE) > 0 ? silence : SHORTEST_SILENCE),
                shared.gateways().id());
        handIn = new HandIn(room.name(), memory, journal, this::handIn);
    }

    /** Sends a part of a hand-in. The breaker does not count it: a slow part says nothing about decisions. */
    private CompletionStage<RoomReply> handIn(List<String> arguments) {
        Duration deadline = shared.deadline().compareTo(HAND_IN_DEADLINE) > 0 ? shared.deadline() : HAND_IN_DEADLINE;
        RuntimeException refusal = refusal();
        return refusal == null
                ? ask(deadline, Script.ROOM_HAND_IN, arguments.toArray(String[]::new))
                        .thenApply(RoomReply::of)
                : CompletableFuture.failedFuture(refusal);
    }

    /** Returns the reason not to ask Redis; null if there is none. */
    private @Nullable RuntimeException refusal() {
        if (closed) {
            return closedFailure();
        }
        return breaker.isOpen()
                ? new StoreUnavailableException(
                        "Redis does not answer, and is not asked until a probe finds that it does", null)
                : null;
    }

    /** Returns the prefix of a room's keys, which has the room's own hash tag. */
    static String keysBegin(String keyPrefix, Room room) {
        return keyPrefix + ":{room:" + room.name() + "}:";
    }

    private static String micros(Duration duration) {
        return Long.toString(TimeUnit.MICROSECONDS.convert(duration));
    }

    boolean isHandingIn() {
        return handIn.isUnderWay();
    }

    /** Tells an open room who left while it was away. */
    void tellDepartures() {
        handIn.tellDepartures();
    }

    /** Tells the room which places a visitor gave up while it was away. Has the deadline of a decision. */
    CompletionStage<RoomReply> tell(List<RoomJournal.Departure> departures) {
        return handIn.tell(departures)
                .toCompletableFuture()
                .orTimeout(shared.deadline().toNanos(), TimeUnit.NANOSECONDS);
    }

    boolean isClosed() {
        return closed;
    }

    void close() {
        closed = true;
    }

    /** As the other {@code run}, with the deadline of a decision. */
    CompletionStage<RoomReply> run(Script script, String... arguments) {
        return run(shared.deadline(), script, arguments);
    }

    /** Runs a script. Fails if there is no answer in time or the room holds. */
    CompletionStage<RoomReply> run(Duration timeout, Script script, String... arguments) {
        long askedNanos = shared.time().nanoTime();
        return call(timeout, script, arguments).handle((reply, failure) -> {
            if (failure != null) {
                failed(askedNanos);
                throw declared(failure);
            }
            boolean newLife = memory.isNewLife(reply);
            if (newLife || (reply.held() && !journal.isEmpty())) {
                handIn.start(newLife, reply.life());
            } else if (!reply.held() && journal.hasManyUnsent()) {
                handIn.tellUnnumbered(reply.life());
            }
            if (reply.isWithoutAnswer()) {
                throw new RoomHoldsException();
            }
            if (!reply.held()) {
                failingSinceNanos = null;
            }
            return reply;
        });
    }

    private void failed(long askedNanos) {
        if (failingSinceNanos == null) {
            failingSinceNanos = askedNanos;
        }
    }

    private CompletionStage<RoomReply> call(Duration timeout, Script script, String... arguments) {
        RuntimeException refusal = refusal();
        if (refusal != null) {
            return CompletableFuture.failedFuture(refusal);
        }
        long askedNanos = shared.timer().nanoTime();
        return ask(timeout, script, arguments)
                .whenComplete((value, failure) -> {
                    if (failure == null) {
                        breaker.succeeded();
                    } else {
                        breaker.failed(failure, askedNanos);
                    }
                })
                .thenApply(RoomReply::of);
    }

    private CompletionStage<List<List<String>>> ask(Duration timeout, Script script, String... arguments) {
        List<String> all = new ArrayList<>();
        all.add(shared.controlled() ? Long.toString(shared.time().epochMicros()) : "0");
        all.addAll(policy);
        all.add(Integer.toString(ThreadLocalRandom.current().nextInt()));
        all.add(Integer.toString(shared.gateways().live()));
        forgetIfOver();
        all.add(journal.isEmpty() ? "0" : "1");
        all.addAll(memory.arguments());
        all.addAll(heartbeats());
        all.add(Long.toString(memory.storeMicros()));
        all.add(failingForMicros());
        all.addAll(List.of(arguments));
        CompletableFuture<List<List<String>>> reply =
                shared.link().run(script, ScriptOutputType.MULTI, keys, all.toArray(String[]::new));
        return reply.orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** Returns arguments 21 and 22 of a script. On a cluster the heartbeat goes to another node than the room's. */
    private List<String> heartbeats() {
        if (shared.controlled() || shared.link().isCluster()) {
            return List.of(Long.toString(Gateways.NEVER_MICROS), "0");
        }
        // In this order: a break shows in both.
        long unbrokenSinceMicros = shared.gateways().unbrokenSinceMicros();
        return List.of(
                Long.toString(unbrokenSinceMicros),
                Long.toString(shared.gateways().brokenAfterMicros()));
    }

    /** Forgets the room, and whose numbers were whose in it, if all that is over. */
    void forgetIfOver() {
        if (memory.forgetIfOver()) {
            journal.forgetNumbers();
        }
    }

    /** Returns argument 24 of a script. */
    private String failingForMicros() {
        Long sinceNanos = failingSinceNanos;
        return sinceNanos == null
                ? "0"
                : Long.toString(1 + TimeUnit.NANOSECONDS.toMicros(shared.time().nanoTime() - sinceNanos));
    }

    /** Converts a failure to one that {@link RoomStore} declares. */
    private RuntimeException declared(Throwable failure) {
        Throwable cause = unwrapped(failure);
        if (closed) {
            return closedFailure();
        }
        if (cause instanceof StoreUnavailableException unavailable) {
            return unavailable;
        }
        return cause.getCause() instanceof TimeoutException
                ? new StoreTimeoutException(shared.deadline().toNanos())
                : new StoreUnavailableException("Redis did not decide: " + cause.getMessage(), cause);
    }

    static RuntimeException unwrapped(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof RuntimeException runtime ? runtime : new CompletionException(cause);
    }

    static IllegalStateException closedFailure() {
        return new IllegalStateException("The backend of this room is closed");
    }
}
