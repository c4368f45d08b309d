package io.sluice.benchmarks.replay;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/**
 * The waiting queue that the shop had: a sorted set shared by the pods. It has its own faults: a second enqueue is a
 * second place, entering frees the slot for the next one, and nothing behind it asks whether a buyer has entered.
 */
final class OldQueue {

    enum State {
        QUEUED,
        READY,
        ENTERED
    }

    /**
     * The answer to a poll.
     *
     * @param gateToken empty unless the ticket is READY
     */
    record Place(State state, long position, String gateToken) {}

    private final int capacity;
    private final long readyNanos;
    private final long ticketNanos;
    private final Random random;
    private final Map<String, Ticket> tickets = new HashMap<>();
    private final TreeMap<Long, Ticket> waiting = new TreeMap<>();
    private final TreeMap<Long, Ticket> called = new TreeMap<>();
    private long lastNumber;

    OldQueue(ShopModel model, Random random) {
        this.capacity = model.queueCapacity();
        this.readyNanos = model.queueReadyNanos();
        this.ticketNanos = model.queueTicketNanos();
        this.random = random;
    }

    /** Gives a new ticket to everybody who asks, however often. */
    String enqueue(long nowNanos) {
        long number = ++lastNumber;
        String id = "t-" + number + "-" + Long.toHexString(random.nextLong());
        Ticket ticket = new Ticket(number, nowNanos + ticketNanos);
        tickets.put(id, ticket);
        waiting.put(number, ticket);
        return id;
    }

    Optional<Place> status(String ticketId, long nowNanos) {
        return find(ticketId, nowNanos)
                .map(ticket -> new Place(
                        ticket.state,
                        ticket.state == State.QUEUED
                                ? waiting.headMap(ticket.number, true).size()
                                : 0,
                        ticket.state == State.READY ? ticket.gateToken : ""));
    }

    /** Lets a called visitor in who has the right gate token. */
    boolean enter(String ticketId, String gateToken, long nowNanos) {
        Optional<Ticket> found = find(ticketId, nowNanos);
        boolean granted = found.isPresent()
                && found.get().state == State.READY
                && found.get().gateToken.equals(gateToken);
        if (granted) {
            found.get().state = State.ENTERED;
            called.remove(found.get().number);
        }
        return granted;
    }

    /** Does what the leader does once a second: calls visitors in order while fewer than the capacity are called. */
    void promote(long nowNanos) {
        called.values().removeIf(ticket -> ticket.expiresNanos <= nowNanos);
        waiting.values().removeIf(ticket -> ticket.expiresNanos <= nowNanos);
        while (called.size() < capacity && !waiting.isEmpty()) {
            Ticket ticket = waiting.pollFirstEntry().getValue();
            ticket.state = State.READY;
            ticket.gateToken = Long.toHexString(random.nextLong());
            ticket.expiresNanos = nowNanos + readyNanos;
            called.put(ticket.number, ticket);
        }
    }

    private Optional<Ticket> find(String ticketId, long nowNanos) {
        return Optional.ofNullable(tickets.get(ticketId))
                .filter(ticket -> ticket.state == State.ENTERED || nowNanos < ticket.expiresNanos);
    }

    private static final class Ticket {

        private final long number;
        private State state = State.QUEUED;
        private String gateToken = "";
        private long expiresNanos;

        Ticket(long number, long expiresNanos) {
            this.number = number;
            this.expiresNanos = expiresNanos;
        }
    }
}
