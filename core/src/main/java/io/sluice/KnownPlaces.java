package io.sluice;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import org.jspecify.annotations.Nullable;

/** What the store has told one gateway of single visitors, so that it does not answer by an older snapshot. */
final class KnownPlaces {

    private static final long VISITORS_REMEMBERED = 100_000;

    private final RoomRefresh refresh;

    /** Who is inside, for visitors who bring no pass. */
    private final Cache<Long, Place> insideByVisitor =
            Caffeine.newBuilder().maximumSize(VISITORS_REMEMBERED).build();

    KnownPlaces(RoomRefresh refresh) {
        this.refresh = refresh;
    }

    /** Keeps what the store has just said: until the next refresh, and of whoever is inside until the stay ends. */
    void remember(long visitor, Place place, @Nullable RoomView view) {
        if (view != null) {
            view.places().put(visitor, place);
        }
        if (place.state() == Place.State.INSIDE) {
            insideByVisitor.put(visitor, place);
        } else {
            insideByVisitor.invalidate(visitor);
        }
    }

    /** Returns where the visitor is inside, as far as this gateway knows; otherwise null. */
    @Nullable
    Place inside(long visitor) {
        Place place = insideByVisitor.getIfPresent(visitor);
        return place != null && isInside(place) ? place : null;
    }

    /** Returns what the store has said since the last refresh, if it still says anything of this ticket. */
    @Nullable
    Place of(Token ticket, RoomView view) {
        Place known = view.places().get(ticket.visitor());
        boolean ofAnEarlierPlace = known != null && known.number() < ticket.number();
        boolean over = known != null && known.state() == Place.State.INSIDE && !isInside(known);
        return ofAnEarlierPlace || over ? null : known;
    }

    private boolean isInside(Place place) {
        return place.state() == Place.State.INSIDE
                && place.untilMicros() > refresh.storeMicros()
                && !refresh.freed().containsKey(place.number());
    }

    /** The place of a number that no longer has one. */
    static Place gone(Place place, long number) {
        return new Place(Place.State.NONE, place.epoch(), number, 0);
    }
}
