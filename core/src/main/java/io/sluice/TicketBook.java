package io.sluice;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Knows which number a ticket stands for where the store decides it. A ticket handed out while the store was away
 * has no number of its own; after a loss in the store a visitor may have two.
 */
final class TicketBook {

    /*
     * As long as the store has lost nothing, a ticket stands for the number on it, and nothing here is used. After a
     * loss each gateway asks about each ticket once, in one call for all tickets of a refresh, so a poll still costs
     * no call of its own. The question also tells the store again which number the visitor has. The gateway asks a
     * second time after the patience: by then all tickets of the living have been shown, and a visitor who had two
     * numbers has one.
     *
     * If gateways know two rooms of one name after a loss, the one that began first takes over, with another epoch. The
     * numbers of the other room belong to other visitors there, so none of them may be used or asked about any more.
     */

    private static final long TICKETS_REMEMBERED = 100_000;
    private static final int TICKETS_PER_REFRESH = 2_000;

    /** Beyond these a ticket is asked about when it is shown again: so many take 10 s in any case. */
    private static final int TICKETS_TO_ASK = 100_000;

    private static final int LONGEST_CHAIN = 4;

    /** Tickets that stand for another number than the one on them. */
    private final Cache<Sightings.HeldTicket, Long> numbers =
            Caffeine.newBuilder().maximumSize(TICKETS_REMEMBERED).build();

    private final Set<Sightings.HeldTicket> toAsk = ConcurrentHashMap.newKeySet();
    private volatile NumberSet confirmed = new NumberSet();
    private final long patienceMicros;
    private volatile int epoch;
    private volatile int lives;
    private volatile long askAgainMicros;

    TicketBook(long patienceMicros) {
        this.patienceMicros = patienceMicros;
    }

    /**
     * Returns the ticket with this epoch and the number that it stands for; null if only the store can tell, which
     * the next refresh asks.
     */
    @Nullable
    Token resolve(Token ticket, RoomSnapshot snapshot) {
        boolean lostNothing = snapshot.lives() == 0;
        if (ticket.number() != 0 && lostNothing) {
            return ticket;
        }
        Sightings.HeldTicket held = held(ticket, snapshot);
        if (held.number() != 0) {
            if (lostNothing || confirmed.contains(held.number())) {
                return ticket.standingFor(snapshot.epoch(), held.number());
            }
            ask(held);
            if (held.number() > snapshot.served() || snapshot.isCalled(held.number())) {
                return ticket.standingFor(snapshot.epoch(), held.number());
            }
            return null;
        }
        ask(held);
        return null;
    }

    /** Notes a ticket to ask about; concurrent threads may exceed the bound by one each. */
    private void ask(Sightings.HeldTicket ticket) {
        if (toAsk.size() < TICKETS_TO_ASK) {
            toAsk.add(ticket);
        }
    }

    private Sightings.HeldTicket held(Token ticket, RoomSnapshot snapshot) {
        long printed = ticket.epoch() == snapshot.epoch() ? ticket.number() : 0;
        Sightings.HeldTicket held = new Sightings.HeldTicket(ticket.visitor(), printed, ticket.micros());
        for (int i = 0; i < LONGEST_CHAIN; i++) {
            Long number = numbers.getIfPresent(held);
            if (number == null) {
                break;
            }
            held = new Sightings.HeldTicket(held.visitor(), number, held.issuedMicros());
        }
        return held;
    }

    /** Notes that a ticket stands for another number. */
    void point(Token ticket, long number) {
        numbers.put(new Sightings.HeldTicket(ticket.visitor(), ticket.number(), ticket.micros()), number);
    }

    /** Removes and returns some of the tickets to ask about. */
    List<Sightings.HeldTicket> drain() {
        List<Sightings.HeldTicket> drained = new ArrayList<>();
        Iterator<Sightings.HeldTicket> next = toAsk.iterator();
        while (next.hasNext() && drained.size() < TICKETS_PER_REFRESH) {
            drained.add(next.next());
            next.remove();
        }
        return drained;
    }

    /** Notes again the tickets that could not be asked about. */
    void restore(Collection<Sightings.HeldTicket> tickets) {
        tickets.forEach(this::ask);
    }

    /** Takes in the answers. A ticket without one is asked about again when it is shown again. */
    void answered(RoomSnapshot snapshot) {
        boolean isOtherRoom = snapshot.epoch() != epoch;
        if (isOtherRoom) {
            epoch = snapshot.epoch();
            numbers.invalidateAll();
            toAsk.removeIf(ticket -> ticket.number() != 0);
        }
        if (isOtherRoom || snapshot.lives() != lives) {
            confirmed = new NumberSet();
            lives = snapshot.lives();
            askAgainMicros = snapshot.storeMicros() + patienceMicros;
        } else if (snapshot.storeMicros() > askAgainMicros && askAgainMicros != 0) {
            confirmed = new NumberSet();
            askAgainMicros = 0;
        }
        snapshot.numbers().forEach((ticket, number) -> {
            if (ticket.number() == number) {
                confirmed.add(number);
            } else {
                numbers.put(ticket, number);
            }
        });
    }
}
