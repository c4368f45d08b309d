package io.sluice;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one gateway's view of a room young. While the room is in use it calls the store once a refresh, however many
 * visitors poll, and hands in the visitors it has heard from.
 */
final class RoomRefresh {

    /*
     * WHAT IS HANDED IN WHEN. The store must soon hear of called visitors and of those the cursor has passed: claims
     * and places depend on it. Of visitors ahead of the cursor it only needs to know, when their turn comes, that
     * they have polled within the patience. Their bitmap is as long as the room (a million visitors: 125 kB) and
     * would be most of the cost of a refresh. So it goes out once in a twelfth of the patience: with a patience of
     * 60 s every 5 s instead of five times a second. Nobody is taken for dead by that: a visitor who polls as told
     * and loses a poll is silent for at most 2 ÷ 2.5 = 0.80 of the patience (Pacing only shortens), and a twelfth
     * more makes 0.88. A gateway that dies loses what it has heard in that time.
     */
    private static final int HAND_INS_PER_PATIENCE = 12;

    /** Refreshes may come that late, or two and a half intervals after one another. */
    private static final Duration SHORTEST_STANDSTILL = Duration.ofSeconds(1);

    /*
     * WHAT A SNAPSHOT DOES NOT KNOW. An answer may be on the way while visitors leave and enter. At t = 0 the store
     * is asked and finds number 7 called, at 5 ms it takes 7's leave, at 10 ms the snapshot is here and still has 7
     * among the claims. So what the store has said of single visitors since it was asked may be newer than the
     * snapshot, and is kept beside it until the next one. What it said before, the snapshot knows.
     */

    private static final Logger log = LoggerFactory.getLogger(RoomRefresh.class);

    private final RoomStore store;
    private final TimeSource time;
    private final Duration interval;
    private final long staleNanos;
    private final long idleNanos;
    private final long handInNanos;
    private final long shortestStandstillNanos;
    private final String roomName;

    private final SightingLog sightings = new SightingLog();
    private final TicketBook tickets;
    private final EndedPasses endedPasses;

    /** The places of single visitors, by visitor, as the store has told them since the last refresh went out. */
    private volatile Map<Long, Place> heard = new ConcurrentHashMap<>();

    /** The refresh under way; empty while the room is idle. */
    private final AtomicReference<@Nullable CompletableFuture<@Nullable RoomView>> underWay = new AtomicReference<>();

    // Read and written only by the owner of the refresh under way.
    private boolean handInIsDue = true;
    private long handedInNanos;
    private boolean warned;

    private volatile @Nullable RoomView view;
    /** The policy to compare the first snapshot with; null once compared, or once the room was configured here. */
    private volatile @Nullable Room opened;

    private volatile long lastUseNanos;
    /** When the store failed to answer; null once it has answered. */
    private volatile @Nullable Long failedNanos;

    private final AtomicBoolean looping = new AtomicBoolean();

    /** When the next tick was scheduled; read and written only by the owner of the loop. */
    private long scheduledNanos;

    RoomRefresh(Room room, RoomStore store, TimeSource time) {
        this.store = store;
        this.time = time;
        this.roomName = room.name();
        this.opened = room;
        this.endedPasses = new EndedPasses(room, time);
        this.tickets = new TicketBook(TimeUnit.MICROSECONDS.convert(room.patience()));
        this.interval = room.refresh();
        this.staleNanos = interval.toNanos() * 2;
        // A waiting visitor polls more often than this.
        this.idleNanos = room.patience().toNanos();
        this.lastUseNanos = time.nanoTime() - idleNanos;
        this.handInNanos = room.patience().toNanos() / HAND_INS_PER_PATIENCE;
        this.shortestStandstillNanos = shortestStandstill(room).toNanos();
    }

    /** Returns how long at least the refreshes go on after the store has heard from a visitor. */
    static Duration leastAfterSignOfLife(Room room) {
        // They go on for the patience after the last use, which is noted as up to two intervals earlier. The store
        // hears of a poll up to a twelfth of the patience and an interval later. The last refresh is up to an interval
        // before the end.
        return room.patience()
                .minus(room.patience().dividedBy(HAND_INS_PER_PATIENCE))
                .minus(room.refresh().multipliedBy(4));
    }

    /** Returns the longest gap between two refreshes of a room in use; in a longer one the process has stood still. */
    static Duration shortestStandstill(Room room) {
        Duration gap = room.refresh().multipliedBy(5).dividedBy(2);
        return gap.compareTo(SHORTEST_STANDSTILL) > 0 ? gap : SHORTEST_STANDSTILL;
    }

    SightingLog sightings() {
        return sightings;
    }

    TicketBook tickets() {
        return tickets;
    }

    EndedPasses endedPasses() {
        return endedPasses;
    }

    /** Returns how often the store has lost something, as last known. */
    int lives() {
        RoomView current = view;
        return current == null ? 0 : current.snapshot().lives();
    }

    /** Notes where the store says a visitor is, until a refresh that goes out after this has been answered. */
    void found(long visitor, Place place) {
        // In this order: a view that comes in between takes this map as its own.
        heard.put(visitor, place);
        RoomView current = view;
        if (current != null) {
            current.places().put(visitor, place);
        }
    }

    /**
     * Returns the view if it is young; otherwise asks the store, as {@link #refresh} does. But if the store has just
     * failed to answer, returns the last view: a failing refresh takes out and restores all sightings, and polls in
     * an outage must not repeat that. The next refresh is due within an interval.
     */
    CompletionStage<@Nullable RoomView> view() {
        long nowNanos = time.nanoTime();
        RoomView young = youngView(nowNanos);
        if (young != null) {
            return CompletableFuture.completedFuture(young);
        }
        return hasJustFailed(nowNanos) ? CompletableFuture.completedFuture(view) : refresh();
    }

    /** As {@link #view}, but reading the figures does not count as use of the room: no refreshes follow. */
    CompletionStage<@Nullable RoomView> look() {
        long nowNanos = time.nanoTime();
        RoomView current = view;
        boolean suffices = current != null && !isStale(current, nowNanos);
        return suffices || hasJustFailed(nowNanos) ? CompletableFuture.completedFuture(current) : refresh();
    }

    /** Tells whether the store failed to answer the last time it was asked. */
    boolean isAway() {
        return failedNanos != null;
    }

    private boolean hasJustFailed(long nowNanos) {
        Long failed = failedNanos;
        return failed != null && nowNanos - failed < interval.toNanos();
    }

    /** Returns the view if it is young, otherwise null. Keeps the refreshes going. */
    private @Nullable RoomView youngView(long nowNanos) {
        if (nowNanos - lastUseNanos > staleNanos) {
            lastUseNanos = nowNanos;
        }
        RoomView current = view;
        return current != null && !isStale(current, nowNanos) && looping.get() ? current : null;
    }

    /** Returns the store's time as this gateway knows it. */
    long storeMicros() {
        RoomView current = view;
        return current == null ? time.epochMicros() : current.storeMicros(time.nanoTime());
    }

    boolean isStale(RoomView current) {
        return isStale(current, time.nanoTime());
    }

    private boolean isStale(RoomView current, long nowNanos) {
        return nowNanos - current.receivedNanos() > staleNanos;
    }

    /**
     * Asks the store now. If it does not answer, completes with the last view, or null if there is none. Completes
     * exceptionally only if the backend is closed.
     */
    CompletionStage<@Nullable RoomView> refresh() {
        CompletableFuture<@Nullable RoomView> mine = new CompletableFuture<>();
        CompletableFuture<@Nullable RoomView> other = underWay.compareAndExchange(null, mine);
        if (other != null) {
            return other;
        }
        // What is thrown is an answer, too, or this refresh would stay under way and everybody would wait for it.
        Stages.of(this::advance).whenComplete((unused, failure) -> end(mine, failure));
        return mine;
    }

    private CompletionStage<Void> advance() {
        Sightings seen = drain(view);
        heard = new ConcurrentHashMap<>();
        return Stages.of(() -> store.advance(seen)).thenAccept(this::take).whenComplete((unused, failure) -> {
            if (failure != null) {
                sightings.restore(seen);
                tickets.restore(seen.tickets());
            }
        });
    }

    private void end(CompletableFuture<@Nullable RoomView> mine, @Nullable Throwable failure) {
        if (failure == null) {
            failedNanos = null;
            warned = false;
        } else {
            noteFailure(Stages.cause(failure));
        }
        underWay.set(null);
        if (failure != null && Retry.isOfAClosedBackend(failure)) {
            mine.completeExceptionally(Stages.cause(failure));
        } else {
            startLoop();
            mine.complete(view);
        }
    }

    /** Warns of the first of a row of failures that neither an outage nor a closed backend explains. */
    private void noteFailure(Throwable failure) {
        handInIsDue = true;
        boolean closed = Retry.isOfAClosedBackend(failure);
        failedNanos = closed ? null : time.nanoTime();
        if (closed || failure instanceof StoreUnavailableException || warned) {
            log.debug("Room {} could not be refreshed", roomName, failure);
        } else {
            warned = true;
            log.warn("Room {} could not be refreshed; further failures are logged at DEBUG", roomName, failure);
        }
    }

    /** As {@link #refresh}, but goes out after this call, so that the view knows what the store was told before. */
    CompletionStage<@Nullable RoomView> refreshAnew() {
        CompletableFuture<@Nullable RoomView> other = underWay.get();
        return other == null ? refresh() : other.thenCompose(unused -> refresh());
    }

    private Sightings drain(@Nullable RoomView before) {
        List<Sightings.HeldTicket> asked = tickets.drain();
        if (before == null) {
            return sightings.drain(Long.MAX_VALUE, 0, -1, asked);
        }
        long nowNanos = time.nanoTime();
        RoomSnapshot snapshot = before.snapshot();
        long throughNumber = snapshot.highestCalled();
        if (handInIsDue || nowNanos - handedInNanos >= handInNanos) {
            handInIsDue = false;
            handedInNanos = nowNanos;
            throughNumber = Long.MAX_VALUE;
        }
        return sightings.drain(throughNumber, snapshot.epoch(), snapshot.revision(), asked);
    }

    /** Notes that the room was configured here: its capacity and mode need not be those it was opened with. */
    void configured() {
        opened = null;
    }

    private void take(RoomSnapshot snapshot) {
        warnOfWhatIsNotAsOpened(snapshot);
        endedPasses.take(snapshot);
        tickets.answered(snapshot);
        RoomView before = view;
        view = new RoomView(snapshot, time.nanoTime(), heard);
        if (before != null && before.snapshot().epoch() != snapshot.epoch()) {
            // What has been noted since the refresh went out are numbers of the room before.
            sightings.clear();
        }
    }

    /** Warns if the room has other values than it was opened with: one that the store has already keeps its own. */
    private void warnOfWhatIsNotAsOpened(RoomSnapshot snapshot) {
        Room asOpened = opened;
        opened = null;
        if (asOpened != null && (snapshot.capacity() != asOpened.capacity() || snapshot.mode() != asOpened.mode())) {
            log.warn(
                    "Room {} runs already with {}, and keeps that. It is configured here with {}, which is for a room that"
                            + " begins. To change it, POST to the actuator endpoint's rooms/{}, or call"
                            + " WaitingRoom.configure",
                    roomName,
                    text(snapshot.capacity(), snapshot.mode()),
                    text(asOpened.capacity(), asOpened.mode()),
                    roomName);
        }
    }

    private static String text(int capacity, Room.Mode mode) {
        return "capacity " + capacity + ", mode "
                + mode.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private void startLoop() {
        if (looping.compareAndSet(false, true)) {
            scheduleTick();
        }
    }

    private void tick() {
        long nowNanos = time.nanoTime();
        noticeStandstill(nowNanos);
        if (nowNanos - lastUseNanos >= idleNanos) {
            looping.set(false);
            return;
        }
        scheduleTick();
        refresh();
    }

    /** While the process stands still nobody can use the room. So that time is no idleness. */
    private void noticeStandstill(long nowNanos) {
        long gapNanos = nowNanos - scheduledNanos;
        if (gapNanos > shortestStandstillNanos) {
            long idleForNanos = nowNanos - lastUseNanos;
            lastUseNanos = nowNanos - Math.max(idleForNanos - gapNanos, 0);
        }
    }

    private void scheduleTick() {
        scheduledNanos = time.nanoTime();
        try {
            time.schedule(this::tick, interval);
        } catch (RejectedExecutionException e) {
            looping.set(false);
            log.debug("Room {} is no longer refreshed: the backend was closed", roomName);
        } catch (RuntimeException | Error e) {
            looping.set(false);
            log.warn("Room {} is not refreshed until somebody uses it", roomName, e);
        }
    }
}
