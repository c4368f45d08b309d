package io.sluice;

import java.util.concurrent.TimeUnit;

/** The passes that have ended early, as far as one gateway knows. Safe for use by many threads. */
final class EndedPasses {

    /*
     * A pass ends early with its stay, of which the store tells all gateways. It does not know the stays of earlier
     * epochs. What ends such a pass is known only on the gateway where it is given up: by ticket, which names the
     * stay, or by the visitor's name, which may stand for any stay.
     */

    private final long stayMicros;
    private final FreedStays stays = new FreedStays();
    private final PassesGivenUp ofEarlierEpochs;

    EndedPasses(Room room, TimeSource time) {
        this.stayMicros = TimeUnit.MICROSECONDS.convert(room.stay());
        this.ofEarlierEpochs = new PassesGivenUp(room, time);
    }

    boolean contains(Token pass) {
        return stays.contains(pass.epoch(), pass.number()) || ofEarlierEpochs.contains(pass);
    }

    /** Tells whether the stay at a place has ended early. */
    boolean containsStay(Place place) {
        return stays.contains(place.epoch(), place.number());
    }

    /** Takes in what the store tells. */
    void take(RoomSnapshot snapshot) {
        snapshot.freed().forEach((number, untilMicros) -> stays.add(snapshot.epoch(), number, untilMicros));
        stays.dropDue(snapshot.storeMicros());
    }

    /** Notes that a place was given up: a stay has ended early if there was one. */
    void placeGivenUp(Place place) {
        if (place.state() == Place.State.USED) {
            stays.add(place.epoch(), place.number(), place.untilMicros());
        }
    }

    /** Notes that a ticket of an earlier epoch was given up: a stay has ended early if there was one. */
    void ticketGivenUp(Token ticket, long nowMicros) {
        // Once, however often the ticket is given up: each end noted takes memory until then.
        if (!stays.contains(ticket.epoch(), ticket.number())) {
            stays.add(ticket.epoch(), ticket.number(), nowMicros + stayMicros);
        }
    }

    /** Notes that a visitor has left the room of this epoch, and given up whatever there was of earlier ones. */
    void visitorLeft(long visitor, int epoch, long nowMicros) {
        ofEarlierEpochs.add(visitor, epoch, nowMicros);
    }
}
