package io.sluice.redis;

import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what happened to a room through this gateway and may not be in the store: the last joins and, while the
 * store is away, the visitors who joined without a number and those who left.
 */
final class RoomJournal {

    /** A failover loses less than this. */
    private static final long KEPT_MICROS = 5_000_000;

    /** Older joins are kept too, for a Redis that comes back empty: it reads this many in 0.1 s. */
    private static final int KEPT_ARRIVALS = 20_000;

    private static final int VISITORS_REMEMBERED = 100_000;

    /** Each takes Redis up to 10 µs, and decisions wait meanwhile. */
    private static final int TICKETS_AT_ONCE = 500;

    /**
     * Further visitors who join without a number are not remembered. Their tickets carry a time, and get a number
     * when they are shown, behind everybody who has come meanwhile.
     */
    private static final int UNNUMBERED_KEPT = 100_000;

    /** Beyond these the oldest departures are dropped: their stays end soon. */
    private static final int DEPARTURES_KEPT = 100_000;

    /**
     * A departure that the store does not know of.
     *
     * @param number 0 if this gateway does not know it
     * @param highest no higher number is meant: the visitor got such a number after leaving
     */
    record Departure(long number, long visitor, long highest) implements HandIn.Fact {

        @Override
        public void addTo(List<String> arguments) {
            HandIn.Fact.of("L", number, RedisRoom.visitor(visitor), highest).addTo(arguments);
        }
    }

    private record Arrival(long visitor, long number, long atMicros) implements HandIn.Fact {

        @Override
        public void addTo(List<String> arguments) {
            HandIn.Fact.of("J", RedisRoom.visitor(visitor), number, 0).addTo(arguments);
        }
    }

    private record Unnumbered(long visitor, long stamp) implements HandIn.Fact {

        @Override
        public void addTo(List<String> arguments) {
            HandIn.Fact.of("P", RedisRoom.visitor(visitor), stamp, 0).addTo(arguments);
        }
    }

    // All that follows is guarded by this.

    /** The numbers of the visitors who joined last: a hint to a store that has forgotten them. */
    private final Map<Long, Long> numbers = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
            return size() > VISITORS_REMEMBERED;
        }
    };

    private final ArrayDeque<Arrival> arrivals = new ArrayDeque<>();
    private final Map<Long, Long> provisional = new LinkedHashMap<>();
    private final Map<Long, Set<Departure>> numberedDepartures = new LinkedHashMap<>();
    private final Map<Long, Departure> unnumberedDepartures = new LinkedHashMap<>();
    private long lastStamp;
    /** The time of the last visitor who joined without a number here. */
    private long newestStamp;

    /** The time up to which these visitors have been sent to the store. */
    private long sentStamp;

    synchronized void joined(long visitor, long number, long atMicros) {
        numbers.put(visitor, number);
        cancelDeparture(visitor);
        journal(visitor, number, atMicros);
    }

    private void journal(long visitor, long number, long atMicros) {
        arrivals.add(new Arrival(visitor, number, atMicros));
        while (arrivals.size() > KEPT_ARRIVALS && arrivals.getFirst().atMicros < atMicros - KEPT_MICROS) {
            arrivals.remove();
        }
    }

    /** Returns the number that a visitor had when last heard of; null if unknown. */
    @Nullable
    synchronized Long numberOf(long visitor) {
        return numbers.get(visitor);
    }

    /**
     * Joins a visitor while the store is away. Returns the time that stands for a number: the same if repeated, except
     * for visitors beyond the first {@link #UNNUMBERED_KEPT}.
     */
    synchronized long joinedWithoutNumber(long visitor, long nowMicros) {
        cancelDeparture(visitor);
        Long known = provisional.get(visitor);
        if (known != null) {
            return known;
        }
        lastStamp = Math.max(lastStamp + 1, nowMicros);
        if (provisional.size() < UNNUMBERED_KEPT) {
            provisional.put(visitor, lastStamp);
            newestStamp = lastStamp;
        }
        return lastStamp;
    }

    /** Notes the time that the store gave a visitor in place of a number, to ask for the number later. */
    synchronized void joinedLater(long visitor, long stamp) {
        cancelDeparture(visitor);
        lastStamp = Math.max(lastStamp, stamp);
        if (provisional.size() < UNNUMBERED_KEPT) {
            provisional.putIfAbsent(visitor, stamp);
        }
    }

    /** A visitor who comes back before the store knows of the departure has not left. */
    private void cancelDeparture(long visitor) {
        unnumberedDepartures.remove(visitor);
    }

    /** Tells whether visitors who joined without a number are yet to be sent to the store: newcomers go behind them. */
    synchronized boolean hasUnsent() {
        return newestStamp > sentStamp && !provisional.isEmpty();
    }

    /** Tells whether more of them wait than one refresh sends. */
    synchronized boolean hasManyUnsent() {
        return hasUnsent() && provisional.size() > TICKETS_AT_ONCE;
    }

    synchronized long newestStamp() {
        return newestStamp;
    }

    /** Notes that all visitors who joined without a number up to a time have been sent to the store. */
    synchronized void sentThrough(long stamp) {
        sentStamp = Math.max(sentStamp, stamp);
    }

    /** Forgets the place of a visitor who has given it up. */
    synchronized void forget(long visitor) {
        provisional.remove(visitor);
        numbers.remove(visitor);
    }

    /** Notes that a visitor has left; {@code issued} is the highest number that this gateway knew of before. */
    synchronized void left(long number, long visitor, long issued) {
        forget(visitor);
        if (number == RoomStore.ANY_NUMBER) {
            unnumberedDepartures.put(visitor, new Departure(number, visitor, issued));
            keepLast(unnumberedDepartures.values());
        } else {
            numberedDepartures
                    .computeIfAbsent(visitor, unused -> new LinkedHashSet<>())
                    .add(new Departure(number, visitor, number));
            keepLast(numberedDepartures.values());
        }
    }

    /** Notes that a visitor has left a room that another one has replaced, whatever the visitor's number is there. */
    synchronized void leftAnotherRoom(long visitor) {
        unnumberedDepartures.put(visitor, new Departure(RoomStore.ANY_NUMBER, visitor, Long.MAX_VALUE));
    }

    private static void keepLast(Collection<?> departures) {
        if (departures.size() > DEPARTURES_KEPT) {
            departures.remove(departures.iterator().next());
        }
    }

    /** Notes that the store knows of departures. */
    synchronized void told(List<Departure> departures) {
        for (Departure departure : departures) {
            numberedDepartures.computeIfPresent(departure.visitor, (visitor, all) -> {
                all.remove(departure);
                return all.isEmpty() ? null : all;
            });
            unnumberedDepartures.remove(departure.visitor, departure);
        }
    }

    /** Forgets all numbers: they are another room's. Visitors without a number and departures are still to be told. */
    synchronized void forgetNumbers() {
        numbers.clear();
        arrivals.clear();
        departures(Integer.MAX_VALUE).forEach(departure -> leftAnotherRoom(departure.visitor));
        numberedDepartures.clear();
    }

    synchronized boolean isEmpty() {
        return provisional.isEmpty() && numberedDepartures.isEmpty() && unnumberedDepartures.isEmpty();
    }

    /** Returns at most this many departures. */
    synchronized List<Departure> departures(int most) {
        return Stream.concat(
                        numberedDepartures.values().stream().flatMap(Set::stream),
                        unnumberedDepartures.values().stream())
                .limit(most)
                .toList();
    }

    /** Returns the places that a visitor gave up and the store does not know of: the next one is another. */
    synchronized List<Departure> departuresOf(long visitor) {
        Set<Departure> departures = numberedDepartures.get(visitor);
        return departures == null ? List.of() : List.copyOf(departures);
    }

    /** Returns the tickets that may be shown to the store: it has to know first which places were given up. */
    synchronized List<Sightings.HeldTicket> withoutDepartures(List<Sightings.HeldTicket> tickets) {
        return numberedDepartures.isEmpty()
                ? tickets
                : tickets.stream()
                        .filter(ticket -> !numberedDepartures.containsKey(ticket.visitor()))
                        .toList();
    }

    /** Returns the departures that can be handed in: the others wait until the store knows everybody again. */
    synchronized List<Departure> numberedDepartures() {
        return numberedDepartures.values().stream().flatMap(Set::stream).toList();
    }

    /** Returns tickets without a number to send to the store, in the order of joining. */
    synchronized List<Sightings.HeldTicket> send() {
        List<Sightings.HeldTicket> tickets = provisional.entrySet().stream()
                .filter(entry -> !numberedDepartures.containsKey(entry.getKey()))
                .limit(TICKETS_AT_ONCE)
                .map(entry -> new Sightings.HeldTicket(entry.getKey(), 0, entry.getValue()))
                .toList();
        if (tickets.size() == provisional.size()) {
            sentThrough(newestStamp);
        }
        return tickets;
    }

    /** Notes that the store did not take what was sent. */
    synchronized void notSent() {
        sentStamp = 0;
    }

    /** Notes the numbers of tickets. */
    synchronized void numbered(Map<Sightings.HeldTicket, Long> numberByTicket, long nowMicros) {
        numberByTicket.forEach((ticket, number) -> {
            numbers.put(ticket.visitor(), number);
            if (ticket.number() == 0) {
                provisional.remove(ticket.visitor(), ticket.issuedMicros());
                journal(ticket.visitor(), number, nowMicros);
            }
        });
    }

    /** Returns the visitors with a number who joined last. */
    synchronized List<HandIn.Fact> arrivals() {
        return List.copyOf(arrivals);
    }

    /** Returns the visitors who joined without a number after a time. */
    synchronized List<HandIn.Fact> unnumbered(long afterStamp) {
        List<HandIn.Fact> all = new ArrayList<>();
        provisional.forEach((visitor, stamp) -> {
            if (stamp > afterStamp) {
                all.add(new Unnumbered(visitor, stamp));
            }
        });
        return all;
    }
}
