package io.sluice.redis;

import java.util.List;

/**
 * The answer of a script of a room.
 *
 * @param held whether the room holds; then there are no parts, except those of work that is done all the same
 * @param nowMicros the store's time
 * @param life the room and which of its lives this is
 * @param calls how many calls of this gateway the store has counted
 * @param lives how often the store has lost something
 * @param revision the last change of stays and claims
 * @param parts what the script itself returns
 */
record RoomReply(
        boolean held, long nowMicros, Life life, long calls, int lives, long revision, List<List<String>> parts) {

    /**
     * A room between two losses of its store.
     *
     * @param epoch the epoch in the room's tickets
     * @param began when the room began, by the store's time
     * @param name a random number, different for each life
     */
    record Life(int epoch, long began, String name) {}

    static RoomReply of(List<List<String>> reply) {
        List<String> head = reply.get(0);
        return new RoomReply(
                head.get(0).equals("HOLD"),
                Long.parseLong(head.get(1)),
                new Life(Integer.parseInt(head.get(2)), Long.parseLong(head.get(3)), head.get(4)),
                Long.parseLong(head.get(5)),
                Integer.parseInt(head.get(6)),
                Long.parseLong(head.get(7)),
                reply.subList(1, reply.size()));
    }

    boolean isWithoutAnswer() {
        return held && parts.isEmpty();
    }
}
