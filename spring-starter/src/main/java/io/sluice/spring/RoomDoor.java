package io.sluice.spring;

import io.sluice.AdmissionException;
import io.sluice.Credential;
import io.sluice.Pass;
import io.sluice.Standing;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets visitors into a waiting room, or makes them wait. Knows no requests: an answer may come when the request has
 * gone on without it. What may take long is handed to {@code waits}, to be cancelled when nobody waits any more.
 */
final class RoomDoor {

    private static final Logger log = LoggerFactory.getLogger(RoomDoor.class);

    private final WaitingRoom room;
    private final GateObserver.OfRoom observer;

    RoomDoor(WaitingRoom room, GateObserver.OfRoom observer) {
        this.room = room;
        this.observer = observer;
    }

    /** Finds out whether a visitor is inside; completes empty if not. */
    CompletionStage<Optional<Admission>> find(Visitor visitor, Consumer<CompletableFuture<?>> waits) {
        if (visitor.isNew()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        CompletableFuture<@Nullable Pass> found = room.findAsync(visitor.name()).toCompletableFuture();
        waits.accept(found);
        return found.thenApply(pass -> Optional.ofNullable(pass).map(Admission::inside));
    }

    /** Lets a visitor in, or gives a ticket. */
    CompletionStage<Admission> admit(Visitor visitor) {
        return room.admitAsync(visitor.name()).thenApply(ticket -> admission(visitor, ticket));
    }

    private Admission admission(Visitor visitor, Ticket ticket) {
        Pass pass = ticket.pass();
        if (pass != null) {
            observer.entered(
                    visitor.brought() == null
                            ? Duration.ZERO
                            : visitor.brought().age());
            return Admission.inside(pass);
        }
        observer.joined();
        logWait(ticket.standing());
        return Admission.waiting(ticket.token(), ticket.standing());
    }

    private void logWait(Standing standing) {
        log.debug("No place free: room={} state={}", room.room().name(), standing.state());
    }

    /**
     * Lets a visitor with a ticket in, if it is that visitor's turn; completes empty if the place is gone. A visitor
     * who waits costs no call of the store.
     */
    CompletionStage<Optional<Admission>> comeBack(
            Visitor visitor, Credential ticket, Consumer<CompletableFuture<?>> waits) {
        return room.statusAsync(ticket.token()).thenCompose(standing -> switch (standing.state()) {
            case QUEUED -> waiting(ticket, standing);
            case READY -> enterCalled(visitor, ticket, Objects.requireNonNull(standing.gateToken()), waits);
            case USED, EXPIRED -> find(visitor, waits);
        });
    }

    private CompletionStage<Optional<Admission>> waiting(Credential ticket, Standing standing) {
        logWait(standing);
        return CompletableFuture.completedFuture(Optional.of(Admission.waiting(ticket.token(), standing)));
    }

    /** Finds a visitor who is inside; otherwise {@link #admit}. */
    CompletionStage<Admission> findOrAdmit(Visitor visitor, Consumer<CompletableFuture<?>> waits) {
        return find(visitor, waits)
                .thenCompose(inside ->
                        inside.isPresent() ? CompletableFuture.completedFuture(inside.get()) : admit(visitor));
    }

    private CompletionStage<Optional<Admission>> enterCalled(
            Visitor visitor, Credential ticket, String gateToken, Consumer<CompletableFuture<?>> waits) {
        CompletableFuture<Pass> entered =
                room.enterAsync(visitor.name(), ticket.token(), gateToken).toCompletableFuture();
        waits.accept(entered);
        return entered.thenApply(pass -> {
                    observer.entered(ticket.age());
                    return Optional.of(Admission.inside(pass));
                })
                .exceptionallyCompose(failure -> {
                    Standing standing =
                            Failures.causeOf(failure) instanceof AdmissionException refused ? refused.standing() : null;
                    if (standing == null) {
                        return CompletableFuture.failedFuture(failure);
                    }
                    return standing.state() == Standing.State.EXPIRED
                            ? find(visitor, waits)
                            : waiting(ticket, standing);
                });
    }

    /** Keeps a visitor inside who brings a pass. An active visitor's stay begins anew where that is configured. */
    CompletionStage<Admission> stay(Visitor visitor, Pass brought) {
        return renewed(visitor.name(), brought).thenApply(Admission::inside);
    }

    /** If the renewal fails, the pass is good all the same. */
    private CompletionStage<Pass> renewed(String visitor, Pass pass) {
        return isDueForRenewal(pass)
                ? room.renewAsync(visitor).exceptionally(failure -> pass)
                : CompletableFuture.completedFuture(pass);
    }

    /**
     * Tells whether to renew an active visitor's stay: once in half a stay, which keeps the store out of most calls.
     */
    private boolean isDueForRenewal(Pass pass) {
        return room.room().renewable()
                && room.remaining(pass).compareTo(room.room().stay().dividedBy(2)) < 0;
    }

    /**
     * Lets in a visitor named by a call of a bean. Completes exceptionally with a {@link RefusedException} if the
     * visitor has to wait.
     */
    CompletionStage<Void> admit(String visitor) {
        CompletionStage<@Nullable Pass> found = room.findAsync(visitor);
        return found.thenCompose(pass -> pass == null
                ? room.admitAsync(visitor).thenAccept(ticket -> requireInside(visitor, ticket))
                : renewed(visitor, pass).thenAccept(unused -> {}));
    }

    private void requireInside(String visitor, Ticket ticket) {
        if (ticket.pass() == null) {
            observer.joined();
            logWait(ticket.standing());
            throw RefusedException.mustWait(room.room().name(), visitor, ticket);
        }
        observer.entered(Duration.ZERO);
    }
}
