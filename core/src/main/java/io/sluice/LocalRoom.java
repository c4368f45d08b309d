package io.sluice;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One waiting room in this process. Each call locks the room, mostly for microseconds. {@link #advance} locks it for
 * as long as it takes to go through all visitors who were heard from, are called, or are passed by the cursor.
 */
final class LocalRoom implements RoomStore {

    /*
     * A visitor's way:
     *
     *   join ──> QUEUED ──call──> READY ──enter, a place is free──> USED ──leave, or the stay ends──> forgotten
     *                ^              │
     *                └─ not heard ──┤
     *                   from        └── told so, and not entered within claimWithin ──> forgotten
     *
     * A QUEUED visitor at or below the cursor was passed over while silent, or lapsed before being told. When heard
     * from, the visitor goes to the late lane, which is called before the cursor moves on.
     *
     * Every call first finds who has expired, so no answer depends on when somebody last ran advance().
     *
     * While the process stands still, as in a paused container or a long garbage collection, nobody can poll or enter.
     * So that time counts neither as silence nor against a claim. It shows as a gap between two decisions, because a
     * room in use is refreshed all the time. An unused room is not refreshed, so its gaps are no standstills. They are
     * told apart by the last sign of life: refreshes end only when everybody has been silent for nearly the patience.
     */

    private final TimeSource time;
    private final Room room;
    private final int epoch = ThreadLocalRandom.current().nextInt();
    private final long stayMicros;
    private final long patienceMicros;
    private final long shortestStandstillMicros;
    private final long refreshedForMicros;

    // All that follows is guarded by this.
    private final CallAhead callAhead;
    private final Map<Long, RoomVisitor> byNumber = new HashMap<>();
    private final Map<Long, RoomVisitor> byHash = new HashMap<>();
    /** Visitors not inside, in the order of their latest tickets. A called one drops out when it is over. */
    private final LinkedHashSet<RoomVisitor> byTicket = new LinkedHashSet<>();

    private final TreeSet<Long> late = new TreeSet<>();
    private final Claims claims;
    private final TreeSet<RoomVisitor> stays = new TreeSet<>(LocalRoom::byEndOfStay);
    private final TreeSet<Long> insideOutOfTurn = new TreeSet<>();
    /** The numbers that were over before the cursor reached them. Bit 0 stands for the one after {@code overAfter}. */
    private BitSet over = new BitSet();

    private long overAfter;
    private final ArrayDeque<Freed> freed = new ArrayDeque<>();

    private int capacity;
    private Room.Mode mode;
    private long issued;
    private long served;
    private long revision;
    private long decidedMicros;
    private long lastHeardMicros;
    private boolean closed;

    LocalRoom(Room room, TimeSource time) {
        this.time = time;
        this.room = room;
        this.capacity = room.capacity();
        this.mode = room.mode();
        this.stayMicros = TimeUnit.MICROSECONDS.convert(room.stay());
        this.patienceMicros = TimeUnit.MICROSECONDS.convert(room.patience());
        this.shortestStandstillMicros = TimeUnit.MICROSECONDS.convert(RoomRefresh.shortestStandstill(room));
        this.refreshedForMicros = TimeUnit.MICROSECONDS.convert(RoomRefresh.leastAfterSignOfLife(room));
        this.decidedMicros = time.epochMicros();
        this.callAhead = new CallAhead(decidedMicros);
        this.claims = new Claims(TimeUnit.MICROSECONDS.convert(room.claimWithin()), patienceMicros, callAhead);
    }

    Room policy() {
        return room;
    }

    /** Makes one decision at one moment, under the lock, after ending what has expired by then. */
    private <T> CompletionStage<T> decide(LongFunction<T> decision) {
        synchronized (this) {
            if (closed) {
                return CompletableFuture.failedFuture(new IllegalStateException("The backend of this room is closed"));
            }
            long now = time.epochMicros();
            noticeStandstill(now);
            endExpired(now);
            return CompletableFuture.completedFuture(decision.apply(now));
        }
    }

    private void noticeStandstill(long now) {
        long gapMicros = now - decidedMicros;
        boolean wasInUse = decidedMicros < lastHeardMicros + refreshedForMicros;
        if (gapMicros > shortestStandstillMicros && wasInUse) {
            byNumber.values().forEach(visitor -> visitor.stoodStill(gapMicros));
            lastHeardMicros += gapMicros;
        }
        decidedMicros = now;
    }

    synchronized void close() {
        closed = true;
    }

    @Override
    public CompletionStage<Place> join(long visitorHash, boolean straightIn) {
        return decide(now -> joinAt(now, visitorHash, straightIn));
    }

    private Place joinAt(long now, long visitorHash, boolean straightIn) {
        RoomVisitor visitor = byHash.get(visitorHash);
        if (visitor == null) {
            if (mode == Room.Mode.CLOSED) {
                return new Place(Place.State.CLOSED, epoch, 0, 0);
            }
            visitor = new RoomVisitor(++issued, visitorHash);
            byNumber.put(visitor.number, visitor);
            byHash.put(visitorHash, visitor);
        }
        visitor.joinedMicros = now;
        heardFrom(visitor, now);
        if (visitor.state != Place.State.USED) {
            byTicket.remove(visitor);
            byTicket.add(visitor);
        }
        if (straightIn && visitor.state == Place.State.READY && mode != Room.Mode.CLOSED) {
            comeToTheDoor(visitor, now);
        } else if (straightIn && mayGoStraightIn(visitor, now)) {
            moveCursorTo(visitor.number, now);
            letIn(visitor, now);
        }
        return placeOf(visitor);
    }

    private boolean mayGoStraightIn(RoomVisitor visitor, long now) {
        if (visitor.state != Place.State.QUEUED || mode != Room.Mode.OPEN || freePlaces() <= claims.size()) {
            return false;
        }
        if (!late.isEmpty() && late.first() < visitor.number) {
            return false;
        }
        for (long number = served + 1; number < visitor.number; number++) {
            RoomVisitor ahead = byNumber.get(number);
            if (ahead != null && isAlive(ahead, now)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public CompletionStage<Place> find(long visitorHash) {
        return decide(now -> placeOf(byHash.get(visitorHash)));
    }

    @Override
    public CompletionStage<Place> enter(long number, long visitorHash) {
        return decide(now -> enterAt(now, number, visitorHash));
    }

    private Place enterAt(long now, long number, long visitorHash) {
        RoomVisitor visitor = lookUp(number, visitorHash);
        if (visitor == null || visitor.state != Place.State.READY) {
            return placeOf(visitor);
        }
        if (mode == Room.Mode.CLOSED) {
            return new Place(Place.State.CLOSED, epoch, visitor.number, 0);
        }
        comeToTheDoor(visitor, now);
        return placeOf(visitor);
    }

    /** Lets in a called visitor, or makes the visitor knock. */
    private void comeToTheDoor(RoomVisitor visitor, long now) {
        claims.came(visitor, now);
        noteAlive(visitor, now);
        claims.told(visitor.number, now);
        if (claims.isPlaceLeftFor(visitor.number, freePlaces())) {
            letIn(visitor, now);
        } else {
            claims.knock(visitor, now);
        }
    }

    private int freePlaces() {
        return capacity - stays.size();
    }

    private void letIn(RoomVisitor visitor, long now) {
        claims.remove(visitor);
        late.remove(visitor.number);
        byTicket.remove(visitor);
        visitor.state = Place.State.USED;
        visitor.stayUntilMicros = now + stayMicros;
        stays.add(visitor);
        if (visitor.number > served) {
            insideOutOfTurn.add(visitor.number);
        }
    }

    @Override
    public CompletionStage<Place> call(long number, long visitorHash) {
        return decide(now -> callAt(now, number, visitorHash));
    }

    /** Leaves the cursor where it is; it passes over this number when it gets there. */
    private Place callAt(long now, long number, long visitorHash) {
        RoomVisitor visitor = lookUp(number, visitorHash);
        if (visitor != null && visitor.state == Place.State.QUEUED) {
            if (mode == Room.Mode.CLOSED) {
                return new Place(Place.State.CLOSED, epoch, visitor.number, 0);
            }
            noteAlive(visitor, now);
            late.remove(visitor.number);
            claims.call(visitor, now);
        }
        return placeOf(visitor);
    }

    @Override
    public CompletionStage<Place> renew(long number, long visitorHash) {
        return decide(now -> renewAt(now, number, visitorHash));
    }

    private Place renewAt(long now, long number, long visitorHash) {
        RoomVisitor visitor = lookUp(number, visitorHash);
        if (visitor != null && visitor.state == Place.State.USED && room.renewable()) {
            stays.remove(visitor);
            visitor.stayUntilMicros = now + stayMicros;
            stays.add(visitor);
        }
        return placeOf(visitor);
    }

    @Override
    public CompletionStage<Place> leave(long number, long visitorHash) {
        return decide(now -> leaveAt(now, number, visitorHash));
    }

    private Place leaveAt(long now, long number, long visitorHash) {
        RoomVisitor visitor = lookUp(number, visitorHash);
        Place place = placeOf(visitor);
        if (visitor != null) {
            if (visitor.state == Place.State.USED) {
                freed.add(new Freed(++revision, visitor.number, visitor.stayUntilMicros));
                callAhead.placeFreed(now);
            }
            claims.left(visitor, now);
            forget(visitor);
        }
        return place;
    }

    @Override
    public CompletionStage<Void> configure(@Nullable Integer newCapacity, Room.@Nullable Mode newMode) {
        return decide(now -> {
                    if (newCapacity != null) {
                        capacity = newCapacity;
                    }
                    if (newMode != null) {
                        changeMode(newMode, now);
                    }
                    return mode;
                })
                .thenAccept(unused -> {});
    }

    private void changeMode(Room.Mode changed, long now) {
        if (mode == Room.Mode.CLOSED && changed != Room.Mode.CLOSED) {
            claims.beginAnew(now);
        }
        mode = changed;
    }

    @Override
    public CompletionStage<RoomSnapshot> advance(Sightings sightings) {
        return decide(now -> advanceAt(now, sightings));
    }

    private RoomSnapshot advanceAt(long now, Sightings sightings) {
        BitSet alive = sightings.alive();
        for (int bit = alive.nextSetBit(0); bit >= 0; bit = alive.nextSetBit(bit + 1)) {
            RoomVisitor visitor = byNumber.get(sightings.firstNumber() + bit);
            if (visitor != null) {
                heardFrom(visitor, now);
            }
        }
        for (long number : sightings.ready()) {
            claims.told(number, now);
        }
        if (mode.callsVisitors()) {
            callNext(now);
        }
        return snapshot(now, sightings.sinceRevision());
    }

    private void callNext(long now) {
        for (int missing = claims.settleSilentAndCountMissing(capacity, freePlaces(), now); missing > 0; missing--) {
            RoomVisitor next = nextAlive(now);
            if (next == null) {
                return;
            }
            late.remove(next.number);
            moveCursorTo(next.number, now);
            claims.call(next, now);
        }
    }

    private void moveCursorTo(long number, long now) {
        if (number > served) {
            callAhead.cursorMoved(number - served, now);
            served = number;
        }
    }

    /** Returns the visitor of the lowest number alive and not called; moves the cursor over the dead before it. */
    private @Nullable RoomVisitor nextAlive(long now) {
        for (Iterator<Long> lane = late.iterator(); lane.hasNext(); ) {
            RoomVisitor visitor = byNumber.get(lane.next());
            if (visitor != null && isAlive(visitor, now)) {
                return visitor;
            }
            lane.remove();
        }
        while (served < issued) {
            RoomVisitor visitor = byNumber.get(served + 1);
            if (visitor != null && isAlive(visitor, now)) {
                return visitor;
            }
            moveCursorTo(served + 1, now);
        }
        return null;
    }

    private boolean isAlive(RoomVisitor visitor, long now) {
        return visitor.state == Place.State.QUEUED && now < visitor.heardMicros + patienceMicros;
    }

    private void noteAlive(RoomVisitor visitor, long now) {
        visitor.heardMicros = now;
        lastHeardMicros = now;
    }

    private void heardFrom(RoomVisitor visitor, long now) {
        noteAlive(visitor, now);
        if (visitor.state == Place.State.QUEUED && visitor.number <= served) {
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
        insideOutOfTurn.headSet(served, true).clear();
        return RoomSnapshot.ofEpoch(epoch)
                .revision(revision)
                .storeMicros(now)
                .issued(issued)
                .served(served)
                .inside(stays.size())
                .capacity(capacity)
                .mode(mode)
                .cursorPerSecond(callAhead.cursorPerSecond(now))
                .called(claims.numbers())
                .insideOutOfTurn(
                        insideOutOfTurn.stream().mapToLong(Long::longValue).toArray())
                .overAheadOfCursor(overAheadOfCursor())
                .freed(freedSince)
                .build();
    }

    private BitSet overAheadOfCursor() {
        int passed = Math.toIntExact(served - overAfter);
        over = over.get(passed, Math.max(passed, over.length()));
        overAfter = served;
        return over;
    }

    private void endExpired(long now) {
        while (!stays.isEmpty() && stays.first().stayUntilMicros <= now) {
            callAhead.placeFreed(stays.first().stayUntilMicros);
            forget(stays.first());
        }
        if (mode != Room.Mode.CLOSED) {
            claims.endDue(now, visitor -> endClaim(visitor, now));
        }
        while (!freed.isEmpty() && freed.peek().stayUntilMicros <= now) {
            freed.remove();
        }
        forgetOldTickets(now);
    }

    /** Forgets a visitor who was told and did not enter, or whose ticket is over; another one is QUEUED again. */
    private void endClaim(RoomVisitor visitor, long now) {
        if (visitor.readyUntilMicros != 0 || isTicketOver(visitor, now)) {
            forget(visitor);
        } else {
            visitor.state = Place.State.QUEUED;
        }
    }

    private void forgetOldTickets(long now) {
        while (!byTicket.isEmpty()) {
            RoomVisitor oldest = byTicket.iterator().next();
            if (!isTicketOver(oldest, now)) {
                return;
            }
            byTicket.remove(oldest);
            // A called visitor may still enter, and is forgotten when the claim ends.
            if (oldest.state != Place.State.READY) {
                forget(oldest);
            }
        }
    }

    private static boolean isTicketOver(RoomVisitor visitor, long now) {
        return now >= visitor.joinedMicros + Room.TICKET_LIFETIME_MICROS;
    }

    private void forget(RoomVisitor visitor) {
        if (visitor.state == Place.State.USED) {
            stays.remove(visitor);
            insideOutOfTurn.remove(visitor.number);
        }
        if (visitor.number > served) {
            over.set(Math.toIntExact(visitor.number - overAfter - 1));
        }
        visitor.state = Place.State.EXPIRED;
        byNumber.remove(visitor.number);
        byHash.remove(visitor.hash);
        byTicket.remove(visitor);
        late.remove(visitor.number);
        claims.remove(visitor);
    }

    private @Nullable RoomVisitor lookUp(long number, long visitorHash) {
        RoomVisitor visitor = byHash.get(visitorHash);
        return visitor == null || (number != ANY_NUMBER && visitor.number != number) ? null : visitor;
    }

    private Place placeOf(@Nullable RoomVisitor visitor) {
        if (visitor == null) {
            return new Place(Place.State.EXPIRED, epoch, 0, 0);
        }
        long untilMicros = switch (visitor.state) {
            case USED -> visitor.stayUntilMicros;
            case READY -> visitor.readyUntilMicros;
            default -> 0;
        };
        return new Place(visitor.state, epoch, visitor.number, untilMicros);
    }

    private static int byEndOfStay(RoomVisitor one, RoomVisitor other) {
        int order = Long.compare(one.stayUntilMicros, other.stayUntilMicros);
        return order != 0 ? order : Long.compare(one.number, other.number);
    }

    private record Freed(long revision, long number, long stayUntilMicros) {}
}
