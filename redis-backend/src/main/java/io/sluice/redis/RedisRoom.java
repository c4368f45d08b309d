package io.sluice.redis;

import io.lettuce.core.ScriptOutputType;
import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a waiting room in Redis: one script call for each decision. The scripts say what is kept, and how. While Redis
 * does not answer, or the room holds because Redis has lost something, this gateway answers by what it remembers where
 * that takes nobody's place, and tells Redis afterwards.
 */
final class RedisRoom implements RoomStore {

    /** In the order of KEYS in room.lua. */
    private static final List<String> KEYS = List.of(
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
            "provisional");

    /** Longer than a few refreshes that come late. */
    private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(1);

    private final Room room;
    private final Shared shared;
    private final Breaker breaker;
    private final String[] keys;
    private final List<String> policy;
    private final RoomMemory memory;
    private final RoomJournal journal = new RoomJournal();
    private final HandIn handIn;

    /** Whether a call has failed since the room last answered. */
    private volatile boolean away;

    private volatile boolean closed;

    RedisRoom(Room room, Shared shared, Breaker breaker) {
        this.room = room;
        this.shared = shared;
        this.breaker = breaker;
        String prefix = keysBegin(shared.keyPrefix(), room);
        keys = KEYS.stream().map(prefix::concat).toArray(String[]::new);
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
        memory = new RoomMemory(room, shared.time());
        handIn = new HandIn(
                room.name(), memory, journal, arguments -> call(Script.ROOM_HAND_IN, arguments.toArray(String[]::new)));
    }

    /** Returns how all keys of a room begin: with a hash tag of its own. */
    static String keysBegin(String keyPrefix, Room room) {
        return keyPrefix + ":{room:" + room.name() + "}:";
    }

    Room policy() {
        return room;
    }

    RedisBackend.Recovery recovery() {
        return memory.recovery();
    }

    void close() {
        closed = true;
    }

    @Override
    public CompletionStage<Place> join(long visitor, boolean straightIn) {
        if (journal.hasUnsent()) {
            return withoutStore(() -> joinWithoutStore(visitor));
        }
        Long remembered = journal.numberOf(visitor);
        return decide(
                        Script.ROOM_JOIN,
                        visitor(visitor),
                        Long.toString(remembered == null ? ANY_NUMBER : remembered),
                        straightIn ? "1" : "0")
                .thenApply(place -> joined(visitor, place))
                .exceptionallyCompose(failure -> withoutStore(() -> joinWithoutStore(visitor)));
    }

    private Place joined(long visitor, Place place) {
        if (place.state() != Place.State.CLOSED) {
            journal.joined(visitor, place.number(), memory.storeMicros());
            memory.issued(place.number());
            memory.learn(visitor, place);
        }
        return place;
    }

    /** Gives a visitor who is not known here a ticket without a number, behind everybody who has one. */
    private Place joinWithoutStore(long visitor) {
        Place known = remembered(visitor);
        if (known != null) {
            return known;
        }
        if (memory.isClosed()) {
            return new Place(Place.State.CLOSED, memory.epoch(), 0, 0);
        }
        long stamp = journal.joinedWithoutNumber(visitor, memory.storeMicros());
        return new Place(Place.State.WAITING, memory.epoch(), 0, stamp);
    }

    private @Nullable Place remembered(long visitor) {
        Place inside = memory.inside(visitor);
        Long number = inside == null ? journal.numberOf(visitor) : null;
        return number == null ? inside : memory.waiting(number);
    }

    @Override
    public CompletionStage<Place> find(long visitor) {
        return decide(Script.ROOM_FIND, visitor(visitor))
                .exceptionallyCompose(failure -> orFail(failure, memory.inside(visitor)));
    }

    @Override
    public CompletionStage<Place> enter(long number, long visitor) {
        return decide(Script.ROOM_ENTER, Long.toString(number), visitor(visitor))
                .thenApply(place -> {
                    memory.learn(visitor, place);
                    return place;
                });
    }

    @Override
    public CompletionStage<Place> call(long number, long visitor) {
        return decide(Script.ROOM_CALL, Long.toString(number), visitor(visitor));
    }

    @Override
    public CompletionStage<Place> renew(long number, long visitor) {
        return decide(Script.ROOM_RENEW, Long.toString(number), visitor(visitor))
                .thenApply(place -> {
                    memory.learn(visitor, place);
                    return place;
                })
                .exceptionallyCompose(failure -> orFail(failure, memory.inside(visitor)));
    }

    @Override
    public CompletionStage<Place> leave(long number, long visitor) {
        return decide(Script.ROOM_LEAVE, Long.toString(number), visitor(visitor))
                .thenApply(place -> {
                    if (place.number() != 0) {
                        memory.forget(place.number());
                    }
                    return place;
                })
                .exceptionallyCompose(failure -> withoutStore(() -> leaveWithoutStore(number, visitor)));
    }

    private Place leaveWithoutStore(long number, long visitor) {
        Place known = remembered(visitor);
        if (known == null || (number != ANY_NUMBER && number != known.number())) {
            journal.left(number, visitor);
            return new Place(Place.State.NONE, memory.epoch(), 0, 0);
        }
        journal.left(known.number(), visitor);
        memory.forget(known.number());
        return known;
    }

    @Override
    public CompletionStage<Void> configure(int capacity, Room.Mode mode) {
        return run(Script.ROOM_CONFIGURE, Integer.toString(capacity), mode.name())
                .thenAccept(reply -> {});
    }

    @Override
    public CompletionStage<RoomSnapshot> advance(Sightings sightings) {
        memory.heardFrom(sightings);
        long copied = memory.copiedRevision();
        List<Sightings.HeldTicket> tickets = new ArrayList<>(journal.send());
        tickets.addAll(sightings.tickets());
        String[] arguments = advanceArguments(sightings, copied, tickets);
        return run(Script.ROOM_ADVANCE, arguments).handle((reply, failure) -> {
            if (failure != null) {
                journal.notSent();
                throw rethrown(failure);
            }
            RoomSnapshot snapshot = memory.take(reply, copied, tickets);
            journal.numbered(snapshot.numbers());
            tellDepartures();
            return snapshot;
        });
    }

    private String[] advanceArguments(Sightings sightings, long copied, List<Sightings.HeldTicket> tickets) {
        if (sightings.firstNumber() % Byte.SIZE != 0) {
            throw new IllegalArgumentException("Sightings begin at a whole byte, not at " + sightings.firstNumber());
        }
        List<String> arguments = new ArrayList<>();
        arguments.add(Long.toString(sightings.sinceRevision()));
        arguments.add(Long.toString(copied));
        arguments.add(Long.toString(sightings.firstNumber() / Byte.SIZE));
        arguments.add(Bitmap.toRedis(sightings.alive()));
        List<String> behind = behindTheCursor(sightings);
        arguments.add(Integer.toString(behind.size()));
        arguments.addAll(behind);
        arguments.add(Integer.toString(tickets.size()));
        for (Sightings.HeldTicket ticket : tickets) {
            arguments.add(visitor(ticket.visitor()));
            arguments.add(Long.toString(ticket.number()));
            arguments.add(Long.toString(ticket.issuedMicros()));
        }
        sightings.ready().forEach(number -> arguments.add(number.toString()));
        return arguments.toArray(String[]::new);
    }

    private List<String> behindTheCursor(Sightings sightings) {
        long served = memory.served();
        List<String> numbers = new ArrayList<>();
        BitSet alive = sightings.alive();
        for (int bit = alive.nextSetBit(0); bit >= 0; bit = alive.nextSetBit(bit + 1)) {
            long number = sightings.firstNumber() + bit;
            if (number > served) {
                break;
            }
            numbers.add(Long.toString(number));
        }
        return numbers;
    }

    private void tellDepartures() {
        for (RoomJournal.Departure departure : journal.departures()) {
            run(Script.ROOM_LEAVE, Long.toString(departure.number()), visitor(departure.visitor()))
                    .thenAccept(reply -> journal.told(departure));
        }
    }

    private CompletionStage<Place> decide(Script script, String... arguments) {
        return run(script, arguments).thenApply(reply -> {
            List<String> place = reply.parts().get(0);
            return new Place(
                    Place.State.valueOf(place.get(0)),
                    reply.life().epoch(),
                    Long.parseLong(place.get(1)),
                    Long.parseLong(place.get(2)));
        });
    }

    /** Runs a script. Fails if there is no answer in time or the room holds. */
    private CompletionStage<RoomReply> run(Script script, String... arguments) {
        return call(script, arguments).handle((reply, failure) -> {
            if (failure != null) {
                away = true;
                throw rethrown(failure);
            }
            boolean newLife = memory.isNewLife(reply);
            if (newLife || (reply.held() && !journal.isEmpty())) {
                handIn.start(newLife);
            }
            if (reply.isWithoutAnswer()) {
                throw new RoomHoldsException();
            }
            away = reply.held();
            return reply;
        });
    }

    private CompletionStage<RoomReply> call(Script script, String... arguments) {
        if (closed) {
            return CompletableFuture.failedFuture(closedFailure());
        }
        if (breaker.isOpen()) {
            return CompletableFuture.failedFuture(
                    new StoreTimeoutException(shared.deadline().toNanos()));
        }
        List<String> all = new ArrayList<>(20 + arguments.length);
        all.add(shared.controlled() ? Long.toString(shared.time().epochMicros()) : "0");
        all.addAll(policy);
        all.add(Integer.toString(ThreadLocalRandom.current().nextInt()));
        all.add(Integer.toString(shared.gateways().live()));
        all.add(journal.isEmpty() ? away ? "1" : "0" : "2");
        all.addAll(memory.arguments());
        all.addAll(List.of(arguments));
        CompletableFuture<List<List<String>>> reply =
                shared.link().run(script, ScriptOutputType.MULTI, keys, all.toArray(String[]::new));
        CompletionStage<List<List<String>>> inTime =
                reply.orTimeout(shared.deadline().toNanos(), TimeUnit.NANOSECONDS);
        return inTime.whenComplete((value, failure) -> {
                    if (failure == null) {
                        breaker.succeeded();
                    } else {
                        breaker.failed(failure);
                    }
                })
                .thenApply(RoomReply::of);
    }

    private <T> CompletionStage<T> withoutStore(Supplier<T> answer) {
        return closed
                ? CompletableFuture.failedFuture(closedFailure())
                : CompletableFuture.completedFuture(answer.get());
    }

    private CompletionStage<Place> orFail(Throwable failure, @Nullable Place place) {
        return closed || place == null
                ? CompletableFuture.failedFuture(rethrown(failure))
                : CompletableFuture.completedFuture(place);
    }

    private static RuntimeException rethrown(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof RuntimeException runtime ? runtime : new CompletionException(cause);
    }

    private static IllegalStateException closedFailure() {
        return new IllegalStateException("The backend of this room is closed");
    }

    static String visitor(long hash) {
        return Long.toUnsignedString(hash, Character.MAX_RADIX);
    }

    static long visitor(String text) {
        return Long.parseUnsignedLong(text, Character.MAX_RADIX);
    }

    private static String micros(Duration duration) {
        return Long.toString(TimeUnit.NANOSECONDS.toMicros(duration.toNanos()));
    }
}
