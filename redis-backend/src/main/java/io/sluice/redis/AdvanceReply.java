package io.sluice.redis;

import io.sluice.Sightings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The answer of room-advance.lua, its parts in that order.
 *
 * @param nowMicros the store's time
 * @param epoch the epoch in the room's tickets
 * @param lives how often the store has lost something
 * @param changes stays and claims as they are now: those that changed, or all to start over with
 * @param dropped the numbers that are neither inside nor called any more
 * @param freed the stays that ended early: from the number to when the stay would have ended, in epoch microseconds
 * @param numbers the number that each ticket asked about stands for, without those not known yet
 * @param overFromBase to start over with, the numbers that are over, as {@link Bitmap} writes them, from the counters'
 *     base on; otherwise empty
 */
record AdvanceReply(
        long nowMicros,
        int epoch,
        int lives,
        RoomCounters counters,
        List<Change> changes,
        List<Dropped> dropped,
        Map<Long, Long> freed,
        Map<Sightings.HeldTicket, Long> numbers,
        String overFromBase) {

    /** What a number is now. */
    sealed interface Change permits Claim, Stay {

        long number();
    }

    /**
     * A number that is called.
     *
     * @param calledMicros when it was called, as text: it is only handed in again
     * @param readyMicros when its visitor's time to enter ends, as text; 0 if the visitor has not been told
     */
    record Claim(long number, String calledMicros, String readyMicros) implements Change {}

    /**
     * A number whose visitor is inside.
     *
     * @param visitor the visitor's hash
     * @param endMicros when the stay ends
     */
    record Stay(long number, long visitor, long endMicros) implements Change {}

    /**
     * A number that is neither inside nor called any more.
     *
     * @param over whether it is over; otherwise it waits again
     */
    record Dropped(long number, boolean over) {}

    /**
     * Reads an answer.
     *
     * @param asked the tickets asked about
     */
    static AdvanceReply of(RoomReply reply, List<Sightings.HeldTicket> asked) {
        List<List<String>> parts = reply.parts();
        return new AdvanceReply(
                reply.nowMicros(),
                reply.life().epoch(),
                reply.lives(),
                RoomCounters.of(parts.get(0), reply.lives()),
                changes(parts.get(1)),
                dropped(parts.get(2)),
                freed(parts.get(3)),
                numbers(asked, parts.get(4)),
                parts.get(5).get(0));
    }

    private static List<Change> changes(List<String> flat) {
        List<Change> changes = new ArrayList<>(flat.size() / 4);
        for (int i = 0; i < flat.size(); i += 4) {
            long number = Long.parseLong(flat.get(i));
            changes.add(
                    flat.get(i + 1).equals("C")
                            ? new Claim(number, flat.get(i + 2), flat.get(i + 3))
                            : new Stay(number, RedisRoom.visitor(flat.get(i + 2)), Long.parseLong(flat.get(i + 3))));
        }
        return changes;
    }

    private static List<Dropped> dropped(List<String> flat) {
        List<Dropped> dropped = new ArrayList<>(flat.size() / 2);
        for (int i = 0; i < flat.size(); i += 2) {
            dropped.add(new Dropped(Long.parseLong(flat.get(i)), flat.get(i + 1).equals("1")));
        }
        return dropped;
    }

    private static Map<Long, Long> freed(List<String> flat) {
        Map<Long, Long> freed = new HashMap<>();
        for (int i = 0; i < flat.size(); i += 2) {
            freed.put(Long.parseLong(flat.get(i)), Long.parseLong(flat.get(i + 1)));
        }
        return freed;
    }

    private static Map<Sightings.HeldTicket, Long> numbers(List<Sightings.HeldTicket> asked, List<String> answers) {
        Map<Sightings.HeldTicket, Long> numbers = new HashMap<>();
        for (int i = 0; i < answers.size(); i++) {
            long number = Long.parseLong(answers.get(i));
            if (number != 0) {
                numbers.put(asked.get(i), number);
            }
        }
        return numbers;
    }
}
