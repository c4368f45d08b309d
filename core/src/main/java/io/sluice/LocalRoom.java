package io.sluice;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One waiting room in this process. Each call locks the room for a few microseconds. */
final class LocalRoom implements RoomStore {

    /*
     * A visitor's way:
     *
     *   join ──> WAITING ──call──> CALLED ──enter, a place is free──> INSIDE ──leave, or the stay ends──> forgotten
     *                 ^               │
     *                 └── not heard ──┤
     *                     from        └── told READY, and not entered within claimWithin ──> forgotten
     *
     * Whoever is WAITING at or below the cursor has been passed over while silent, or lapsed before being told. When
     * such a visitor is heard from, it goes to the late lane, which is called before the cursor moves on.
     *
     * Who has expired is found at the start of every call, so no answer depends on when somebody last ran advance().
     */

    /** How long a knock lasts. Gateways knock again each refresh, so it ends only if they stop. */
    private static final long KNOCK_LEASE_MICROS = Duration.ofSeconds(2).toNanos() / 1000;

    private static final long TICKET_LIFETIME_MICROS = Room.TICKET_LIFETIME.toNanos() / 1000;

    private final TimeSource time;
    private final Room room;
    private final int epoch = ThreadLocalRandom.current().nextInt();
    private final long stayMicros;
    private final long claimWithinMicros;
    private final long patienceMicros;
    private final CallAhead callAhead;

    private final Map<Long, Visitor> byNumber = new HashMap<>();
    private final Map<Long, Visitor> byHash = new HashMap<>();
    private final TreeSet<Long> late = new TreeSet<>();
    private final TreeMap<Long, Visitor> called = new TreeMap<>();
    private final TreeMap<Long, Visitor> knocking = new TreeMap<>();
    private final TreeSet<Visitor> stays = new TreeSet<>(
            Comparator.<Visitor>comparingLong(v -> v.stayUntilMicros).thenComparingLong(v -> v.number));
    private final ArrayDeque<Freed> freed = new ArrayDeque<>();

    private int capacity;
    private Room.Mode mode;
    private long oldest = 1;
    private long issued;
    private long served;
    private int inside;
    private long revision;
    /** Before this moment no claim and no knock ends. */
    private long claimsDueMicros = Long.MAX_VALUE;

    LocalRoom(Room room, TimeSource time) {
        this.time = time;
        this.room = room;
        this.capacity = room.capacity();
        this.mode = room.mode();
        this.stayMicros = micros(room.stay());
        this.claimWithinMicros = micros(room.claimWithin());
        this.patienceMicros = micros(room.patience());
        this.callAhead = new CallAhead(time.epochMicros());
    }

    Room policy() {
        return room;
    }

    @Override
    public CompletionStage<Place> join(long visitorHash, boolean straightIn) {
        return CompletableFuture.completedStage(joinNow(visitorHash, straightIn));
    }

    private synchronized Place joinNow(long visitorHash, boolean straightIn) {
        long now = begin();
        Visitor visitor = byHash.get(visitorHash);
        if (visitor == null) {
            if (mode == Room.Mode.CLOSED) {
                return new Place(Place.State.CLOSED, epoch, 0, 0);
            }
            visitor = new Visitor(++issued, visitorHash, now);
            byNumber.put(visitor.number, visitor);
            byHash.put(visitorHash, visitor);
        } else {
            heardFrom(visitor, now);
        }
        if (straightIn) {
            if (visitor.state == Place.State.CALLED && mode != Room.Mode.CLOSED && placesFor(visitor) > 0) {
                letIn(visitor, now);
            } else if (visitor.state == Place.State.WAITING && mayGoStraightIn(visitor, now)) {
                moveCursorTo(visitor.number, now);
                letIn(visitor, now);
            }
        }
        return placeOf(visitor);
    }

    private boolean mayGoStraightIn(Visitor visitor, long now) {
        if (mode != Room.Mode.OPEN || capacity - inside <= called.size()) {
            return false;
        }
        if (!late.isEmpty() && late.first() < visitor.number) {
            return false;
        }
        for (long number = served + 1; number < visitor.number; number++) {
            Visitor ahead = byNumber.get(number);
            if (ahead != null && isAlive(ahead, now)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public CompletionStage<Place> find(long visitorHash) {
        return CompletableFuture.completedStage(findNow(visitorHash));
    }

    private synchronized Place findNow(long visitorHash) {
        begin();
        return placeOf(byHash.get(visitorHash));
    }

    @Override
    public CompletionStage<Place> enter(long number, long visitorHash) {
        return CompletableFuture.completedStage(enterNow(number, visitorHash));
    }

    private synchronized Place enterNow(long number, long visitorHash) {
        long now = begin();
        Visitor visitor = lookUp(number, visitorHash);
        if (visitor == null || visitor.state != Place.State.CALLED) {
            return placeOf(visitor);
        }
        if (mode == Room.Mode.CLOSED) {
            return new Place(Place.State.CLOSED, epoch, number, 0);
        }
        if (!visitor.cameToTheDoor) {
            visitor.cameToTheDoor = true;
            callAhead.knocked(now - visitor.calledMicros);
        }
        visitor.heardMicros = now;
        told(visitor, now);
        if (placesFor(visitor) > 0) {
            letIn(visitor, now);
        } else {
            knock(visitor, now);
        }
        return placeOf(visitor);
    }

    /** Returns how many places are free once those who knock with a lower number have theirs. */
    private int placesFor(Visitor visitor) {
        return capacity - inside - knocking.headMap(visitor.number).size();
    }

    private void knock(Visitor visitor, long now) {
        if (visitor.knockUntilMicros == 0) {
            visitor.claimLeftMicros = visitor.readyUntilMicros - now;
        }
        visitor.knockUntilMicros = now + KNOCK_LEASE_MICROS;
        claimsDueMicros = Math.min(claimsDueMicros, visitor.knockUntilMicros);
        // The time of knocking does not count: what was left of the claim is still left.
        visitor.readyUntilMicros = now + visitor.claimLeftMicros;
        knocking.put(visitor.number, visitor);
    }

    private void letIn(Visitor visitor, long now) {
        called.remove(visitor.number);
        knocking.remove(visitor.number);
        late.remove(visitor.number);
        visitor.state = Place.State.INSIDE;
        visitor.stayUntilMicros = now + stayMicros;
        stays.add(visitor);
        inside++;
    }

    @Override
    public CompletionStage<Place> renew(long number, long visitorHash) {
        return CompletableFuture.completedStage(renewNow(number, visitorHash));
    }

    private synchronized Place renewNow(long number, long visitorHash) {
        long now = begin();
        Visitor visitor = lookUp(number, visitorHash);
        if (visitor != null && visitor.state == Place.State.INSIDE && room.renewable()) {
            stays.remove(visitor);
            visitor.stayUntilMicros = now + stayMicros;
            stays.add(visitor);
        }
        return placeOf(visitor);
    }

    @Override
    public CompletionStage<Place> leave(long number, long visitorHash) {
        return CompletableFuture.completedStage(leaveNow(number, visitorHash));
    }

    private synchronized Place leaveNow(long number, long visitorHash) {
        long now = begin();
        Visitor visitor = lookUp(number, visitorHash);
        Place place = placeOf(visitor);
        if (visitor != null) {
            if (visitor.state == Place.State.INSIDE) {
                freed.add(new Freed(++revision, visitor.number, visitor.stayUntilMicros));
                callAhead.placeFreed(now);
            }
            forget(visitor);
        }
        return place;
    }

    @Override
    public CompletionStage<Void> configure(int newCapacity, Room.Mode newMode) {
        synchronized (this) {
            begin();
            capacity = newCapacity;
            mode = newMode;
        }
        return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<RoomSnapshot> advance(Sightings sightings) {
        return CompletableFuture.completedStage(advanceNow(sightings));
    }

    private synchronized RoomSnapshot advanceNow(Sightings sightings) {
        long now = begin();
        BitSet alive = sightings.alive();
        for (int bit = alive.nextSetBit(0); bit >= 0; bit = alive.nextSetBit(bit + 1)) {
            Visitor visitor = byNumber.get(sightings.firstNumber() + bit);
            if (visitor != null) {
                heardFrom(visitor, now);
            }
        }
        for (long number : sightings.ready()) {
            Visitor visitor = called.get(number);
            if (visitor != null) {
                told(visitor, now);
            }
        }
        if (mode == Room.Mode.OPEN || mode == Room.Mode.QUEUE_EVERYBODY) {
            callNext(now);
        }
        return snapshot(now, sightings.sinceRevision());
    }

    private void callNext(long now) {
        int standing = 0;
        for (Visitor visitor : called.values()) {
            if (visitor.knockUntilMicros == 0
                    && callAhead.isFresh(now - Math.max(visitor.calledMicros, visitor.heardMicros))) {
                standing++;
            }
        }
        int wanted = callAhead.claimsWanted(now, capacity, inside, knocking.size()) - standing;
        for (; wanted > 0; wanted--) {
            Visitor next = nextAlive(now);
            if (next == null) {
                return;
            }
            late.remove(next.number);
            moveCursorTo(next.number, now);
            next.state = Place.State.CALLED;
            next.calledMicros = now;
            called.put(next.number, next);
            claimsDueMicros = Math.min(claimsDueMicros, next.claimUntil(patienceMicros));
        }
    }

    /** The visitor has heard of the call, so from now on claimWithin counts, once. */
    private void told(Visitor visitor, long now) {
        if (visitor.readyUntilMicros == 0) {
            visitor.readyUntilMicros = now + claimWithinMicros;
            claimsDueMicros = Math.min(claimsDueMicros, visitor.readyUntilMicros);
        }
    }

    private void moveCursorTo(long number, long now) {
        if (number > served) {
            callAhead.cursorMoved(number - served, now);
            served = number;
        }
    }

    /** Returns the lowest number that counts as alive and is not called, moving the cursor over the dead before it. */
    private @Nullable Visitor nextAlive(long now) {
        for (Iterator<Long> lane = late.iterator(); lane.hasNext(); ) {
            Visitor visitor = byNumber.get(lane.next());
            if (visitor != null && isAlive(visitor, now)) {
                return visitor;
            }
            lane.remove();
        }
        while (served < issued) {
            Visitor visitor = byNumber.get(served + 1);
            if (visitor != null && isAlive(visitor, now)) {
                return visitor;
            }
            moveCursorTo(served + 1, now);
        }
        return null;
    }

    private boolean isAlive(Visitor visitor, long now) {
        return visitor.state == Place.State.WAITING && now < visitor.heardMicros + patienceMicros;
    }

    private void heardFrom(Visitor visitor, long now) {
        visitor.heardMicros = now;
        if (visitor.state == Place.State.WAITING && visitor.number <= served) {
            late.add(visitor.number);
        }
    }

    private RoomSnapshot snapshot(long now, long sinceRevision) {
        Map<Long, Long> freedSince = new HashMap<>();
        for (Iterator<Freed> newest = freed.descendingIterator(); newest.hasNext(); ) {
            Freed place = newest.next();
            if (place.revision <= sinceRevision) {
                break;
            }
            freedSince.put(place.number, place.stayUntilMicros);
        }
        return new RoomSnapshot(
                epoch,
                revision,
                now,
                issued,
                served,
                inside,
                capacity,
                mode,
                callAhead.cursorPerSecond(now),
                called.keySet().stream().mapToLong(Long::longValue).toArray(),
                freedSince);
    }

    /** Ends what has expired, and returns the time. */
    private long begin() {
        long now = time.epochMicros();
        endStays(now);
        endClaims(now);
        while (!freed.isEmpty() && freed.peek().stayUntilMicros <= now) {
            freed.remove();
        }
        for (; oldest <= issued; oldest++) {
            Visitor visitor = byNumber.get(oldest);
            if (visitor != null) {
                if (visitor.state == Place.State.INSIDE || now < visitor.issuedMicros + TICKET_LIFETIME_MICROS) {
                    break;
                }
                forget(visitor);
            }
        }
        return now;
    }

    private void endStays(long now) {
        while (!stays.isEmpty() && stays.first().stayUntilMicros <= now) {
            callAhead.placeFreed(stays.first().stayUntilMicros);
            forget(stays.first());
        }
    }

    private void endClaims(long now) {
        if (now < claimsDueMicros) {
            return;
        }
        long dueMicros = Long.MAX_VALUE;
        for (Visitor visitor : List.copyOf(called.values())) {
            if (visitor.knockUntilMicros != 0 && visitor.knockUntilMicros <= now) {
                visitor.knockUntilMicros = 0;
                knocking.remove(visitor.number);
            }
            long untilMicros =
                    visitor.knockUntilMicros != 0 ? visitor.knockUntilMicros : visitor.claimUntil(patienceMicros);
            if (untilMicros > now) {
                dueMicros = Math.min(dueMicros, untilMicros);
            } else if (visitor.readyUntilMicros == 0) {
                called.remove(visitor.number);
                visitor.state = Place.State.WAITING;
            } else {
                forget(visitor);
            }
        }
        claimsDueMicros = dueMicros;
    }

    private void forget(Visitor visitor) {
        if (visitor.state == Place.State.INSIDE) {
            stays.remove(visitor);
            inside--;
        }
        visitor.state = Place.State.NONE;
        byNumber.remove(visitor.number);
        byHash.remove(visitor.hash);
        late.remove(visitor.number);
        called.remove(visitor.number);
        knocking.remove(visitor.number);
    }

    private @Nullable Visitor lookUp(long number, long visitorHash) {
        Visitor visitor = byHash.get(visitorHash);
        return visitor == null || (number != ANY_NUMBER && visitor.number != number) ? null : visitor;
    }

    private Place placeOf(@Nullable Visitor visitor) {
        if (visitor == null) {
            return new Place(Place.State.NONE, epoch, 0, 0);
        }
        long untilMicros = switch (visitor.state) {
            case INSIDE -> visitor.stayUntilMicros;
            case CALLED -> visitor.readyUntilMicros;
            default -> 0;
        };
        return new Place(visitor.state, epoch, visitor.number, untilMicros);
    }

    private static long micros(Duration duration) {
        return TimeUnit.NANOSECONDS.toMicros(duration.toNanos());
    }

    private record Freed(long revision, long number, long stayUntilMicros) {}

    private static final class Visitor {
        final long number;
        final long hash;
        final long issuedMicros;
        Place.State state = Place.State.WAITING;
        long heardMicros;
        long calledMicros;
        /** When the claim ends; 0 as long as the visitor has not been told READY. */
        long readyUntilMicros;
        /** When the knock ends; 0 if not knocking. */
        long knockUntilMicros;
        /** What was left of the claim when the knocking began. */
        long claimLeftMicros;

        boolean cameToTheDoor;
        long stayUntilMicros;

        Visitor(long number, long hash, long now) {
            this.number = number;
            this.hash = hash;
            this.issuedMicros = now;
            this.heardMicros = now;
        }

        long claimUntil(long patienceMicros) {
            return readyUntilMicros == 0 ? heardMicros + patienceMicros : readyUntilMicros;
        }
    }
}
