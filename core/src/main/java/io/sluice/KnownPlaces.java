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
     * A visitor who was passed over while silent and is back must be asked about by name: no snapshot says that
     * somebody waits behind the cursor. But it says when that visitor is called, so the store's answer stays true
     * for a while; only entering or giving up the place elsewhere shows that much later. If a whole queue has been
     * away for longer than the patience, 20,000 visitors, whom Standings has poll every 15 s, make some 1,300 calls a
     * second.
     *
     * A place that is over stays over, unless the store loses something and another gateway hands the place in.
     * Clients ask on all the same: 10,000 old tickets at 10 polls a second each would make 50,000 calls a second if
     * the answer were good for a refresh only, and make 2,000 with this.
     */
    private static final Duration ANSWER_REMEMBERED = Duration.ofSeconds(5);

    /** A place that is over, for as long as the store loses nothing more. */
    private record Over(long visitor, int epoch, long number, int lives) {

        static Over of(Token ticket, int lives) {
            return new Over(ticket.visitor(), ticket.epoch(), ticket.number(), lives);
        }
    }

    private final RoomStore store;
    private final RoomRefresh refresh;

    /** The visitors who are inside, for those who bring no pass. */
    private final Cache<Long, Place> insideByVisitor =
            Caffeine.newBuilder().maximumSize(VISITORS_REMEMBERED).build();

    /** The visitors who wait behind the cursor. */
    private final Cache<Long, Place> passedOverByVisitor;

    private final Cache<Over, Place> over;

    KnownPlaces(RoomStore store, RoomRefresh refresh, TimeSource time) {
        this.store = store;
        this.refresh = refresh;
        this.passedOverByVisitor = answers(time);
        this.over = answers(time);
    }

    private static <K> Cache<K, Place> answers(TimeSource time) {
        return Caffeine.newBuilder()
                .maximumSize(VISITORS_REMEMBERED)
                .expireAfterWrite(ANSWER_REMEMBERED)
                .ticker(time::nanoTime)
                .executor(Runnable::run)
                .build();
    }

    /** Keeps what the store has just said: until the next refresh, and for a visitor inside until the stay ends. */
    void remember(long visitor, Place place) {
        refresh.found(visitor, place);
        passedOverByVisitor.invalidate(visitor);
        if (place.state() == Place.State.USED) {
            insideByVisitor.put(visitor, place);
        } else {
            insideByVisitor.invalidate(visitor);
        }
    }

    /**
     * As {@link #remember(long, Place)}, and keeps for a while where a visitor is who was passed over.
     *
     * @param asked the view when the store was asked; by a younger one a visitor called since might seem passed over
     */
    private void remember(long visitor, Place place, RoomView asked) {
        remember(visitor, place);
        if (place.state() == Place.State.QUEUED
                && place.number() <= asked.snapshot().served()) {
            passedOverByVisitor.put(visitor, place);
        }
    }

    /** Returns about how many visitors who wait behind the cursor have polled here lately. */
    long passedOver() {
        return passedOverByVisitor.estimatedSize();
    }

    /** Asks the store where the holder of a ticket is. */
    CompletionStage<Place> find(Token ticket, RoomView view) {
        return store.find(ticket.visitor()).thenApply(found -> {
            Place place = found.state() == Place.State.EXPIRED ? gone(found, ticket.number()) : found;
            remember(ticket.visitor(), place, view);
            boolean hasLaterPlace = place.number() > ticket.number();
            if (hasLaterPlace || place.state() == Place.State.EXPIRED) {
                over.put(Over.of(ticket, view.snapshot().lives()), place);
            }
            return place;
        });
    }

    /** Returns where the visitor is; null if certainly not inside. Asks the store unless this gateway knows. */
    CompletionStage<@Nullable Place> find(long visitor) {
        // Waited for even if the answer is known here: on a gateway that was idle, only the next view tells of places
        // given up elsewhere meanwhile.
        return refresh.view().thenCompose(view -> {
            Place inside = insideByVisitor.getIfPresent(visitor);
            if (inside != null && isInside(inside)) {
                return CompletableFuture.completedFuture(inside);
            }
            // What an old view says may be over: while the store is away the last view stays.
            Place known =
                    view == null || refresh.isStale(view) ? null : view.places().get(visitor);
            if (known != null && known.state() != Place.State.USED) {
                return CompletableFuture.completedFuture(null);
            }
            return store.find(visitor).thenApply(found -> {
                remember(visitor, found);
                return found;
            });
        });
    }

    /** Returns what the store has said of this ticket if that is still good, otherwise null. */
    @Nullable
    Place of(Token ticket, RoomView view) {
        Place known = view.places().get(ticket.visitor());
        if (known != null && known.epoch() == ticket.epoch() && known.number() >= ticket.number()) {
            boolean hasEnded = known.state() == Place.State.USED && !isInside(known);
            if (!hasEnded) {
                return known;
            }
        }
        return remembered(ticket);
    }

    private @Nullable Place remembered(Token ticket) {
        Place passedOver = passedOverByVisitor.getIfPresent(ticket.visitor());
        if (passedOver != null && isOf(ticket, passedOver)) {
            return passedOver;
        }
        Place inside = insideByVisitor.getIfPresent(ticket.visitor());
        if (inside != null && isOf(ticket, inside) && isInside(inside)) {
            return inside;
        }
        return over.getIfPresent(Over.of(ticket, refresh.lives()));
    }

    private static boolean isOf(Token ticket, Place place) {
        return place.epoch() == ticket.epoch() && place.number() == ticket.number();
    }

    /** Tells whether a visitor who was inside is so still. */
    private boolean isInside(Place place) {
        return place.untilMicros() > refresh.storeMicros()
                && !refresh.endedPasses().containsStay(place);
    }

    /** Returns the place of a number that no longer has one. */
    static Place gone(Place place, long number) {
        return new Place(Place.State.EXPIRED, place.epoch(), number, 0);
    }
}
