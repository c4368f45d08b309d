package io.sluice;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The called visitors of a {@link LocalRoom} who are not inside yet. Guarded by the room's lock. */
final class Claims {

    /** How long a knock lasts. Gateways knock again each refresh, so it ends only if they stop. */
    private static final long KNOCK_LEASE_MICROS = 2_000_000;

    private final long claimWithinMicros;
    private final long patienceMicros;
    private final CallAhead callAhead;
    private final TreeMap<Long, RoomVisitor> called = new TreeMap<>();
    /** The called visitors who are at the door. */
    private final TreeMap<Long, RoomVisitor> knocking = new TreeMap<>();
    /** No claim and no knock ends before this moment. */
    private long dueMicros = Long.MAX_VALUE;

    Claims(long claimWithinMicros, long patienceMicros, CallAhead callAhead) {
        this.callAhead = callAhead;
        this.claimWithinMicros = claimWithinMicros;
        this.patienceMicros = patienceMicros;
    }

    int size() {
        return called.size();
    }

    /** Returns the called numbers, ascending. */
    long[] numbers() {
        return called.keySet().stream().mapToLong(Long::longValue).toArray();
    }

    void call(RoomVisitor visitor, long now) {
        visitor.state = Place.State.READY;
        visitor.calledMicros = now;
        visitor.answered = false;
        called.put(visitor.number, visitor);
        dueAt(untilMicros(visitor));
    }

    /** Notes that a number's visitor has heard of the call. The first time starts claimWithin. */
    void told(long number, long now) {
        RoomVisitor visitor = called.get(number);
        if (visitor != null && visitor.readyUntilMicros == 0) {
            visitor.readyUntilMicros = now + claimWithinMicros;
            dueAt(visitor.readyUntilMicros);
        }
    }

    void knock(RoomVisitor visitor, long now) {
        if (visitor.knockUntilMicros == 0) {
            visitor.claimLeftMicros = visitor.readyUntilMicros - now;
        }
        visitor.knockUntilMicros = now + KNOCK_LEASE_MICROS;
        dueAt(visitor.knockUntilMicros);
        // Time spent knocking does not count: what was left of the claim is still left.
        visitor.readyUntilMicros = Math.max(visitor.readyUntilMicros, now + visitor.claimLeftMicros);
        knocking.put(visitor.number, visitor);
    }

    /** Restarts the claims of visitors who were told, because nobody could enter meanwhile. */
    void beginAnew(long now) {
        for (RoomVisitor visitor : called.values()) {
            if (visitor.readyUntilMicros != 0) {
                visitor.readyUntilMicros = now + claimWithinMicros;
            }
        }
    }

    void remove(RoomVisitor visitor) {
        called.remove(visitor.number);
        knocking.remove(visitor.number);
    }

    /** Tells whether a number gets one of the free places after all lower knocking numbers have theirs. */
    boolean isPlaceLeftFor(long number, int freePlaces) {
        int left = freePlaces;
        for (long ahead : knocking.keySet()) {
            if (left <= 0 || ahead >= number) {
                break;
            }
            left--;
        }
        return left > 0;
    }

    /** Notes that a visitor is at the door. */
    void came(RoomVisitor visitor, long now) {
        if (!visitor.cameToTheDoor) {
            visitor.cameToTheDoor = true;
            callAhead.came(now - visitor.calledMicros, now);
            answered(visitor, now);
        }
    }

    /** Notes that a visitor has left. One who was called will not come. */
    void left(RoomVisitor visitor, long now) {
        if (visitor.state == Place.State.READY) {
            answered(visitor, now);
        }
    }

    private void answered(RoomVisitor visitor, long now) {
        if (!visitor.answered) {
            visitor.answered = true;
            callAhead.answered(now);
        }
    }

    /** Counts the calls of those silent for too long as answered, and returns how many more numbers to call. */
    int settleSilentAndCountMissing(int capacity, int freePlaces, long now) {
        double showRate = callAhead.showRate(now);
        double expected = 0;
        int onTheWay = 0;
        for (RoomVisitor visitor : called.values()) {
            long silentMicros = now - Math.max(visitor.calledMicros, visitor.heardMicros);
            if (visitor.knockUntilMicros != 0) {
                continue;
            }
            if (CallAhead.isFresh(silentMicros)) {
                onTheWay++;
                expected += callAhead.chanceToCome(showRate, silentMicros);
            } else {
                answered(visitor, now);
            }
        }
        int missing = callAhead.missingClaims(now, freePlaces, knocking.size(), expected, showRate);
        return Math.min(missing, capacity - onTheWay);
    }

    /**
     * Ends what is due.
     *
     * @param ended takes the visitors whose claim has ended
     */
    void endDue(long now, Consumer<RoomVisitor> ended) {
        if (now < dueMicros) {
            return;
        }
        dueMicros = Long.MAX_VALUE;
        List<RoomVisitor> over = new ArrayList<>();
        for (RoomVisitor visitor : called.values()) {
            if (visitor.knockUntilMicros != 0 && visitor.knockUntilMicros <= now) {
                visitor.knockUntilMicros = 0;
                knocking.remove(visitor.number);
            }
            long untilMicros = untilMicros(visitor);
            if (untilMicros > now) {
                dueAt(untilMicros);
            } else {
                over.add(visitor);
            }
        }
        for (RoomVisitor visitor : over) {
            // A claim may be shorter than the silence that counts as an answer.
            answered(visitor, now);
            remove(visitor);
            ended.accept(visitor);
        }
    }

    private long untilMicros(RoomVisitor visitor) {
        if (visitor.knockUntilMicros != 0) {
            return visitor.knockUntilMicros;
        }
        return visitor.readyUntilMicros != 0 ? visitor.readyUntilMicros : visitor.heardMicros + patienceMicros;
    }

    private void dueAt(long micros) {
        dueMicros = Math.min(dueMicros, micros);
    }
}
