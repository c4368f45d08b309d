package io.sluice.redis;

import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.Sightings;
import io.sluice.TimeSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What one gateway knows of a room in Redis: enough to bring the room back if Redis loses it. Claims and stays are a
 * copy, which each snapshot updates by what has changed.
 */
final class RoomMemory {

    private static final Duration SHORTEST_LIFE = Duration.ofDays(1);

    /**
     * With stays of hours there may be millions, too many to hand in. After a loss the passes of those who left earlier
     * are good again until their stays would have ended.
     */
    private static final int GIVEN_UP_KEPT = 20_000;

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
    private long copiedRevision = -1;
    private long copiedFromRevision = -1;

    /** Whether a refresh of this life has told of all stays that ended early. */
    private boolean freedTold;

    private long issued;
    private String gapsText = "";
    private long served;
    private long configuredMicros;
    private int capacity;
    private Room.Mode mode;

    private final TreeMap<Long, AdvanceReply.Claim> claims = new TreeMap<>();
    private final TreeMap<Long, AdvanceReply.Stay> stays = new TreeMap<>();
    private final Map<Long, Long> guests = new HashMap<>();
    private Numbers over = new Numbers();

    /** The stays that ended early: from the number to when the stay would have ended. */
    private final Map<Long, Long> givenUp = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
            return size() > GIVEN_UP_KEPT;
        }
    };

    /**
     * The claims and stays that a copy which starts over has yet to tell of. They stay until it is complete: if the
     * store loses everything before that, nobody else may know of them.
     */
    private final Set<Long> unconfirmed = new HashSet<>();

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
        copiedRevision = -1;
        copiedFromRevision = -1;
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
        copiedRevision = -1;
        copiedFromRevision = -1;
        freedTold = false;
        claims.clear();
        stays.clear();
        guests.clear();
        givenUp.clear();
        unconfirmed.clear();
        over = new Numbers();
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
        return copiedRevision;
    }

    /** Returns the revision at which the copy was begun: what has been dropped since must be told. */
    synchronized long copiedFromRevision() {
        return copiedFromRevision;
    }

    /**
     * Returns the revision since which to ask for stays that ended early: that up to which the caller has been told, or
     * -1 until a refresh of this life has told of all. A revision of an earlier life means nothing in this one.
     */
    synchronized long freedSince(long toldRevision) {
        return freedTold ? toldRevision : -1;
    }

    /** Notes that a refresh has told of all stays that ended early. */
    synchronized void freedTold() {
        freedTold = true;
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
            alive.raiseBase(over.base());
            windowMicros = now;
        }
        sightings.alive().stream().forEach(bit -> alive.add(sightings.firstNumber() + bit));
    }

    /** Takes in a visitor's place as the store has just told it. */
    synchronized void learn(long visitor, Place place) {
        if (place.state() == Place.State.USED) {
            enter(new AdvanceReply.Stay(place.number(), visitor, place.untilMicros()));
        }
    }

    private void enter(AdvanceReply.Stay stay) {
        drop(stay.number());
        stays.put(stay.number(), stay);
        guests.put(stay.visitor(), stay.number());
    }

    /** Takes in that a visitor has given up this place. */
    synchronized void forget(Place place) {
        drop(place.number());
        over.add(place.number());
        if (place.state() == Place.State.USED) {
            givenUp.put(place.number(), place.untilMicros());
        }
    }

    private void drop(long number) {
        unconfirmed.remove(number);
        claims.remove(number);
        AdvanceReply.Stay stay = stays.remove(number);
        if (stay != null) {
            guests.remove(stay.visitor(), number);
        }
    }

    /** Returns the place of a visitor who is inside, as far as this gateway knows; otherwise null. */
    synchronized @Nullable Place inside(long visitor) {
        Long number = guests.get(visitor);
        if (number == null) {
            return null;
        }
        AdvanceReply.Stay stay = stays.get(number);
        return stay == null || stay.endMicros() <= storeMicros()
                ? null
                : new Place(Place.State.USED, epoch(), number, stay.endMicros());
    }

    /** Returns the place of a number that waits or is called; null if the number has been heard to be over. */
    synchronized @Nullable Place waiting(long number) {
        if (number < over.base() || over.contains(number)) {
            return null;
        }
        AdvanceReply.Claim claim = claims.get(number);
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
        List.of(over, alive, aliveBefore).forEach(numbers -> numbers.raiseBase(counters.base()));
        // If answers overtook one another, what the first did not tell is told again.
        boolean follows = counters.everything()
                ? copied == copiedRevision
                : copied <= copiedRevision && counters.toldRevision() >= copiedRevision;
        if (follows) {
            copy(reply);
        }
        givenUp.putAll(reply.freed());
        forgetGivenUpThatWouldBeOver(reply.nowMicros());
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

    private void copy(AdvanceReply reply) {
        RoomCounters counters = reply.counters();
        if (counters.everything()) {
            unconfirmed.addAll(claims.keySet());
            unconfirmed.addAll(stays.keySet());
            over.addAll(counters.base(), reply.overFromBase());
            copiedFromRevision = counters.revision();
        }
        // In this order: what was dropped and has come back is in both.
        reply.dropped().forEach(this::copyDropped);
        reply.changes().forEach(this::copyChange);
        copiedRevision = counters.toldRevision();
        revision = Math.max(revision, counters.revision());
        if (copiedRevision == counters.revision()) {
            List.copyOf(unconfirmed).forEach(this::drop);
        }
    }

    /** Looks at the earliest only: the later ones would not end much before. */
    private void forgetGivenUpThatWouldBeOver(long nowMicros) {
        Iterator<Long> ends = givenUp.values().iterator();
        while (ends.hasNext() && ends.next() <= nowMicros) {
            ends.remove();
        }
    }

    /** Returns how many stays that ended early it holds. */
    synchronized int givenUp() {
        return givenUp.size();
    }

    private void copyDropped(AdvanceReply.Dropped dropped) {
        drop(dropped.number());
        if (dropped.over()) {
            over.add(dropped.number());
        }
    }

    private void copyChange(AdvanceReply.Change change) {
        if (change instanceof AdvanceReply.Claim claim) {
            drop(claim.number());
            claims.put(claim.number(), claim);
        } else if (change instanceof AdvanceReply.Stay stay) {
            enter(stay);
        }
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
                .called(keys(claims))
                .insideOutOfTurn(keys(stays.tailMap(counters.served(), false)))
                .overAheadOfCursor(over.after(counters.served()))
                .gaps(counters.gaps())
                .freed(freed)
                .lives(reply.lives())
                .numbers(numbers)
                .build();
    }

    private static long[] keys(Map<Long, ?> byNumber) {
        return byNumber.keySet().stream().mapToLong(Long::longValue).toArray();
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
                Long.toString(over.base()),
                Numbers.toRedis(alive, aliveBefore),
                over.toRedis());
    }

    /** Returns a head that tells nothing new. */
    synchronized List<String> handInNothing() {
        return List.of("0", "0", "0", "0", mode.name(), "0", "", "");
    }

    /** Returns this gateway's copy of stays and claims, and the stays that ended early and would go on still. */
    synchronized List<HandIn.Fact> handInFacts() {
        List<HandIn.Fact> facts = new ArrayList<>(stays.size() + claims.size() + givenUp.size());
        stays.forEach((number, stay) ->
                facts.add(arguments -> HandIn.Fact.of("S", number, RedisRoom.visitor(stay.visitor()), stay.endMicros())
                        .addTo(arguments)));
        claims.forEach(
                (number, claim) -> facts.add(HandIn.Fact.of("C", number, claim.calledMicros(), claim.readyMicros())));
        long now = storeMicros();
        givenUp.forEach((number, endMicros) -> {
            if (endMicros > now) {
                facts.add(HandIn.Fact.of("F", number, endMicros, 0));
            }
        });
        return facts;
    }
}
