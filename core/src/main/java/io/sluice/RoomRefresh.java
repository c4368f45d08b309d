package io.sluice;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one gateway's view of a room young: calls the store once a refresh, however many visitors poll, as long as the
 * room is in use, and hands in whom this gateway has heard from.
 */
final class RoomRefresh {

    private static final Logger log = LoggerFactory.getLogger(RoomRefresh.class);

    private final RoomStore store;
    private final TimeSource time;
    private final Duration interval;
    private final long staleNanos;
    private final long idleNanos;
    private final String roomName;

    private final SightingLog sightings = new SightingLog();
    private final TicketBook tickets = new TicketBook();
    /** Stays that ended before their time: number to when it would have ended, so that their passes are refused. */
    private final Map<Long, Long> freed = new ConcurrentHashMap<>();

    /** The refresh under way; empty while the room is idle. */
    private final AtomicReference<@Nullable CompletableFuture<@Nullable RoomView>> underWay = new AtomicReference<>();

    private volatile @Nullable RoomView view;
    private volatile long lastUseNanos;
    private final AtomicBoolean looping = new AtomicBoolean();

    RoomRefresh(Room room, RoomStore store, TimeSource time) {
        this.store = store;
        this.time = time;
        this.roomName = room.name();
        this.interval = room.refresh();
        this.staleNanos = interval.toNanos() * 2;
        // A visitor who waits polls more often than this.
        this.idleNanos = room.patience().toNanos();
    }

    SightingLog sightings() {
        return sightings;
    }

    TicketBook tickets() {
        return tickets;
    }

    /** Returns how often the store has lost something, as last known. */
    int lives() {
        RoomView current = view;
        return current == null ? 0 : current.snapshot().lives();
    }

    Map<Long, Long> freed() {
        return freed;
    }

    /** Returns the view if it is young, and keeps the refreshes going; null if the store has to be asked. */
    @Nullable
    RoomView youngView(long nowNanos) {
        if (nowNanos - lastUseNanos > staleNanos || !looping.get()) {
            lastUseNanos = nowNanos;
        }
        RoomView current = view;
        return current != null && !isStale(current, nowNanos) && looping.get() ? current : null;
    }

    /** Returns the view if it is young, else asks the store, as {@link #refresh} does. */
    CompletionStage<@Nullable RoomView> view() {
        RoomView young = youngView(time.nanoTime());
        return young == null ? refresh() : CompletableFuture.completedFuture(young);
    }

    /** Returns the store's time, as well as this gateway knows it. */
    long storeMicros() {
        RoomView current = view;
        return current == null ? time.epochMicros() : current.storeMicros(time.nanoTime());
    }

    boolean isStale(RoomView current, long nowNanos) {
        return nowNanos - current.receivedNanos() > staleNanos;
    }

    /**
     * Asks the store now. Completes with the last view there is, or null, if the store does not answer; exceptionally
     * only if the backend is closed.
     */
    CompletionStage<@Nullable RoomView> refresh() {
        CompletableFuture<@Nullable RoomView> mine = new CompletableFuture<>();
        CompletableFuture<@Nullable RoomView> other = underWay.compareAndExchange(null, mine);
        if (other != null) {
            return other;
        }
        RoomView before = view;
        Sightings seen = sightings.drain(before == null ? -1 : before.snapshot().revision(), tickets.drain());
        store.advance(seen).whenComplete((snapshot, failure) -> {
            if (failure != null) {
                log.debug("Room {} could not be refreshed", roomName, failure);
                sightings.restore(seen);
                tickets.restore(seen.tickets());
            } else {
                take(snapshot);
            }
            underWay.set(null);
            if (failure instanceof IllegalStateException) {
                mine.completeExceptionally(failure);
            } else {
                startLoop();
                mine.complete(view);
            }
        });
        return mine;
    }

    private void take(RoomSnapshot snapshot) {
        freed.putAll(snapshot.freed());
        freed.values().removeIf(untilMicros -> untilMicros <= snapshot.storeMicros());
        tickets.answered(snapshot);
        RoomView before = view;
        RoomView after = new RoomView(snapshot, time.nanoTime());
        if (before != null) {
            // The snapshot cannot say of those who were called out of turn that they do not wait.
            before.places().forEach((visitor, place) -> {
                if (place.state() == Place.State.INSIDE && place.number() > snapshot.served()) {
                    after.places().put(visitor, place);
                }
            });
        }
        view = after;
    }

    private void startLoop() {
        if (looping.compareAndSet(false, true)) {
            scheduleTick();
        }
    }

    private void tick() {
        if (time.nanoTime() - lastUseNanos > idleNanos) {
            looping.set(false);
            return;
        }
        scheduleTick();
        refresh();
    }

    private void scheduleTick() {
        try {
            time.schedule(this::tick, interval);
        } catch (RejectedExecutionException e) {
            log.debug("Room {} is no longer refreshed: the backend was closed", roomName);
            looping.set(false);
        }
    }
}
