package io.sluice;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What the store has told one gateway of single visitors, so that it does not answer by an older snapshot. */
final class KnownPlaces {

    private static final long VISITORS_REMEMBERED = 100_000;

    /*
     * Whoever was passed over while silent and is back is asked for by name: no snapshot says that somebody waits behind
     * the cursor. It says when they are called, though, so what the store said stays true for a while; that they were let
     * in or gave up their place elsewhere shows so much later. If a whole queue has been away for longer than the
     * patience, 20,000 polls make some 1,300 calls a second with it, as Standings paces them.
     */
    private static final Duration WAITING_REMEMBERED = Duration.ofSeconds(5);

    private final RoomStore store;
    private final RoomRefresh refresh;

    /** Who is inside, for visitors who bring no pass. */
    private final Cache<Long, Place> insideByVisitor =
            Caffeine.newBuilder().maximumSize(VISITORS_REMEMBERED).build();

    /** Who waits behind the cursor. */
    private final Cache<Long, Place> passedOverByVisitor;

    KnownPlaces(RoomStore store, RoomRefresh refresh, TimeSource time) {
        this.store = store;
        this.refresh = refresh;
        this.passedOverByVisitor = Caffeine.newBuilder()
                .maximumSize(VISITORS_REMEMBERED)
                .expireAfterWrite(WAITING_REMEMBERED)
                .ticker(time::nanoTime)
                .executor(Runnable::run)
                .build();
    }

    /**
     * Keeps what the store has just said: until the next refresh, of whoever is inside until the stay ends, and of whoever
     * was passed over for a while.
     */
    void remember(long visitor, Place place, @Nullable RoomView view) {
        refresh.found(visitor, place);
        if (place.state() == Place.State.USED) {
            insideByVisitor.put(visitor, place);
        } else {
            insideByVisitor.invalidate(visitor);
        }
        if (view != null && isPassedOver(place, view)) {
            passedOverByVisitor.put(visitor, place);
        } else {
            passedOverByVisitor.invalidate(visitor);
        }
    }

    private static boolean isPassedOver(Place place, RoomView view) {
        // The view may be newer than the place, and have called the number since.
        return place.state() == Place.State.QUEUED
                && place.number() <= view.snapshot().served()
                && !view.snapshot().isCalled(place.number());
    }

    /** Returns about how many visitors have polled here lately who wait behind the cursor. */
    long passedOver() {
        return passedOverByVisitor.estimatedSize();
    }

    /** Asks the store where the holder of a ticket is. */
    CompletionStage<Place> find(Token ticket, RoomView view) {
        return store.find(ticket.visitor()).thenApply(found -> {
            Place place = found.state() == Place.State.EXPIRED ? gone(found, ticket.number()) : found;
            remember(ticket.visitor(), place, view);
            return place;
        });
    }

    /** Returns where the visitor is, asking the store unless this gateway knows; null if certainly not inside. */
    CompletionStage<@Nullable Place> find(long visitor) {
        // Asked for even where the answer is known here: so places given up elsewhere become known.
        CompletionStage<@Nullable RoomView> latest = refresh.view();
        Place inside = insideByVisitor.getIfPresent(visitor);
        if (inside != null && isInside(inside)) {
            return CompletableFuture.completedFuture(inside);
        }
        return latest.thenCompose(view -> {
            // What an old view says may be over: while the store is away the last one stays for as long as that.
            Place known =
                    view == null || refresh.isStale(view) ? null : view.places().get(visitor);
            if (known != null && known.state() != Place.State.USED) {
                return CompletableFuture.completedFuture(null);
            }
            return store.find(visitor).thenApply(found -> {
                remember(visitor, found, view);
                return found;
            });
        });
    }

    /** Returns what the store has said that is still good, if it says anything of this ticket. */
    @Nullable
    Place of(Token ticket, RoomView view) {
        Place known = view.places().get(ticket.visitor());
        if (known == null) {
            return passedOver(ticket);
        }
        boolean ofAnEarlierPlace = known.epoch() != ticket.epoch() || known.number() < ticket.number();
        boolean over = known.state() == Place.State.USED && !isInside(known);
        return ofAnEarlierPlace || over ? null : known;
    }

    private @Nullable Place passedOver(Token ticket) {
        Place place = passedOverByVisitor.getIfPresent(ticket.visitor());
        return place != null && place.epoch() == ticket.epoch() && place.number() == ticket.number() ? place : null;
    }

    private boolean isInside(Place place) {
        return place.state() == Place.State.USED
                && place.untilMicros() > refresh.storeMicros()
                && !refresh.isFreed(place.epoch(), place.number());
    }

    /** The place of a number that no longer has one. */
    static Place gone(Place place, long number) {
        return new Place(Place.State.EXPIRED, place.epoch(), number, 0);
    }
}
