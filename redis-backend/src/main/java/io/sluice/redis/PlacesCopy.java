package io.sluice.redis;

import io.sluice.Place;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One gateway's copy of the claims and stays of a room, which each snapshot updates by what has changed, and what it
 * has heard to be over. Not safe for use by several threads; {@link RoomMemory} guards it.
 */
final class PlacesCopy {

    /**
     * With stays of hours there may be millions, too many to hand in. After a loss the passes of those who left earlier
     * are good again until their stays would have ended.
     */
    private static final int GIVEN_UP_KEPT = 20_000;

    private long revision = -1;
    private long fromRevision = -1;
    private final TreeMap<Long, AdvanceReply.Claim> claims = new TreeMap<>();
    private final TreeMap<Long, AdvanceReply.Stay> stays = new TreeMap<>();
    private final Map<Long, Long> guests = new HashMap<>();
    private final Numbers over = new Numbers();

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

    /** Returns the revision up to which this copy has been told; -1 if not at all. */
    long revision() {
        return revision;
    }

    /** Returns the revision at which the copy was begun: what has been dropped since must be told. */
    long fromRevision() {
        return fromRevision;
    }

    /** Has the next snapshot tell everything. */
    void startOver() {
        revision = -1;
        fromRevision = -1;
    }

    void enter(AdvanceReply.Stay stay) {
        drop(stay.number());
        stays.put(stay.number(), stay);
        guests.put(stay.visitor(), stay.number());
    }

    /** Takes in that a visitor has given up this place. */
    void giveUp(Place place) {
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

    AdvanceReply.@Nullable Stay stayOf(long visitor) {
        Long number = guests.get(visitor);
        return number == null ? null : stays.get(number);
    }

    AdvanceReply.@Nullable Claim claimOf(long number) {
        return claims.get(number);
    }

    boolean isOver(long number) {
        return number < over.base() || over.contains(number);
    }

    /**
     * Takes in a snapshot.
     *
     * @param copied the revision that this copy had when the gateway asked
     */
    void take(AdvanceReply reply, long copied) {
        RoomCounters counters = reply.counters();
        over.raiseBase(counters.base());
        // If answers overtook one another, what the first did not tell is told again.
        boolean follows =
                counters.everything() ? copied == revision : copied <= revision && counters.toldRevision() >= revision;
        if (follows) {
            copy(reply);
        }
        givenUp.putAll(reply.freed());
        forgetGivenUpThatWouldBeOver(reply.nowMicros());
    }

    private void copy(AdvanceReply reply) {
        RoomCounters counters = reply.counters();
        if (counters.everything()) {
            unconfirmed.addAll(claims.keySet());
            unconfirmed.addAll(stays.keySet());
            over.addAll(counters.base(), reply.overFromBase());
            fromRevision = counters.revision();
        }
        // In this order: what was dropped and has come back is in both.
        reply.dropped().forEach(this::copyDropped);
        reply.changes().forEach(this::copyChange);
        revision = counters.toldRevision();
        if (revision == counters.revision()) {
            List.copyOf(unconfirmed).forEach(this::drop);
        }
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

    /** Looks at the earliest only: the later ones would not end much before. */
    private void forgetGivenUpThatWouldBeOver(long nowMicros) {
        Iterator<Long> ends = givenUp.values().iterator();
        while (ends.hasNext() && ends.next() <= nowMicros) {
            ends.remove();
        }
    }

    long[] called() {
        return keys(claims);
    }

    long[] insideAheadOf(long cursor) {
        return keys(stays.tailMap(cursor, false));
    }

    private static long[] keys(Map<Long, ?> byNumber) {
        return byNumber.keySet().stream().mapToLong(Long::longValue).toArray();
    }

    /** Returns the numbers above the cursor that are over. Bit 0 stands for the next. */
    BitSet overAheadOf(long cursor) {
        return over.after(cursor);
    }

    /** Returns the lowest number that may not be over, a multiple of 8. */
    long base() {
        return over.base();
    }

    /** Returns the numbers from the base on that are over, as {@link Bitmap} writes them. */
    String overFromBase() {
        return over.toRedis();
    }

    /** Returns how many stays that ended early it holds. */
    int givenUp() {
        return givenUp.size();
    }

    /** Returns the stays and claims, and the stays that ended early and would go on still. */
    List<HandIn.Fact> facts(long nowMicros) {
        List<HandIn.Fact> facts = new ArrayList<>(stays.size() + claims.size() + givenUp.size());
        stays.forEach((number, stay) ->
                facts.add(arguments -> HandIn.Fact.of("S", number, RedisRoom.visitor(stay.visitor()), stay.endMicros())
                        .addTo(arguments)));
        claims.forEach(
                (number, claim) -> facts.add(HandIn.Fact.of("C", number, claim.calledMicros(), claim.readyMicros())));
        givenUp.forEach((number, endMicros) -> {
            if (endMicros > nowMicros) {
                facts.add(HandIn.Fact.of("F", number, endMicros, 0));
            }
        });
        return facts;
    }
}
