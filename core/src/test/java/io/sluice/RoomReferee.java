package io.sluice;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletionStage;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Stands between gateways and a store and watches every call: keeps a book of its own of who is where, by the rules on
 * {@link RoomStore}, and notes each answer that breaks one. Only how many are called ahead is left to the store.
 */
final class RoomReferee implements RoomStore {

    private static final long KNOCK_LEASE_MICROS = 2_000_000;

    private final RoomStore store;
    private final TimeSource time;
    private final Room policy;
    private final long claimWithinMicros;
    private final long patienceMicros;

    private final TreeMap<Long, Entry> entries = new TreeMap<>();
    private final Map<Long, Entry> byVisitor = new HashMap<>();
    private final List<String> violations = new ArrayList<>();
    private int capacity;
    private Room.Mode mode;
    private long served;

    RoomReferee(RoomStore store, Room policy, TimeSource time) {
        this.store = store;
        this.policy = policy;
        this.time = time;
        this.claimWithinMicros = policy.claimWithin().toNanos() / 1000;
        this.patienceMicros = policy.patience().toNanos() / 1000;
        this.capacity = policy.capacity();
        this.mode = policy.mode();
    }

    List<String> violations() {
        return violations;
    }

    /** Returns where the holder of a number is. */
    Place.State stateOf(long number) {
        settle(time.epochMicros());
        Entry entry = entries.get(number);
        return entry == null ? Place.State.EXPIRED : entry.state;
    }

    /** Returns when the store last heard of a number, in epoch microseconds. */
    long heardMicros(long number) {
        return Objects.requireNonNull(entries.get(number)).heardMicros;
    }

    /** Returns whether the store knows that a number's visitor was told READY. */
    boolean isTold(long number) {
        return Objects.requireNonNull(entries.get(number)).readyUntilMicros != 0;
    }

    @Override
    public CompletionStage<Place> join(long visitor, boolean straightIn) {
        return watch(now -> store.join(visitor, straightIn), (now, place) -> {
            Entry entry = byVisitor.get(visitor);
            if (entry == null) {
                if (mode == Room.Mode.CLOSED) {
                    expect(place.state() == Place.State.CLOSED, "a closed room takes nobody, but: " + place);
                    return;
                }
                expect(entries.isEmpty() || place.number() > entries.lastKey(), "numbers rise, but: " + place);
                entry = new Entry(place.number(), visitor, now);
                entries.put(entry.number, entry);
                byVisitor.put(visitor, entry);
            }
            entry.heardMicros = now;
            if (straightIn && entry.state == Place.State.READY && mode != Room.Mode.CLOSED) {
                expectAtTheDoor(entry, place, now);
            } else if (place.state() == Place.State.USED && entry.state != Place.State.USED) {
                expect(straightIn, "join lets nobody in, but: " + place);
                expect(mode == Room.Mode.OPEN, "nobody goes straight in while " + mode + ", but: " + place);
                expectNobodyOvertaken(entry, now);
                expectLetIn(entry, place, now);
            }
            expectSame(entry, place);
        });
    }

    @Override
    public CompletionStage<Place> find(long visitor) {
        return watch(now -> store.find(visitor), (now, place) -> expectSame(byVisitor.get(visitor), place));
    }

    @Override
    public CompletionStage<Place> enter(long number, long visitor) {
        return watch(now -> store.enter(number, visitor), (now, place) -> {
            Entry entry = held(number, visitor);
            if (entry == null || entry.state != Place.State.READY) {
                expectSame(entry, place);
                return;
            }
            if (mode == Room.Mode.CLOSED) {
                expect(place.state() == Place.State.CLOSED, "nobody enters a closed room, but: " + place);
                return;
            }
            expectAtTheDoor(entry, place, now);
            expectSame(entry, place);
        });
    }

    /** Calls out of turn break the rules of the queue on purpose; nobody plays them here. */
    @Override
    public CompletionStage<Place> call(long number, long visitor) {
        throw new UnsupportedOperationException("The referee's book has no calls out of turn");
    }

    @Override
    public CompletionStage<Place> renew(long number, long visitor) {
        return watch(now -> store.renew(number, visitor), (now, place) -> {
            Entry entry = held(number, visitor);
            if (entry != null && entry.state == Place.State.USED && policy.renewable()) {
                entry.stayUntilMicros = now + policy.stay().toNanos() / 1000;
            }
            expectSame(entry, place);
        });
    }

    @Override
    public CompletionStage<Place> leave(long number, long visitor) {
        return watch(now -> store.leave(number, visitor), (now, place) -> {
            Entry entry = held(number, visitor);
            expectSame(entry, place);
            if (entry != null) {
                end(entry);
            }
        });
    }

    @Override
    public CompletionStage<RoomSnapshot> advance(Sightings sightings) {
        return watch(now -> store.advance(sightings), (now, snapshot) -> {
            for (Entry entry : entries.values()) {
                long bit = entry.number - sightings.firstNumber();
                if (bit >= 0 && sightings.alive().get((int) bit)) {
                    entry.heardMicros = now;
                }
                if (entry.state == Place.State.READY && sightings.ready().contains(entry.number)) {
                    entry.told(now);
                }
            }
            List<Entry> newlyCalled = new ArrayList<>();
            for (Entry entry : entries.values()) {
                boolean called = snapshot.isCalled(entry.number);
                if (called && entry.state != Place.State.READY) {
                    expect(entry.isWaitingAndAlive(now), entry + " was called");
                    newlyCalled.add(entry);
                }
                expect(called || entry.state != Place.State.READY, entry + " lost its claim");
            }
            newlyCalled.forEach(entry -> entry.state = Place.State.READY);
            newlyCalled.forEach(entry -> expectNobodyOvertaken(entry, now));
            expect(
                    newlyCalled.isEmpty() || mode == Room.Mode.OPEN || mode == Room.Mode.QUEUE_EVERYBODY,
                    newlyCalled + " were called while " + mode);
            boolean calling = mode == Room.Mode.OPEN || mode == Room.Mode.QUEUE_EVERYBODY;
            expect(
                    !calling
                            || snapshot.calledCount() > 0
                            || capacity <= inside()
                            || entries.values().stream().noneMatch(entry -> entry.isWaitingAndAlive(now)),
                    "a place is free and somebody living waits, but nobody is called");
            expect(snapshot.inside() == inside(), snapshot.inside() + " inside instead of " + inside());
            expect(snapshot.capacity() == capacity, "the capacity is " + snapshot.capacity());
            expect(snapshot.served() >= served, "the cursor went back to " + snapshot.served());
            served = snapshot.served();
        });
    }

    @Override
    public CompletionStage<Void> configure(@Nullable Integer newCapacity, Room.@Nullable Mode newMode) {
        long now = time.epochMicros();
        return store.configure(newCapacity, newMode).thenAccept(unused -> {
            settle(now);
            capacity = newCapacity == null ? capacity : newCapacity;
            Room.Mode before = mode;
            mode = newMode == null ? before : newMode;
            if (before == Room.Mode.CLOSED && mode != Room.Mode.CLOSED) {
                entries.values().forEach(entry -> entry.beginAnew(now));
            }
        });
    }

    private interface Check<T> {
        void check(long now, T answer);
    }

    private <T> CompletionStage<T> watch(LongFunction<CompletionStage<T>> call, Check<T> check) {
        long now = time.epochMicros();
        return call.apply(now).thenApply(answer -> {
            settle(now);
            try {
                check.check(now, answer);
            } catch (RuntimeException e) {
                violations.add(e.toString());
            }
            return answer;
        });
    }

    /** Ends what has expired by the book. */
    private void settle(long now) {
        for (Entry entry : List.copyOf(entries.values())) {
            if (entry.state == Place.State.USED && entry.stayUntilMicros <= now) {
                end(entry);
            } else if (entry.state == Place.State.READY && mode != Room.Mode.CLOSED) {
                if (entry.knockUntilMicros <= now) {
                    entry.knockUntilMicros = 0;
                }
                boolean over = entry.readyUntilMicros != 0
                        ? entry.readyUntilMicros <= now
                        : entry.heardMicros + patienceMicros <= now;
                if (over && entry.knockUntilMicros == 0) {
                    if (entry.readyUntilMicros != 0) {
                        end(entry);
                    } else {
                        entry.state = Place.State.QUEUED;
                    }
                }
            }
        }
    }

    private void end(Entry entry) {
        entry.state = Place.State.EXPIRED;
        byVisitor.remove(entry.visitor);
    }

    private @Nullable Entry held(long number, long visitor) {
        Entry entry = byVisitor.get(visitor);
        return entry != null && (number == ANY_NUMBER || entry.number == number) ? entry : null;
    }

    private int inside() {
        return (int) entries.values().stream()
                .filter(entry -> entry.state == Place.State.USED)
                .count();
    }

    /** A called visitor gets a place that no lower number knocks for, or knocks. */
    private void expectAtTheDoor(Entry entry, Place place, long now) {
        entry.heardMicros = now;
        entry.told(now);
        long knockingAhead = entries.headMap(entry.number).values().stream()
                .filter(ahead -> ahead.state == Place.State.READY && ahead.knockUntilMicros != 0)
                .count();
        boolean placeLeft = capacity - inside() > knockingAhead;
        expect(
                placeLeft == (place.state() == Place.State.USED),
                placeLeft + ": a place is left for " + entry + ", but: " + place);
        if (place.state() == Place.State.USED) {
            expectLetIn(entry, place, now);
        } else {
            entry.knock(now);
        }
    }

    private void expectLetIn(Entry entry, Place place, long now) {
        expect(inside() < capacity, "the room was full when " + entry + " was let in");
        expect(place.untilMicros() == now + policy.stay().toNanos() / 1000, "the stay has its length: " + place);
        entry.state = Place.State.USED;
        entry.knockUntilMicros = 0;
        entry.stayUntilMicros = place.untilMicros();
    }

    private void expectNobodyOvertaken(Entry entry, long now) {
        for (Entry ahead : entries.headMap(entry.number).values()) {
            expect(!ahead.isWaitingAndAlive(now), entry + " was called before " + ahead);
        }
    }

    private void expectSame(@Nullable Entry entry, Place place) {
        if (entry == null) {
            expect(place.state() == Place.State.EXPIRED, "there is no such place, but: " + place);
        } else {
            expect(place.state() == entry.state && place.number() == entry.number, entry + ", but: " + place);
        }
    }

    private void expect(boolean truth, String otherwise) {
        if (!truth) {
            violations.add(otherwise);
        }
    }

    private final class Entry {
        final long number;
        final long visitor;
        Place.State state = Place.State.QUEUED;
        long heardMicros;
        long readyUntilMicros;
        long knockUntilMicros;
        long stayUntilMicros;

        Entry(long number, long visitor, long now) {
            this.number = number;
            this.visitor = visitor;
            this.heardMicros = now;
        }

        boolean isWaitingAndAlive(long now) {
            return state == Place.State.QUEUED && now < heardMicros + patienceMicros;
        }

        void told(long now) {
            if (readyUntilMicros == 0) {
                readyUntilMicros = now + claimWithinMicros;
            }
        }

        void beginAnew(long now) {
            if (state == Place.State.READY && readyUntilMicros != 0) {
                readyUntilMicros = now + claimWithinMicros;
            }
        }

        private long claimLeftMicros;

        void knock(long now) {
            // While the knocking goes on, the claim does not run.
            if (knockUntilMicros == 0) {
                claimLeftMicros = readyUntilMicros - now;
            }
            readyUntilMicros = Math.max(readyUntilMicros, now + claimLeftMicros);
            knockUntilMicros = now + KNOCK_LEASE_MICROS;
        }

        @Override
        public String toString() {
            return "number " + number + " (" + state + ")";
        }
    }
}
