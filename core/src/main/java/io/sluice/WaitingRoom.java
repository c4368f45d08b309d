package io.sluice;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * An admission queue: lets a bounded number of visitors in at once, and the others in order as places become free.
 *
 * <p>Safe for use by many threads. All waiting rooms of one name on one backend are one room; each gateway makes its
 * own.
 *
 * <table>
 * <caption>Methods</caption>
 * <tr><th></th><th>store calls</th><th>answers</th><th>throws {@link AdmissionException}</th></tr>
 * <tr><td>{@link #join}, {@link #admit}</td><td>1</td><td>when the store does</td><td>CLOSED</td></tr>
 * <tr><td>{@link #status}</td><td>0 for a visitor who waits or has been called; 1 for one who came inside elsewhere;
 *   1 in 5 s for a ticket that is EXPIRED, and for a visitor who was passed over and is back</td><td>at once, or when
 *   the store does</td><td>INVALID_TOKEN</td></tr>
 * <tr><td>{@link #enter}</td><td>1; while held, 1 a refresh and at least 1 in 500 ms for all held calls of one
 *   visitor</td><td>within {@link Room#enterWait}</td><td>INVALID_TOKEN, FOREIGN_TICKET, NOT_READY, NO_PLACE_YET,
 *   CLOSED</td></tr>
 * <tr><td>{@link #read}, {@link #verify}</td><td>0</td><td>at once</td><td>never</td></tr>
 * <tr><td>{@link #find}</td><td>0 or 1; while the store is away 1 a refresh and at least 1 in 500 ms</td><td>when
 *   the store does, within {@link Room#enterWait}</td><td>never</td></tr>
 * <tr><td>{@link #renew}</td><td>1</td><td>when the store does</td><td>NOT_INSIDE</td></tr>
 * <tr><td>{@link #leave}, {@link #leaveTicket}</td><td>1</td><td>when the store does</td><td>{@code leaveTicket}:
 *   INVALID_TOKEN</td></tr>
 * <tr><td>{@link #callAsync}, {@link #callTicketAsync}</td><td>1</td><td>when the store does</td><td>CLOSED; {@code
 *   callTicketAsync}: INVALID_TOKEN</td></tr>
 * <tr><td>{@link #configure}, {@link #setCapacity}, {@link #setMode}</td><td>2</td><td>when the store does</td><td>never
 *   </td></tr>
 * <tr><td>{@link #snapshot}</td><td>0</td><td>at once</td><td>never</td></tr>
 * </table>
 *
 * <p>If this gateway's last refresh is older than two intervals, as in a room that nobody has used for a while,
 * methods that depend on it ask the store once more. One call serves all who ask meanwhile.
 *
 * <p>The methods without {@code Async} wait for the answer on the calling thread; with a {@link LocalBackend} it is
 * there at once, except for a held {@code enter}. An interrupt does not end the wait; the thread is still
 * interrupted afterwards. The application names its visitors: by a user id, or anything that stays the same for one
 * visitor; never null or empty.
 *
 * <p>Stages complete on the thread that has the answer: the calling thread if the answer is there at once, else the
 * store's I/O thread, the timer thread, or the thread of another caller whose question brought it. All answers
 * depend on these threads, so dependent actions must not block. Run blocking ones on an executor, by
 * {@code thenApplyAsync} and the like.
 *
 * <p>While the store is away the methods answer by what this gateway knows. {@link #callAsync}, {@link #configure}
 * and {@link #enter} fail with {@link StoreUnavailableException}, and so do {@link #renew} and {@link #find} for
 * visitors who are not known here; {@code find} and {@code enter} are held first. Once the backend is closed, all
 * methods that ask the store fail with {@link IllegalStateException}.
 */
public final class WaitingRoom {

    private final Room room;
    private final RoomStore store;
    private final RoomRefresh refresh;
    private final KnownPlaces known;
    private final RoomTokens tokens;
    private final Standings standings;
    private final Retry retry;
    private final Knocks knocks;

    private WaitingRoom(Room room, Backend backend, Signer signer, Pacing pacing) {
        this.room = room;
        this.store = backend.room(room);
        TimeSource time = backend.time();
        this.refresh = new RoomRefresh(room, store, time);
        this.known = new KnownPlaces(store, refresh, time);
        this.tokens = new RoomTokens(room.name(), signer);
        this.standings = new Standings(refresh, known, tokens, pacing);
        this.retry = new Retry(room, time);
        this.knocks = new Knocks(store, time, retry.intervalNanos());
    }

    /**
     * Opens a waiting room. A room that runs already, as on a remote backend, keeps its capacity and mode; if they
     * are others than the policy's, a warning in the log says so. {@link #configure} changes them.
     *
     * @throws IllegalArgumentException if the backend has a room of this name with another policy
     * @throws IllegalStateException if the backend is closed
     */
    public static WaitingRoom of(Room room, Backend backend, Signer signer) {
        return of(
                room,
                backend,
                signer,
                new Pacing(Objects.requireNonNull(room, "room").patience()));
    }

    /** As {@link #of(Room, Backend, Signer)}, with a given pacing; for simulations that can be repeated. */
    static WaitingRoom of(Room room, Backend backend, Signer signer, Pacing pacing) {
        return new WaitingRoom(
                room, Objects.requireNonNull(backend, "backend"), Objects.requireNonNull(signer, "signer"), pacing);
    }

    /** Returns the policy this room was opened with. */
    public Room room() {
        return room;
    }

    /** Tells whether a token says that it is of this room, to choose among several rooms. Verifies nothing. */
    public boolean isTokenOfThisRoom(String token) {
        return tokens.isTokenOfThisRoom(token);
    }

    /**
     * Reads a ticket or a pass, for an application that does not know which of them a visitor brings. Returns null
     * if the token is neither, or if this room did not give it to this visitor. What has become of the place since
     * does not matter. Asks no store.
     */
    public @Nullable Credential read(String visitor, String token) {
        long hash = tokens.hash(visitor);
        Token read = tokens.read(token);
        return read == null || read.visitor() != hash ? null : new Credential(token, read, refresh);
    }

    /**
     * Gives a visitor a place in the queue. Idempotent: a visitor who has a place, waiting or inside, gets the same
     * one. The store keeps a record of the visitor until the place is given up or has ended. That of a waiting
     * visitor ends 24 h after the last {@code join}, polling or not. A {@link LocalBackend} needs some 200 bytes for
     * a record.
     */
    public Ticket join(String visitor) {
        return Stages.await(joinAsync(visitor));
    }

    /** {@link #join} without waiting. */
    public CompletionStage<Ticket> joinAsync(String visitor) {
        return joinAsync(visitor, false);
    }

    /**
     * Lets a visitor in if a place is free and nobody waits for it; otherwise the same as {@link #join}. A visitor who
     * has been called needs no gate token and gets a free place although others wait, in every mode except CLOSED;
     * without a free place the visitor knocks, and {@link Room#claimWithin} starts. The ticket of a visitor who is
     * inside has a {@link Ticket#pass pass}.
     */
    public Ticket admit(String visitor) {
        return Stages.await(admitAsync(visitor));
    }

    /** {@link #admit} without waiting. */
    public CompletionStage<Ticket> admitAsync(String visitor) {
        return joinAsync(visitor, true);
    }

    private CompletionStage<Ticket> joinAsync(String visitor, boolean straightIn) {
        long hash = tokens.hash(visitor);
        return store.join(hash, straightIn).thenCompose(place -> {
            if (place.state() == Place.State.CLOSED) {
                return CompletableFuture.failedFuture(AdmissionException.closed());
            }
            return refresh.view().thenApply(view -> ticket(place, hash, view));
        });
    }

    private Ticket ticket(Place place, long visitor, @Nullable RoomView view) {
        if (place.number() == 0) {
            return new Ticket(
                    tokens.sign(tokens.ticket(place, visitor, place.untilMicros())), standings.holding(), null);
        }
        Token token = tokens.ticket(place, visitor, refresh.storeMicros());
        known.remember(visitor, place);
        return new Ticket(tokens.sign(token), standings.of(token, place, view), tokens.pass(place, visitor));
    }

    /**
     * Tells where the holder of a ticket stands. Counts as a sign of life. Needs no identity: the ticket is the
     * credential.
     */
    public Standing status(String ticketToken) {
        return Stages.await(statusAsync(ticketToken));
    }

    /** {@link #status} without waiting. */
    public CompletionStage<Standing> statusAsync(String ticketToken) {
        Token ticket = tokens.verify(ticketToken, Token.Purpose.TICKET);
        if (ticket == null) {
            return CompletableFuture.failedFuture(AdmissionException.invalidToken());
        }
        return refresh.view().thenCompose(view -> standings.of(ticket, view));
    }

    /**
     * Lets a called visitor in. If no place is free yet, the answer is held until one is, at most for
     * {@link Room#enterWait}; the claim does not run meanwhile. The same holds while the backend is away. Repeating
     * it while inside gives the pass again.
     *
     * @param visitor the visitor who asks
     * @param ticketToken the visitor's ticket
     * @param gateToken from the {@link Standing} that said READY
     * @throws StoreUnavailableException if the store is away for all that time; the claim stands
     */
    public Pass enter(String visitor, String ticketToken, String gateToken) {
        return Stages.await(enterAsync(visitor, ticketToken, gateToken));
    }

    /** {@link #enter} without waiting. Cancelling it stops the asking; a place taken by then stays taken. */
    public CompletionStage<Pass> enterAsync(String visitor, String ticketToken, String gateToken) {
        long hash = tokens.hash(visitor);
        Token ticket = tokens.verify(ticketToken, Token.Purpose.TICKET);
        Token gate = tokens.verify(gateToken, Token.Purpose.GATE);
        if (ticket != null && ticket.visitor() != hash) {
            return CompletableFuture.failedFuture(AdmissionException.foreignTicket());
        }
        if (ticket == null || gate == null || !isFor(gate, ticket)) {
            return CompletableFuture.failedFuture(AdmissionException.invalidToken());
        }
        return retry.hold(held -> refresh.view()
                .thenCompose(view -> view != null && view.isOfAnotherEpoch(gate)
                        ? CompletableFuture.failedFuture(AdmissionException.notReady(standings.expired()))
                        : enter(gate, held)));
    }

    /** Tells whether a gate token was given for a ticket, whichever number the ticket stands for by now. */
    private boolean isFor(Token gate, Token ticket) {
        boolean mayStandForAnother = ticket.number() == 0
                || (refresh.lives() > 0 && (gate.number() < ticket.number() || gate.epoch() != ticket.epoch()));
        return gate.isOfSamePlace(ticket) || (mayStandForAnother && gate.visitor() == ticket.visitor());
    }

    private CompletionStage<Pass> enter(Token gate, Retry.Held held) {
        CompletionStage<Place> answer = retry.whileAway(
                held,
                () -> retry.isOver(held)
                        ? knocks.enterAtLast(gate.number(), gate.visitor())
                        : knocks.enter(gate.number(), gate.visitor()));
        return answer.thenCompose(place -> {
            if (place.state() == Place.State.USED && place.epoch() == gate.epoch()) {
                Pass pass = tokens.pass(place, gate.visitor());
                return refresh.view().thenApply(view -> {
                    known.remember(gate.visitor(), place);
                    return pass;
                });
            }
            if (place.state() == Place.State.READY && !retry.isOver(held)) {
                return retry.later(held, () -> enter(gate, held));
            }
            return refresh.view().thenCompose(view -> CompletableFuture.failedFuture(refusal(gate, place, view)));
        });
    }

    private AdmissionException refusal(Token gate, Place place, @Nullable RoomView view) {
        if (place.state() == Place.State.CLOSED) {
            return AdmissionException.closed();
        }
        Standing standing = place.epoch() == gate.epoch() ? standings.of(gate, place, view) : standings.expired();
        return standing.state() == Standing.State.READY
                ? AdmissionException.noPlaceYet(standing, room.refresh())
                : AdmissionException.notReady(standing);
    }

    /**
     * Returns the pass if it is good for this visitor and room, otherwise null. A good pass is signed and not
     * expired, and its place not given up as far as this gateway knows. It learns of that within a refresh; after a
     * time without use, with the store's first answer, which this call asks for but does not wait for. A pass of an
     * earlier epoch, as of before a restart with a {@link LocalBackend}, is refused only by the gateway where its
     * visitor left, until that gateway restarts.
     */
    public @Nullable Pass verify(String visitor, String passToken) {
        Credential brought = read(visitor, passToken);
        return brought == null ? null : brought.pass();
    }

    /** Returns how long a pass is still good, by the backend's clock; zero if it has ended. */
    public Duration remaining(Pass pass) {
        Duration left = Duration.between(RoomTokens.instant(refresh.storeMicros()), pass.expiresAt());
        return left.isNegative() ? Duration.ZERO : left;
    }

    /**
     * Returns the pass of a visitor who is inside, otherwise null; for visitors who bring no pass. While the backend
     * is away and this gateway does not know the visitor, the answer is held, at most for {@link Room#enterWait}.
     *
     * @throws StoreUnavailableException if the store is away for all that time
     */
    public @Nullable Pass find(String visitor) {
        return Stages.await(findAsync(visitor));
    }

    /** {@link #find} without waiting. Cancelling it stops the asking. */
    public CompletionStage<@Nullable Pass> findAsync(String visitor) {
        long hash = tokens.hash(visitor);
        return retry.hold(held -> retry.whileAway(held, () -> known.find(hash))
                .thenApply(place -> place == null ? null : tokens.pass(place, hash)));
    }

    /**
     * Starts a visitor's stay anew if the room is {@link Room#renewable}. Otherwise, or while the store is away,
     * returns the pass as it is.
     *
     * @throws AdmissionException with reason {@code NOT_INSIDE} if the visitor is not inside
     * @throws StoreUnavailableException if the store is away and this gateway does not know that the visitor is inside
     */
    public Pass renew(String visitor) {
        return Stages.await(renewAsync(visitor));
    }

    /** {@link #renew} without waiting. */
    public CompletionStage<Pass> renewAsync(String visitor) {
        long hash = tokens.hash(visitor);
        return store.renew(RoomStore.ANY_NUMBER, hash).thenCompose(place -> {
            Pass pass = tokens.pass(place, hash);
            if (pass == null) {
                return CompletableFuture.failedFuture(AdmissionException.notInside());
            }
            // Not waited for: only refreshes drop what is remembered here.
            refresh.view();
            known.remember(hash, place);
            return CompletableFuture.completedFuture(pass);
        });
    }

    /**
     * Gives up a visitor's place, waiting or inside. Without a place it only ends a pass that the visitor may have of an
     * earlier epoch, as {@link #verify} says.
     *
     * @return where the visitor was; EXPIRED if nowhere
     */
    public Standing.State leave(String visitor) {
        return Stages.await(leaveAsync(visitor));
    }

    /** {@link #leave} without waiting. */
    public CompletionStage<Standing.State> leaveAsync(String visitor) {
        return leave(RoomStore.ANY_NUMBER, tokens.hash(visitor));
    }

    /**
     * Gives up the place that a ticket stands for, waiting or inside. The ticket is EXPIRED from then on, on another
     * gateway within a refresh. Of a ticket of an earlier epoch only the pass ends, and that only on this gateway.
     */
    public Standing.State leaveTicket(String ticketToken) {
        return Stages.await(leaveTicketAsync(ticketToken));
    }

    /** {@link #leaveTicket} without waiting. */
    public CompletionStage<Standing.State> leaveTicketAsync(String ticketToken) {
        return byTicket(ticketToken, this::leave);
    }

    private CompletionStage<Standing.State> leave(Token ticket, @Nullable Long number) {
        CompletionStage<Standing.State> state = number == null
                ? CompletableFuture.completedFuture(Standing.State.EXPIRED)
                : leave(number, ticket.visitor());
        return state.thenCompose(told -> refresh.view().thenApply(view -> {
            if (view != null && view.isOfAnotherEpoch(ticket)) {
                refresh.endedPasses().ticketGivenUp(ticket, refresh.storeMicros());
            }
            return told;
        }));
    }

    /** Applies a decision to a ticket and the number that it stands for; null if that is of another epoch. */
    private CompletionStage<Standing.State> byTicket(
            String ticketToken, BiFunction<Token, @Nullable Long, CompletionStage<Standing.State>> decision) {
        Token ticket = tokens.verify(ticketToken, Token.Purpose.TICKET);
        return ticket == null
                ? CompletableFuture.failedFuture(AdmissionException.invalidToken())
                : numberOf(ticket).thenCompose(number -> decision.apply(ticket, number));
    }

    /**
     * Returns the number that a ticket stands for. Returns ANY_NUMBER if only the store can tell and is away, null
     * if the ticket is of another epoch.
     */
    private CompletionStage<@Nullable Long> numberOf(Token ticket) {
        // A refresh under way went out before this ticket was noted; the one after it asks about the ticket.
        return refresh.view().thenCompose(view -> numberOf(ticket, view, 2));
    }

    private CompletionStage<@Nullable Long> numberOf(Token ticket, @Nullable RoomView view, int refreshes) {
        if (view == null) {
            return CompletableFuture.completedFuture(ticket.number());
        }
        RoomSnapshot snapshot = view.snapshot();
        Token meant = refresh.tickets().resolve(ticket, snapshot);
        if (meant != null) {
            return CompletableFuture.completedFuture(view.isOfAnotherEpoch(meant) ? null : meant.number());
        }
        if (ticket.number() != 0 && ticket.epoch() == snapshot.epoch()) {
            return CompletableFuture.completedFuture(ticket.number());
        }
        // Not ANY_NUMBER at once: the visitor may have a newer place than this ticket's.
        return refreshes == 0 || refresh.isAway()
                ? CompletableFuture.completedFuture(RoomStore.ANY_NUMBER)
                : refresh.refresh().thenCompose(next -> numberOf(ticket, next, refreshes - 1));
    }

    private CompletionStage<Standing.State> leave(long number, long visitor) {
        return store.leave(number, visitor)
                .thenCompose(place -> refresh.view().thenApply(view -> {
                    // A name stands for whatever the visitor has, a number for one place.
                    if (number == RoomStore.ANY_NUMBER && view != null) {
                        refresh.endedPasses().visitorLeft(visitor, place.epoch(), refresh.storeMicros());
                    }
                    if (place.state() != Place.State.EXPIRED) {
                        refresh.endedPasses().placeGivenUp(place);
                        known.remember(visitor, KnownPlaces.gone(place, place.number()));
                    }
                    return Standings.stateOf(place);
                }));
    }

    /**
     * Calls a waiting visitor now, before those ahead, who keep their order; for operators. To enter, the called
     * visitor needs a free place as always, and knocks behind lower numbers. Calls in every mode except CLOSED.
     *
     * @return READY if called, USED if inside already, EXPIRED if the visitor has no place in the queue; fails with
     *     {@link StoreUnavailableException} while the store is away
     */
    public CompletionStage<Standing.State> callAsync(String visitor) {
        return call(RoomStore.ANY_NUMBER, tokens.hash(visitor));
    }

    /** {@link #callAsync} for the holder of a ticket. */
    public CompletionStage<Standing.State> callTicketAsync(String ticketToken) {
        return byTicket(
                ticketToken,
                (ticket, number) -> number == null
                        ? CompletableFuture.completedFuture(Standing.State.EXPIRED)
                        : call(number, ticket.visitor()));
    }

    private CompletionStage<Standing.State> call(long number, long visitor) {
        return store.call(number, visitor).thenCompose(place -> {
            if (place.state() == Place.State.CLOSED) {
                return CompletableFuture.failedFuture(AdmissionException.closed());
            }
            return refresh.view().thenApply(view -> {
                known.remember(visitor, place);
                return Standings.stateOf(place);
            });
        });
    }

    /**
     * Changes capacity and mode on all gateways while the room runs. Lowering the capacity puts nobody out. A
     * visitor who was READY when the room closed has {@link Room#claimWithin} from when it opens.
     *
     * @throws IllegalArgumentException if the capacity is out of {@link Room}'s range
     * @throws StoreUnavailableException if the store is away; it is not known then whether the room has changed
     */
    public void configure(int capacity, Room.Mode mode) {
        Stages.await(configureAsync(capacity, mode));
    }

    /** {@link #configure} without waiting. */
    public CompletionStage<Void> configureAsync(int capacity, Room.Mode mode) {
        Room.checkCapacity(capacity);
        return change(capacity, Objects.requireNonNull(mode, "mode"));
    }

    /** As {@link #configure}, but changes only the capacity: a mode set meanwhile stays. */
    public void setCapacity(int capacity) {
        Stages.await(setCapacityAsync(capacity));
    }

    /** {@link #setCapacity} without waiting. */
    public CompletionStage<Void> setCapacityAsync(int capacity) {
        Room.checkCapacity(capacity);
        return change(capacity, null);
    }

    /** As {@link #configure}, but changes only the mode: a capacity set meanwhile stays. */
    public void setMode(Room.Mode mode) {
        Stages.await(setModeAsync(mode));
    }

    /** {@link #setMode} without waiting. */
    public CompletionStage<Void> setModeAsync(Room.Mode mode) {
        return change(null, Objects.requireNonNull(mode, "mode"));
    }

    private CompletionStage<Void> change(@Nullable Integer capacity, Room.@Nullable Mode mode) {
        return store.configure(capacity, mode)
                .thenCompose(unused -> {
                    refresh.configured();
                    return refresh.refreshAnew();
                })
                .thenAccept(unused -> {});
    }

    /**
     * Returns the room's figures, no older than two refreshes. While the store is away it returns the last figures,
     * whose time is {@link RoomSnapshot#storeMicros}, or null if there are none. Reading them does not keep the room
     * in use: in an idle room it asks the store, and the room stays idle.
     */
    public @Nullable RoomSnapshot snapshot() {
        return Stages.await(snapshotAsync());
    }

    /** {@link #snapshot} without waiting. */
    public CompletionStage<@Nullable RoomSnapshot> snapshotAsync() {
        return refresh.look().thenApply(view -> view == null ? null : view.snapshot());
    }
}
