package io.sluice.redis;

import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.Sightings;
import io.sluice.TimeSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What one gateway knows of a room in Redis: enough to bring the room back if Redis loses it. */
final class RoomMemory {

    private static final Duration SHORTEST_LIFE = Duration.ofDays(1);

    private final Room room;
    private final TimeSource time;
    private final long patienceMicros;
    private final long lifeMicros;

    // All that follows is guarded by this.
    private RoomReply.@Nullable Life life;
    private int lives;
    private long calls;
    private long heardMicros;
    private long heardNanos;

    private long snapshotMicros;
    private long revision;

    /** Whether a refresh of this life has told of all stays that ended early. */
    private boolean freedTold;

    /** The epoch of the last snapshot: that of the numbers which callers give. 0 before the first. */
    private int toldEpoch;

    private long issued;
    private String gapsText = "";
    private long served;
    private long configuredMicros;
    private int capacity;
    private Room.Mode mode;

    private PlacesCopy places = new PlacesCopy();

    /** Numbers heard from through this gateway, in this window of the patience and in the one before. */
    private Numbers alive = new Numbers();

    private Numbers aliveBefore = new Numbers();
    private long windowMicros;

    private RedisBackend.Recovery recovery = RedisBackend.Recovery.NONE;

    RoomMemory(Room room, TimeSource time) {
        this.room = room;
        this.time = time;
        this.patienceMicros = TimeUnit.MICROSECONDS.convert(room.patience());
        Duration life = room.stay().compareTo(SHORTEST_LIFE) > 0 ? room.stay() : SHORTEST_LIFE;
        this.lifeMicros = TimeUnit.MICROSECONDS.convert(life);
        this.capacity = room.capacity();
        this.mode = room.mode();
    }

    /**
     * Forgets the room if what this gateway knew of it is over, and returns whether it did. Redis forgets an unused room
     * after twice as long; then it is no loss that the room is not there.
     */
    synchronized boolean forgetIfOver() {
        if (life == null || storeMicros() - heardMicros <= lifeMicros) {
            return false;
        }
        forgetRoom();
        life = null;
        return true;
    }

    /** Returns arguments 13 to 20 of a script. */
    synchronized List<String> arguments() {
        if (life == null) {
            return List.of("", "", "", "", "", "", "", "");
        }
        return List.of(
                Integer.toString(life.epoch()),
                Long.toString(life.began()),
                life.name(),
                Integer.toString(lives),
                Long.toString(calls),
                Long.toString(issued),
                Long.toString(revision),
                gapsText);
    }

    /** Takes in an answer. Returns whether it comes from a life that has yet to be told what this gateway knows. */
    synchronized boolean isNewLife(RoomReply reply) {
        if (life == null) {
            life = reply.life();
        }
        if (!life.equals(reply.life())) {
            return true;
        }
        lives = reply.lives();
        calls = Math.max(calls, reply.calls());
        revision = Math.max(revision, reply.revision());
        tellTime(reply);
        return false;
    }

    private void tellTime(RoomReply reply) {
        heardMicros = reply.nowMicros();
        heardNanos = time.nanoTime();
    }

    /**
     * Goes on with a life that has been told what this gateway knew. Returns whether it is a life of another room,
     * where the numbers of this one are somebody else's.
     */
    synchronized boolean goOn(RoomReply reply) {
        boolean otherRoom = life == null || life.epoch() != reply.life().epoch();
        if (otherRoom) {
            forgetRoom();
        }
        life = reply.life();
        lives = reply.lives();
        calls = reply.calls();
        revision = reply.revision();
        places.startOver();
        freedTold = false;
        tellTime(reply);
        return otherRoom;
    }

    private void forgetRoom() {
        snapshotMicros = 0;
        configuredMicros = 0;
        capacity = room.capacity();
        mode = room.mode();
        lives = 0;
        calls = 0;
        issued = 0;
        gapsText = "";
        served = 0;
        revision = 0;
        freedTold = false;
        places = new PlacesCopy();
        alive = new Numbers();
        aliveBefore = new Numbers();
    }

    /** Returns the store's time, as well as this gateway knows it. */
    synchronized long storeMicros() {
        return heardMicros == 0
                ? time.epochMicros()
                : heardMicros + TimeUnit.NANOSECONDS.toMicros(time.nanoTime() - heardNanos);
    }

    synchronized int epoch() {
        return life == null ? 0 : life.epoch();
    }

    synchronized long served() {
        return served;
    }

    /** Returns the highest number that may have been given out; if this gateway does not know the room, any may. */
    synchronized long issued() {
        return life == null ? Long.MAX_VALUE : issued;
    }

    /** Returns the revision up to which this gateway's copy of stays and claims has been told; -1 if not at all. */
    synchronized long copiedRevision() {
        return places.revision();
    }

    /** Returns the revision at which the copy was begun: what has been dropped since must be told. */
    synchronized long copiedFromRevision() {
        return places.fromRevision();
    }

    /**
     * Returns the revision since which to ask for stays that ended early: that up to which the caller has been told, or
     * -1 until a refresh of this life has told of all. A revision of an earlier life means nothing in this one.
     */
    synchronized long freedSince(long toldRevision) {
        return freedTold ? toldRevision : -1;
    }

    /** Notes that a refresh has told of all stays that ended early, and of a room of this epoch. */
    synchronized void told(int epoch) {
        freedTold = true;
        toldEpoch = epoch;
    }

    /** Tells whether another room has replaced that of the last snapshot, so that numbers from there are others' here. */
    synchronized boolean isAnotherThanTold() {
        return toldEpoch != 0 && life != null && life.epoch() != toldEpoch;
    }

    synchronized boolean isClosed() {
        return mode == Room.Mode.CLOSED;
    }

    /** Notes that a number was given out in the room that this gateway knows, if it knows one. */
    synchronized void issued(long number) {
        if (life != null) {
            issued = Math.max(issued, number);
        }
    }

    synchronized void heardFrom(Sightings sightings) {
        long now = storeMicros();
        if (now - windowMicros > patienceMicros) {
            aliveBefore = alive;
            alive = new Numbers();
            alive.raiseBase(places.base());
            windowMicros = now;
        }
        sightings.alive().stream().forEach(bit -> alive.add(sightings.firstNumber() + bit));
    }

    /** Takes in a visitor's place as the store has just told it. */
    synchronized void learn(long visitor, Place place) {
        if (place.state() == Place.State.USED) {
            places.enter(new AdvanceReply.Stay(place.number(), visitor, place.untilMicros()));
        }
    }

    /** Takes in that a visitor has given up this place. */
    synchronized void forget(Place place) {
        places.giveUp(place);
    }

    /** Returns the place of a visitor who is inside, as far as this gateway knows; otherwise null. */
    synchronized @Nullable Place inside(long visitor) {
        AdvanceReply.Stay stay = places.stayOf(visitor);
        return stay == null || stay.endMicros() <= storeMicros()
                ? null
                : new Place(Place.State.USED, epoch(), stay.number(), stay.endMicros());
    }

    /** Returns the place of a number that waits or is called; null if the number has been heard to be over. */
    synchronized @Nullable Place waiting(long number) {
        if (places.isOver(number)) {
            return null;
        }
        AdvanceReply.Claim claim = places.claimOf(number);
        return claim == null
                ? new Place(Place.State.QUEUED, epoch(), number, 0)
                : new Place(Place.State.READY, epoch(), number, Long.parseLong(claim.readyMicros()));
    }

    /**
     * Takes in a snapshot.
     *
     * @param copied the revision that this gateway's copy had when it asked
     * @param before the snapshot of which this is a further part, or null
     */
    synchronized RoomSnapshot take(AdvanceReply reply, long copied, @Nullable RoomSnapshot before) {
        RoomCounters counters = reply.counters();
        places.take(reply, copied);
        List.of(alive, aliveBefore).forEach(numbers -> numbers.raiseBase(counters.base()));
        snapshotMicros = reply.nowMicros();
        issued = Math.max(issued, counters.issued());
        gapsText = counters.gapsText();
        served = Math.max(served, counters.served());
        configuredMicros = counters.configuredMicros();
        capacity = counters.capacity();
        mode = counters.mode();
        recovery = counters.recovery();
        return snapshot(reply, before);
    }

    /** Returns the snapshot of an answer that has been taken in. */
    private RoomSnapshot snapshot(AdvanceReply reply, @Nullable RoomSnapshot before) {
        RoomCounters counters = reply.counters();
        Map<Long, Long> freed = new HashMap<>(reply.freed());
        Map<Sightings.HeldTicket, Long> numbers = new HashMap<>(reply.numbers());
        if (before != null) {
            freed.putAll(before.freed());
            numbers.putAll(before.numbers());
        }
        return RoomSnapshot.ofEpoch(reply.epoch())
                .revision(counters.freedRevision())
                .storeMicros(reply.nowMicros())
                .issued(counters.issued())
                .served(counters.served())
                .inside(counters.inside())
                .capacity(counters.capacity())
                .mode(counters.mode())
                .cursorPerSecond(counters.cursorPerSecond())
                .called(places.called())
                .insideOutOfTurn(places.insideAheadOf(counters.served()))
                .overAheadOfCursor(places.overAheadOf(counters.served()))
                .gaps(counters.gaps())
                .freed(freed)
                .lives(reply.lives())
                .numbers(numbers)
                .build();
    }

    synchronized RedisBackend.Recovery recovery() {
        return recovery;
    }

    /** Returns the head of the first part of a hand-in; see room-hand-in.lua. */
    synchronized List<String> handInHead() {
        return List.of(
                Long.toString(snapshotMicros),
                Long.toString(served),
                Long.toString(configuredMicros),
                Integer.toString(capacity),
                mode.name(),
                Long.toString(places.base()),
                Numbers.toRedis(alive, aliveBefore),
                places.overFromBase());
    }

    /** Returns a head that tells nothing new. */
    synchronized List<String> handInNothing() {
        return List.of("0", "0", "0", "0", mode.name(), "0", "", "");
    }

    /** Returns this gateway's copy of stays and claims, and the stays that ended early and would go on still. */
    synchronized List<HandIn.Fact> handInFacts() {
        return places.facts(storeMicros());
    }
}
