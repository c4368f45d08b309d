package io.sluice;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The admission queue: lets so many visitors in at once, and the others in their order as places become free.
 *
 * <p>Safe for use by many threads. All waiting rooms of one name on one backend are one room; each gateway makes its
 * own.
 *
 * <table>
 * <caption>Methods</caption>
 * <tr><th></th><th>store calls</th><th>answers</th><th>throws {@link AdmissionException}</th></tr>
 * <tr><td>{@link #join}, {@link #admit}</td><td>1</td><td>when the store does</td><td>CLOSED</td></tr>
 * <tr><td>{@link #status}</td><td>0 for whoever waits or has been called</td><td>at once</td><td>INVALID_TOKEN</td></tr>
 * <tr><td>{@link #enter}</td><td>1, and 1 a refresh while held</td><td>within {@link Room#enterWait}</td>
 *   <td>INVALID_TOKEN, FOREIGN_TICKET, NOT_READY, NO_PLACE_YET, CLOSED</td></tr>
 * <tr><td>{@link #verify}</td><td>0</td><td>at once</td><td>never</td></tr>
 * <tr><td>{@link #find}</td><td>0 or 1</td><td>when the store does</td><td>never</td></tr>
 * <tr><td>{@link #renew}, {@link #leave}</td><td>1</td><td>when the store does</td><td>{@code renew}: NOT_READY</td></tr>
 * </table>
 *
 * <p>The methods without {@code Async} wait for the answer on the calling thread; with a {@link LocalBackend} it is
 * there at once, except for a held {@code enter}. Visitors are named by the caller: a user id, or whatever stays the
 * same for one visitor; never null or empty.
 */
public final class WaitingRoom {

    private static final long VISITORS_REMEMBERED = 100_000;
    private static final Duration CLOSED_RETRY_AFTER = Duration.ofSeconds(30);
    /** Well under the lease of a knock. */
    private static final long LONGEST_KNOCK_INTERVAL_NANOS = 500_000_000;

    private static final Duration LONGEST_ETA = Duration.ofDays(1);
    private static final long TICKET_LIFETIME_MICROS = TimeUnit.NANOSECONDS.toMicros(Room.TICKET_LIFETIME.toNanos());

    private final Room room;
    private final RoomStore store;
    private final Signer signer;
    private final TimeSource time;
    private final RoomRefresh refresh;
    private final Pacing pacing;
    private final byte[] nameBytes;
    private final int roomId;
    private final long knockIntervalNanos;

    /** Who is inside, for visitors who bring no pass. */
    private final Cache<Long, Place> insideByVisitor =
            Caffeine.newBuilder().maximumSize(VISITORS_REMEMBERED).build();

    private WaitingRoom(Room room, Backend backend, Signer signer) {
        this.room = room;
        this.store = backend.room(room);
        this.signer = signer;
        this.time = backend.time();
        this.refresh = new RoomRefresh(room, store, time);
        this.pacing = new Pacing(room.patience());
        this.nameBytes = room.name().getBytes(StandardCharsets.UTF_8);
        this.roomId = Token.roomId(nameBytes);
        this.knockIntervalNanos = Math.min(room.refresh().toNanos(), LONGEST_KNOCK_INTERVAL_NANOS);
    }

    /**
     * Opens a waiting room.
     *
     * @throws IllegalArgumentException if the backend has a room of this name with another policy
     */
    public static WaitingRoom of(Room room, Backend backend, Signer signer) {
        return new WaitingRoom(
                Objects.requireNonNull(room, "room"),
                Objects.requireNonNull(backend, "backend"),
                Objects.requireNonNull(signer, "signer"));
    }

    /** Returns the policy this room was opened with. */
    public Room room() {
        return room;
    }

    /**
     * Tells whether a token claims to be of this room, so that a caller with several rooms finds the right one.
     * Verifies nothing.
     */
    public boolean claims(String token) {
        Integer claimed = Token.claimedRoomId(Objects.requireNonNull(token, "token"));
        return claimed != null && claimed == roomId;
    }

    /**
     * Tells whether a token is a ticket or a pass that this room gave to this visitor, whatever has become of the place
     * since. Asks no store.
     */
    public boolean gave(String visitor, String token) {
        long hash = hash(visitor);
        Token ticket = verify(token, Token.Purpose.TICKET);
        Token given = ticket == null ? verify(token, Token.Purpose.PASS) : ticket;
        return given != null && given.visitor() == hash;
    }

    /**
     * Gives a visitor a place in the queue. Idempotent: a visitor who has a place, waiting or inside, gets the same
     * one.
     */
    public Ticket join(String visitor) {
        return Stages.await(joinAsync(visitor));
    }

    /** {@link #join} without waiting. */
    public CompletionStage<Ticket> joinAsync(String visitor) {
        return joinAsync(visitor, false);
    }

    /**
     * Lets a visitor in if a place is free and nobody waits for it; otherwise the same as {@link #join}. The ticket of
     * a visitor who is inside has a {@link Ticket#pass pass}.
     */
    public Ticket admit(String visitor) {
        return Stages.await(admitAsync(visitor));
    }

    /** {@link #admit} without waiting. */
    public CompletionStage<Ticket> admitAsync(String visitor) {
        return joinAsync(visitor, true);
    }

    private CompletionStage<Ticket> joinAsync(String visitor, boolean straightIn) {
        long hash = hash(visitor);
        return store.join(hash, straightIn).thenCompose(place -> {
            if (place.state() == Place.State.CLOSED) {
                return CompletableFuture.failedFuture(closed());
            }
            return view().thenApply(view -> ticket(place, hash, view));
        });
    }

    private Ticket ticket(Place place, long visitor, @Nullable RoomView view) {
        Token token = new Token(Token.Purpose.TICKET, place.epoch(), place.number(), visitor, refresh.storeMicros());
        remember(visitor, place, view);
        return new Ticket(sign(token), standing(token, place, view), pass(place, visitor));
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
        Token ticket = verify(ticketToken, Token.Purpose.TICKET);
        if (ticket == null) {
            return CompletableFuture.failedFuture(invalidToken());
        }
        RoomView young = refresh.youngView(time.nanoTime());
        if (young != null) {
            return standing(ticket, young);
        }
        return refresh.refresh().thenCompose(view -> standing(ticket, view));
    }

    private CompletionStage<Standing> standing(Token ticket, @Nullable RoomView view) {
        if (view == null) {
            return CompletableFuture.completedFuture(queued(ticket, null));
        }
        RoomSnapshot snapshot = view.snapshot();
        if (ticket.epoch() != snapshot.epoch()) {
            return CompletableFuture.completedFuture(expired());
        }
        Place known = known(ticket, view);
        if (known != null && known.state() != Place.State.WAITING) {
            return CompletableFuture.completedFuture(standing(ticket, known, view));
        }
        if (ticket.number() > snapshot.served()) {
            return CompletableFuture.completedFuture(queued(ticket, view));
        }
        if (snapshot.isCalled(ticket.number())) {
            return CompletableFuture.completedFuture(ready(ticket, view));
        }
        if (known != null) {
            return CompletableFuture.completedFuture(standing(ticket, known, view));
        }
        // Called, and no longer in the list of claims: inside, over, or passed over while silent. Only the store knows.
        return store.find(ticket.visitor()).handle((found, failure) -> {
            if (failure != null) {
                return queued(ticket, null);
            }
            Place place = found.state() == Place.State.NONE ? gone(found, ticket.number()) : found;
            remember(ticket.visitor(), place, view);
            return standing(ticket, place, view);
        });
    }

    /** Returns what the store has said since the last refresh, if it still says anything of this ticket. */
    private @Nullable Place known(Token ticket, RoomView view) {
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

    private static Place gone(Place place, long number) {
        return new Place(Place.State.NONE, place.epoch(), number, 0);
    }

    private Standing standing(Token ticket, Place place, @Nullable RoomView view) {
        if (place.number() != ticket.number()) {
            return expired();
        }
        return switch (place.state()) {
            case WAITING ->
                view != null && view.snapshot().isCalled(ticket.number()) ? ready(ticket, view) : queued(ticket, view);
            case CALLED -> ready(ticket, view);
            case INSIDE -> new Standing(Standing.State.USED, 0, Duration.ZERO, pacing.longest(), null, false);
            case NONE, CLOSED -> expired();
        };
    }

    private Standing queued(Token ticket, @Nullable RoomView view) {
        refresh.sightings().alive(ticket.number());
        if (view == null || refresh.isStale(view, time.nanoTime())) {
            return new Standing(Standing.State.QUEUED, 0, null, pacing.pollAfter(null), null, true);
        }
        if (ticket.micros() + TICKET_LIFETIME_MICROS <= refresh.storeMicros()) {
            return expired();
        }
        // Who was passed over and is back is next: the late lane is called before the cursor moves on.
        long position = Math.max(1, ticket.number() - view.snapshot().served());
        double perSecond = view.snapshot().cursorPerSecond();
        Duration eta = null;
        if (perSecond * LONGEST_ETA.toSeconds() > position) {
            eta = Duration.ofMillis((long) (position / perSecond * 1000));
        }
        return new Standing(Standing.State.QUEUED, position, eta, pacing.pollAfter(eta), null, false);
    }

    private Standing ready(Token ticket, @Nullable RoomView view) {
        refresh.sightings().alive(ticket.number());
        refresh.sightings().ready(ticket.number());
        boolean holding = view == null || refresh.isStale(view, time.nanoTime());
        Token gate =
                new Token(Token.Purpose.GATE, ticket.epoch(), ticket.number(), ticket.visitor(), refresh.storeMicros());
        return new Standing(
                Standing.State.READY, 0, Duration.ZERO, pacing.pollAfter(Duration.ZERO), sign(gate), holding);
    }

    private Standing expired() {
        return new Standing(Standing.State.EXPIRED, 0, null, pacing.longest(), null, false);
    }

    /**
     * Lets a called visitor in. If no place is free yet, the answer is held until one is, at most for {@link
     * Room#enterWait}; the claim does not run meanwhile. Repeating it while inside gives the pass again.
     *
     * @param visitor who asks
     * @param ticketToken the visitor's ticket
     * @param gateToken from the {@link Standing} that said READY
     */
    public Pass enter(String visitor, String ticketToken, String gateToken) {
        return Stages.await(enterAsync(visitor, ticketToken, gateToken));
    }

    /** {@link #enter} without waiting. */
    public CompletionStage<Pass> enterAsync(String visitor, String ticketToken, String gateToken) {
        long hash = hash(visitor);
        Token ticket = verify(ticketToken, Token.Purpose.TICKET);
        Token gate = verify(gateToken, Token.Purpose.GATE);
        if (ticket != null && ticket.visitor() != hash) {
            return CompletableFuture.failedFuture(new AdmissionException(
                    AdmissionException.Reason.FOREIGN_TICKET,
                    "This ticket belongs to another visitor",
                    null,
                    Duration.ZERO));
        }
        if (ticket == null
                || gate == null
                || gate.visitor() != hash
                || gate.number() != ticket.number()
                || gate.epoch() != ticket.epoch()) {
            return CompletableFuture.failedFuture(invalidToken());
        }
        return enter(ticket, time.nanoTime() + room.enterWait().toNanos());
    }

    private CompletionStage<Pass> enter(Token ticket, long deadlineNanos) {
        return store.enter(ticket.number(), ticket.visitor()).thenCompose(place -> {
            if (place.state() == Place.State.INSIDE && place.epoch() == ticket.epoch()) {
                Pass pass = pass(place, ticket.visitor());
                return view().thenApply(view -> {
                    remember(ticket.visitor(), place, view);
                    return pass;
                });
            }
            long leftNanos = deadlineNanos - time.nanoTime();
            if (place.state() == Place.State.CALLED && leftNanos > 0) {
                return knockAgain(ticket, deadlineNanos, Math.min(leftNanos, knockIntervalNanos));
            }
            return view().thenCompose(view -> CompletableFuture.failedFuture(refusal(ticket, place, view)));
        });
    }

    private CompletionStage<Pass> knockAgain(Token ticket, long deadlineNanos, long delayNanos) {
        CompletableFuture<CompletionStage<Pass>> later = new CompletableFuture<>();
        time.schedule(() -> later.complete(enter(ticket, deadlineNanos)), Duration.ofNanos(delayNanos));
        return later.thenCompose(Function.identity());
    }

    private AdmissionException refusal(Token ticket, Place place, @Nullable RoomView view) {
        if (place.state() == Place.State.CLOSED) {
            return closed();
        }
        Standing standing = place.epoch() == ticket.epoch() ? standing(ticket, place, view) : expired();
        if (standing.state() == Standing.State.READY) {
            return new AdmissionException(
                    AdmissionException.Reason.NO_PLACE_YET,
                    "No place became free in time; the claim stands",
                    standing,
                    room.refresh());
        }
        return new AdmissionException(
                AdmissionException.Reason.NOT_READY,
                "The ticket is " + standing.state() + ", not READY",
                standing,
                standing.pollAfter());
    }

    /**
     * Returns the pass if it is good for this visitor and room: signed, not expired, and its place not given up as far
     * as this gateway knows (it learns of it within a refresh). Otherwise null. Asks no store.
     */
    public @Nullable Pass verify(String visitor, String passToken) {
        long hash = hash(visitor);
        Token token = verify(passToken, Token.Purpose.PASS);
        long nowNanos = time.nanoTime();
        RoomView view = refresh.youngView(nowNanos);
        if (view == null) {
            // Nothing here waits for it; it is so that places given up elsewhere become known here.
            refresh.refresh();
        }
        if (token == null
                || token.visitor() != hash
                || token.micros() <= refresh.storeMicros()
                || refresh.freed().containsKey(token.number())) {
            return null;
        }
        return new Pass(passToken, instant(token.micros()));
    }

    /** Returns how long a pass is still good by the backend's clock; zero if it has ended. */
    public Duration remaining(Pass pass) {
        Duration left = Duration.between(instant(refresh.storeMicros()), pass.expiresAt());
        return left.isNegative() ? Duration.ZERO : left;
    }

    /** Returns the pass of a visitor who is inside, or null; for visitors who bring none. */
    public @Nullable Pass find(String visitor) {
        return Stages.await(findAsync(visitor));
    }

    /** {@link #find} without waiting. */
    public CompletionStage<@Nullable Pass> findAsync(String visitor) {
        long hash = hash(visitor);
        Place inside = insideByVisitor.getIfPresent(hash);
        if (inside != null && isInside(inside)) {
            return CompletableFuture.completedFuture(pass(inside, hash));
        }
        return view().thenCompose(view -> {
            Place known = view == null ? null : view.places().get(hash);
            if (known != null && known.state() != Place.State.INSIDE) {
                return CompletableFuture.completedFuture(null);
            }
            return store.find(hash).thenApply(place -> {
                remember(hash, place, view);
                return pass(place, hash);
            });
        });
    }

    /**
     * Starts the stay of a visitor anew, if the room is {@link Room#renewable}; otherwise returns the pass as it is.
     */
    public Pass renew(String visitor) {
        return Stages.await(renewAsync(visitor));
    }

    /** {@link #renew} without waiting. */
    public CompletionStage<Pass> renewAsync(String visitor) {
        long hash = hash(visitor);
        return store.renew(RoomStore.ANY_NUMBER, hash).thenCompose(place -> {
            Pass pass = pass(place, hash);
            if (pass == null) {
                return CompletableFuture.failedFuture(new AdmissionException(
                        AdmissionException.Reason.NOT_READY, "The visitor is not inside", null, Duration.ZERO));
            }
            insideByVisitor.put(hash, place);
            return CompletableFuture.completedFuture(pass);
        });
    }

    /** Gives up a visitor's place, waiting or inside. Without a place it has no effect. */
    public void leave(String visitor) {
        Stages.await(leaveAsync(visitor));
    }

    /** {@link #leave} without waiting. */
    public CompletionStage<Void> leaveAsync(String visitor) {
        return leave(RoomStore.ANY_NUMBER, hash(visitor));
    }

    /** Gives up the place that a ticket stands for, waiting or inside. If it is gone it has no effect. */
    public void leaveTicket(String ticketToken) {
        Stages.await(leaveTicketAsync(ticketToken));
    }

    /** {@link #leaveTicket} without waiting. */
    public CompletionStage<Void> leaveTicketAsync(String ticketToken) {
        Token ticket = verify(ticketToken, Token.Purpose.TICKET);
        if (ticket == null) {
            return CompletableFuture.failedFuture(invalidToken());
        }
        return leave(ticket.number(), ticket.visitor());
    }

    private CompletionStage<Void> leave(long number, long visitor) {
        return store.leave(number, visitor)
                .thenCompose(place -> view().thenAccept(view -> {
                    if (place.state() == Place.State.INSIDE) {
                        refresh.freed().put(place.number(), place.untilMicros());
                    }
                    if (place.state() != Place.State.NONE) {
                        remember(visitor, gone(place, place.number()), view);
                    }
                }));
    }

    /**
     * Changes capacity and mode while the room runs, on all gateways. Lowering the capacity puts nobody out.
     *
     * @throws IllegalArgumentException if the capacity is out of {@link Room}'s range
     */
    public void configure(int capacity, Room.Mode mode) {
        Room.checkCapacity(capacity);
        Stages.await(store.configure(capacity, Objects.requireNonNull(mode, "mode")));
    }

    /** Returns the room's figures, as young as a refresh; null while the backend has never answered. */
    public @Nullable RoomSnapshot snapshot() {
        RoomView view = Stages.await(view());
        return view == null ? null : view.snapshot();
    }

    private CompletionStage<@Nullable RoomView> view() {
        RoomView young = refresh.youngView(time.nanoTime());
        return young == null ? refresh.refresh() : CompletableFuture.completedFuture(young);
    }

    /** Keeps what the store has just said, so that this gateway does not answer by an older snapshot. */
    private void remember(long visitor, Place place, @Nullable RoomView view) {
        if (view != null) {
            view.places().put(visitor, place);
        }
        if (place.state() == Place.State.INSIDE) {
            insideByVisitor.put(visitor, place);
        } else {
            insideByVisitor.invalidate(visitor);
        }
    }

    private @Nullable Pass pass(Place place, long visitor) {
        if (place.state() != Place.State.INSIDE) {
            return null;
        }
        Token token = new Token(Token.Purpose.PASS, place.epoch(), place.number(), visitor, place.untilMicros());
        return new Pass(sign(token), instant(place.untilMicros()));
    }

    private String sign(Token token) {
        return token.sign(signer, nameBytes, roomId);
    }

    private @Nullable Token verify(String text, Token.Purpose purpose) {
        return Token.verify(Objects.requireNonNull(text, "token"), purpose, signer, nameBytes);
    }

    private long hash(String visitor) {
        if (Objects.requireNonNull(visitor, "visitor").isEmpty()) {
            throw new IllegalArgumentException("A visitor's name is not empty");
        }
        return signer.visitor(visitor);
    }

    private static Instant instant(long epochMicros) {
        return Instant.EPOCH.plus(epochMicros, ChronoUnit.MICROS);
    }

    private static AdmissionException invalidToken() {
        return new AdmissionException(
                AdmissionException.Reason.INVALID_TOKEN, "The token is not one of this room", null, Duration.ZERO);
    }

    private static AdmissionException closed() {
        return new AdmissionException(AdmissionException.Reason.CLOSED, "The room is closed", null, CLOSED_RETRY_AFTER);
    }
}
