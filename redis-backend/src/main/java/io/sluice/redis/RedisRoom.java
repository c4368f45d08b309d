package io.sluice.redis;

import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a waiting room in Redis, with one script call for each decision. The scripts say what is kept, and how. While
 * Redis does not answer, or the room holds because Redis has lost something, this gateway answers from its memory
 * where that takes nobody's place, and tells Redis afterwards.
 */
final class RedisRoom implements RoomStore {

    /**
     * How many numbers behind the cursor are told at once; each costs Redis some 5 µs. The others are dropped: their
     * visitors poll again. After a long outage all visitors who polled may be behind the cursor, or all numbers of
     * somebody who has thousands.
     */
    private static final int MOST_BEHIND_THE_CURSOR = 1_000;

    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
    private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

    private final Room room;
    private final RoomMemory memory;
    private final RoomJournal journal = new RoomJournal();
    private final RoomCalls calls;
    private final JoinLane joins;

    RedisRoom(Room room, Shared shared, Breaker breaker) {
        this.room = room;
        memory = new RoomMemory(room, shared.time());
        calls = new RoomCalls(room, shared, breaker, memory, journal);
        joins = new JoinLane(this::join, shared.timer(), shared.deadline());
    }

    Room policy() {
        return room;
    }

    boolean isHandingIn() {
        return calls.isHandingIn();
    }

    RedisBackend.Recovery recovery() {
        return memory.recovery();
    }

    void close() {
        calls.close();
    }

    @Override
    public CompletionStage<Place> join(long visitor, boolean straightIn) {
        // Before what is remembered of the room goes out with this call.
        calls.forgetIfOver();
        if (journal.hasUnsent()) {
            return withoutStore(() -> joinWithoutStore(visitor));
        }
        List<RoomJournal.Departure> departures = journal.departuresOf(visitor);
        CompletionStage<Place> place = departures.isEmpty()
                ? joinStore(visitor, straightIn)
                : calls.tell(departures).thenCompose(told -> joinStore(visitor, straightIn));
        return place.exceptionallyCompose(failure -> withoutStore(() -> joinWithoutStore(visitor)));
    }

    private CompletionStage<Place> joinStore(long visitor, boolean straightIn) {
        Long remembered = journal.numberOf(visitor);
        return joins.join(visitor, remembered == null ? ANY_NUMBER : remembered, straightIn)
                .thenApply(place -> joined(visitor, place));
    }

    private CompletionStage<List<Place>> join(List<JoinLane.Arrival> batch, Duration timeout) {
        List<String> arguments = new ArrayList<>(1 + batch.size());
        arguments.add(Integer.toString(batch.size()));
        StringBuilder straightIn = new StringBuilder(batch.size());
        for (JoinLane.Arrival arrival : batch) {
            arguments.add(visitor(arrival.visitor()));
            straightIn.append(arrival.straightIn() ? '1' : '0');
        }
        arguments.add(straightIn.toString());
        for (int i = 0; i < batch.size(); i++) {
            JoinLane.Arrival arrival = batch.get(i);
            if (arrival.remembered() != ANY_NUMBER) {
                arguments.add(Integer.toString(i + 1));
                arguments.add(Long.toString(arrival.remembered()));
            }
        }
        return calls.run(timeout, Script.ROOM_JOIN, arguments.toArray(String[]::new))
                .thenApply(
                        reply -> joinedPlaces(reply.parts().get(0), reply.life().epoch()));
    }

    /** Reads numbers of visitors who wait, +count for so many who have the next numbers, and state|number|until. */
    private static List<Place> joinedPlaces(List<String> texts, int epoch) {
        List<Place> places = new ArrayList<>(JoinLane.MOST_JOINS);
        for (String text : texts) {
            if (text.charAt(0) == '+') {
                long last = places.get(places.size() - 1).number();
                for (int i = 1; i <= Integer.parseInt(text); i++) {
                    places.add(new Place(Place.State.QUEUED, epoch, last + i, 0));
                }
            } else {
                places.add(joinedPlace(text, epoch));
            }
        }
        return places;
    }

    private static Place joinedPlace(String text, int epoch) {
        int first = text.indexOf('|');
        if (first < 0) {
            return new Place(Place.State.QUEUED, epoch, Long.parseLong(text), 0);
        }
        int second = text.indexOf('|', first + 1);
        return new Place(
                Place.State.valueOf(text.substring(0, first)),
                epoch,
                Long.parseLong(text.substring(first + 1, second)),
                Long.parseLong(text.substring(second + 1)));
    }

    private Place joined(long visitor, Place place) {
        if (place.number() == 0 && place.state() == Place.State.QUEUED) {
            // The room holds, and may yet be told what this gateway remembers.
            Place known = remembered(visitor);
            if (known != null) {
                return known;
            }
            if (place.untilMicros() == 0) {
                return withoutNumber(visitor);
            }
            journal.joinedLater(visitor, place.untilMicros());
            return place;
        }
        if (place.state() != Place.State.CLOSED) {
            journal.joined(visitor, place.number(), memory.storeMicros());
            memory.issued(place.number());
            memory.learn(visitor, place);
        }
        return place;
    }

    /**
     * Returns the place that this gateway remembers, else one without a number, behind everybody who has one; CLOSED if
     * the room is closed.
     */
    private Place joinWithoutStore(long visitor) {
        Place known = remembered(visitor);
        if (known != null) {
            return known;
        }
        if (memory.isClosed()) {
            return new Place(Place.State.CLOSED, memory.epoch(), 0, 0);
        }
        return withoutNumber(visitor);
    }

    /** Returns a place that waits for its number, before everybody who joins through this gateway later. */
    private Place withoutNumber(long visitor) {
        long stamp = journal.joinedWithoutNumber(visitor, memory.storeMicros());
        return new Place(Place.State.QUEUED, memory.epoch(), 0, stamp);
    }

    private @Nullable Place remembered(long visitor) {
        calls.forgetIfOver();
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
        if (!isOfAnotherRoom(number)) {
            // It stands in a signed token. So a store that has gone back to before it was given out shows that now,
            // even to a gateway that has not used the room since.
            memory.issued(number);
        }
        return decide(Script.ROOM_ENTER, number, visitor).thenApply(place -> {
            memory.learn(visitor, place);
            return place;
        });
    }

    @Override
    public CompletionStage<Place> call(long number, long visitor) {
        return decide(Script.ROOM_CALL, number, visitor);
    }

    @Override
    public CompletionStage<Place> renew(long number, long visitor) {
        return decide(Script.ROOM_RENEW, number, visitor)
                .thenApply(place -> {
                    memory.learn(visitor, place);
                    return place;
                })
                .exceptionallyCompose(failure -> orFail(failure, memory.inside(visitor)));
    }

    @Override
    public CompletionStage<Place> leave(long number, long visitor) {
        if (isOfAnotherRoom(number)) {
            return withoutStore(() -> {
                journal.leftAnotherRoom(visitor);
                return new Place(Place.State.EXPIRED, memory.epoch(), 0, 0);
            });
        }
        int epoch = memory.epoch();
        long issued = memory.issued();
        return decide(Script.ROOM_LEAVE, number, visitor)
                .thenApply(place -> {
                    if (place.number() != 0) {
                        memory.forget(place);
                    }
                    if (place.number() != 0 || number == ANY_NUMBER) {
                        journal.forget(visitor);
                    }
                    return place;
                })
                .exceptionallyCompose(failure -> withoutStore(() -> {
                    Place known = leaveWithoutStore(number, visitor, issued);
                    // The call may have found another room, which was told what this gateway knows before the
                    // departure was noted. The noted numbers mean nobody there.
                    if (epoch != 0 && epoch != memory.epoch()) {
                        journal.leftAnotherRoom(visitor);
                    }
                    return known;
                }));
    }

    private Place leaveWithoutStore(long number, long visitor, long issued) {
        Place known = remembered(visitor);
        if (known == null || (number != ANY_NUMBER && number != known.number())) {
            journal.left(number, visitor, issued);
            return new Place(Place.State.EXPIRED, memory.epoch(), 0, 0);
        }
        journal.left(known.number(), visitor, issued);
        memory.forget(known);
        return known;
    }

    @Override
    public CompletionStage<Void> configure(@Nullable Integer capacity, Room.@Nullable Mode mode) {
        return calls.run(
                        Script.ROOM_CONFIGURE,
                        capacity == null ? "" : Integer.toString(capacity),
                        mode == null ? "" : mode.name())
                .thenAccept(reply -> {});
    }

    @Override
    public CompletionStage<RoomSnapshot> advance(Sightings sightings) {
        // First, because this gateway may remember a room that is over.
        calls.forgetIfOver();
        Sightings seen = isOfAnotherRoom(sightings) ? withoutNumbers(sightings) : sightings;
        try {
            memory.heardFrom(seen);
        } catch (ArithmeticException e) {
            return CompletableFuture.failedFuture(e);
        }
        List<Sightings.HeldTicket> tickets = new ArrayList<>(journal.send());
        tickets.addAll(journal.withoutDepartures(seen.tickets()));
        return advance(seen, tickets, null).handle((snapshot, failure) -> {
            if (failure != null) {
                journal.notSent();
                throw RoomCalls.unwrapped(failure);
            }
            memory.told(snapshot.epoch());
            journal.numbered(snapshot.numbers(), snapshot.storeMicros());
            calls.tellDepartures();
            return snapshot;
        });
    }

    /** Tells whether a caller that has yet to hear of a new room gives a number of the one before. */
    private boolean isOfAnotherRoom(long number) {
        return number != ANY_NUMBER && memory.isAnotherThanTold();
    }

    /** Tells whether another room has replaced, or may replace, that in which these visitors were seen. */
    private boolean isOfAnotherRoom(Sightings sightings) {
        return sightings.epoch() != 0 && sightings.epoch() != memory.epoch();
    }

    /** Returns what is true in any room: a number is another visitor's there, and a revision another moment. */
    private static Sightings withoutNumbers(Sightings sightings) {
        List<Sightings.HeldTicket> numberless = sightings.tickets().stream()
                .filter(ticket -> ticket.number() == 0)
                .toList();
        return new Sightings(0, new BitSet(), List.of(), 0, -1, numberless);
    }

    /** Advances the room until all changes are told. They are told in parts, so that no script runs for long. */
    private CompletionStage<RoomSnapshot> advance(
            Sightings sightings, List<Sightings.HeldTicket> tickets, @Nullable RoomSnapshot before) {
        long copied = memory.copiedRevision();
        long since = before == null ? memory.freedSince(sightings.sinceRevision()) : sightings.sinceRevision();
        String[] arguments = advanceArguments(sightings, since, copied, tickets);
        return calls.run(Script.ROOM_ADVANCE, arguments).thenCompose(answer -> {
            AdvanceReply reply = AdvanceReply.of(answer, tickets);
            RoomSnapshot snapshot = memory.take(reply, copied, before);
            return reply.counters().isPart()
                    ? advance(nothingSeenSince(snapshot), List.of(), snapshot)
                    : CompletableFuture.completedFuture(snapshot);
        });
    }

    private static Sightings nothingSeenSince(RoomSnapshot last) {
        return new Sightings(0, new BitSet(), List.of(), last.epoch(), last.revision(), List.of());
    }

    private String[] advanceArguments(
            Sightings sightings, long since, long copied, List<Sightings.HeldTicket> tickets) {
        if (sightings.firstNumber() % Byte.SIZE != 0) {
            throw new IllegalArgumentException("Sightings begin at a whole byte, not at " + sightings.firstNumber());
        }
        List<String> arguments = new ArrayList<>();
        arguments.add(Long.toString(since));
        arguments.add(Long.toString(copied));
        arguments.add(Long.toString(memory.copiedFromRevision()));
        arguments.add(Long.toString(sightings.firstNumber() / Byte.SIZE));
        arguments.add(Bitmap.toRedis(sightings.alive()));
        long cursor = memory.served();
        arguments.add(Long.toString(cursor));
        List<String> behind = behindTheCursor(sightings, cursor);
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

    private static List<String> behindTheCursor(Sightings sightings, long cursor) {
        List<String> numbers = new ArrayList<>();
        BitSet alive = sightings.alive();
        for (int bit = alive.nextSetBit(0); bit >= 0; bit = alive.nextSetBit(bit + 1)) {
            long number = sightings.firstNumber() + bit;
            if (number > cursor || numbers.size() == MOST_BEHIND_THE_CURSOR) {
                break;
            }
            numbers.add(Long.toString(number));
        }
        return numbers;
    }

    private CompletionStage<Place> decide(Script script, long number, long visitor) {
        return isOfAnotherRoom(number)
                ? CompletableFuture.failedFuture(new RoomHoldsException())
                : decide(script, Long.toString(number), visitor(visitor));
    }

    private CompletionStage<Place> decide(Script script, String... arguments) {
        return calls.run(script, arguments).thenApply(reply -> {
            List<String> place = reply.parts().get(0);
            return new Place(
                    Place.State.valueOf(place.get(0)),
                    reply.life().epoch(),
                    Long.parseLong(place.get(1)),
                    Long.parseLong(place.get(2)));
        });
    }

    private <T> CompletionStage<T> withoutStore(Supplier<T> answer) {
        return calls.isClosed()
                ? CompletableFuture.failedFuture(RoomCalls.closedFailure())
                : CompletableFuture.completedFuture(answer.get());
    }

    private CompletionStage<Place> orFail(Throwable failure, @Nullable Place place) {
        return calls.isClosed() || place == null
                ? CompletableFuture.failedFuture(RoomCalls.unwrapped(failure))
                : CompletableFuture.completedFuture(place);
    }

    /** Returns eleven characters, the shortest text that a key may hold without being quoted. */
    static String visitor(long hash) {
        return ENCODER.encodeToString(
                ByteBuffer.allocate(Long.BYTES).putLong(hash).array());
    }

    static long visitor(String text) {
        return ByteBuffer.wrap(DECODER.decode(text)).getLong();
    }
}
