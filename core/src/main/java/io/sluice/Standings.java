package io.sluice;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Tells where the holder of a ticket stands, by what this gateway knows, and notes whom it has heard from. */
final class Standings {

    private static final Duration LONGEST_ETA = Duration.ofDays(1);

    private final RoomRefresh refresh;
    private final KnownPlaces known;
    private final RoomTokens tokens;
    private final Pacing pacing;

    Standings(RoomRefresh refresh, KnownPlaces known, RoomTokens tokens, Pacing pacing) {
        this.refresh = refresh;
        this.known = known;
        this.tokens = tokens;
        this.pacing = pacing;
    }

    /** Returns the standing by what this gateway knows of the ticket; asks the store where that does not tell. */
    CompletionStage<Standing> of(Token shown, @Nullable RoomView view) {
        if (view == null) {
            // Not noted as alive: the ticket may be of an earlier room.
            return CompletableFuture.completedFuture(holding());
        }
        RoomSnapshot snapshot = view.snapshot();
        Token ticket = refresh.tickets().resolve(shown, snapshot);
        if (ticket == null) {
            if (!view.isOfAnotherEpoch(shown)) {
                noteAlive(shown);
            }
            return CompletableFuture.completedFuture(holding());
        }
        if (view.isOfAnotherEpoch(ticket)) {
            return CompletableFuture.completedFuture(expired());
        }
        Place place = known.of(ticket, view);
        if (place != null) {
            return CompletableFuture.completedFuture(of(ticket, place, view));
        }
        if (snapshot.isCalled(ticket.number())) {
            return CompletableFuture.completedFuture(ready(ticket, view));
        }
        if (snapshot.isAhead(ticket.number())) {
            return CompletableFuture.completedFuture(queued(ticket, view));
        }
        // Inside, over, or passed over while silent. A number that is over may be the higher one of two of its visitor,
        // whose place is then the lower one. Only the store knows.
        return known.find(ticket, view).handle((found, failure) -> {
            if (failure != null) {
                // Not noted as alive: one refresh tells the store only so many numbers behind the cursor, and those
                // noted here would crowd out others.
                return holding();
            }
            // Of two numbers that one visitor has after a loss in the store, the lower one wins.
            boolean isPointed = found.number() < ticket.number();
            if (isPointed) {
                refresh.tickets().point(ticket, found.number());
            }
            Token meant = isPointed ? ticket.standingFor(ticket.epoch(), found.number()) : ticket;
            return of(meant, found, view);
        });
    }

    /** Returns the standing by the place that the store gave for the ticket's visitor. */
    Standing of(Token ticket, Place place, @Nullable RoomView view) {
        if (place.number() != ticket.number()) {
            return expired();
        }
        return switch (place.state()) {
            case QUEUED ->
                view != null && view.snapshot().isCalled(ticket.number()) ? ready(ticket, view) : queued(ticket, view);
            case READY -> ready(ticket, view);
            case USED -> new Standing(Standing.State.USED, 0, Duration.ZERO, pacing.longest(), null, false);
            case EXPIRED, CLOSED -> expired();
        };
    }

    static Standing.State stateOf(Place place) {
        return switch (place.state()) {
            case QUEUED -> Standing.State.QUEUED;
            case READY -> Standing.State.READY;
            case USED -> Standing.State.USED;
            case EXPIRED, CLOSED -> Standing.State.EXPIRED;
        };
    }

    private Standing queued(Token ticket, @Nullable RoomView view) {
        noteAlive(ticket);
        if (view == null) {
            return holding();
        }
        RoomSnapshot snapshot = view.snapshot();
        // A visitor who was passed over and is back is next: the late lane is called before the cursor moves on.
        long position = Math.max(1, snapshot.countAhead(ticket.number()));
        // The speed of before a pause says nothing about when the pause ends.
        Duration eta = snapshot.mode().callsVisitors() ? eta(position, snapshot.cursorPerSecond()) : null;
        // But after a time in which nobody could poll, the whole queue may be in that lane, and the cursor's speed
        // says nothing about it.
        Duration pollAfter = ticket.number() > snapshot.served()
                ? pacing.pollAfter(position, eta, snapshot.capacity())
                : pacing.pollAfter(known.passedOver(), null, snapshot.capacity());
        if (refresh.isStale(view)) {
            return holding(pollAfter);
        }
        return ticket.micros() + Room.TICKET_LIFETIME_MICROS <= refresh.storeMicros()
                ? expired()
                : new Standing(Standing.State.QUEUED, position, eta, pollAfter, null, false);
    }

    private static @Nullable Duration eta(long position, double cursorPerSecond) {
        return cursorPerSecond * LONGEST_ETA.toSeconds() > position
                ? Duration.ofMillis((long) (position / cursorPerSecond * 1000))
                : null;
    }

    /** Returns the standing of a visitor whose place is safe but not known just now. */
    Standing holding() {
        return holding(pacing.pollSoon());
    }

    private static Standing holding(Duration pollAfter) {
        return new Standing(Standing.State.QUEUED, 0, null, pollAfter, null, true);
    }

    private void noteAlive(Token ticket) {
        if (ticket.number() != 0) {
            refresh.sightings().alive(ticket.number());
        }
    }

    private Standing ready(Token ticket, @Nullable RoomView view) {
        refresh.sightings().alive(ticket.number());
        refresh.sightings().ready(ticket.number());
        boolean holding = view == null || refresh.isStale(view);
        String gateToken = tokens.gate(ticket, refresh.storeMicros());
        return new Standing(
                Standing.State.READY, 0, Duration.ZERO, pacing.pollAfter(Duration.ZERO), gateToken, holding);
    }

    Standing expired() {
        return new Standing(Standing.State.EXPIRED, 0, null, pacing.longest(), null, false);
    }
}
