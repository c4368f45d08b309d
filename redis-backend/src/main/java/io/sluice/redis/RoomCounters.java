package io.sluice.redis;

import io.sluice.Room;
import io.sluice.RoomSnapshot;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * The counters of a snapshot, in the order of room-advance.lua.
 *
 * @param configuredMicros when capacity and mode were changed last; 0 if never
 * @param everything whether the snapshot starts over with all stays and claims, not only those that changed
 * @param toldRevision the revision up to which changes of stays and claims have been told
 * @param freedRevision the revision up to which stays that ended early have been told
 * @param base the number below which all numbers are over
 * @param gapsText the gaps, as room.lua writes them
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
        RedisBackend.Recovery recovery,
        long toldRevision,
        long freedRevision,
        long base,
        String gapsText) {

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
                        Long.parseLong(next.next())),
                Long.parseLong(next.next()),
                Long.parseLong(next.next()),
                Long.parseLong(next.next()),
                next.next());
    }

    List<RoomSnapshot.Gap> gaps() {
        return gapsText.isEmpty()
                ? List.of()
                : Arrays.stream(gapsText.split(",")).map(RoomCounters::gap).toList();
    }

    private static RoomSnapshot.Gap gap(String text) {
        int bar = text.indexOf('|');
        return new RoomSnapshot.Gap(Long.parseLong(text.substring(0, bar)), Long.parseLong(text.substring(bar + 1)));
    }

    /** Tells whether one answer could not tell everything. */
    boolean isPart() {
        return toldRevision < revision || freedRevision < revision;
    }
}
