package io.sluice.redis;

import io.sluice.Room;
import java.util.Iterator;
import java.util.List;

/**
 * The counters of a snapshot, in the order of room-advance.lua.
 *
 * @param configuredMicros when capacity and mode were changed last; 0 if never
 * @param everything whether the snapshot tells all stays and claims, not only those that changed
 */
record RoomCounters(
        long revision,
        long issued,
        long served,
        int inside,
        int capacity,
        Room.Mode mode,
        double cursorPerSecond,
        long configuredMicros,
        boolean everything,
        RedisBackend.Recovery recovery) {

    static RoomCounters of(List<String> texts, int lives) {
        Iterator<String> next = texts.iterator();
        return new RoomCounters(
                Long.parseLong(next.next()),
                Long.parseLong(next.next()),
                Long.parseLong(next.next()),
                Integer.parseInt(next.next()),
                Integer.parseInt(next.next()),
                Room.Mode.valueOf(next.next()),
                Double.parseDouble(next.next()),
                Long.parseLong(next.next()),
                next.next().equals("1"),
                new RedisBackend.Recovery(
                        lives,
                        Long.parseLong(next.next()),
                        Long.parseLong(next.next()),
                        Long.parseLong(next.next()),
                        Long.parseLong(next.next())));
    }
}
