package io.sluice.spring;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request's way through the gates: what it was charged, the rooms it is in, and what it holds until its answer is
 * complete. Used by one thread at a time, except for {@link #share} and {@link #end}.
 *
 * <p>A gate that is asked again gives the same answer. A request is therefore charged once however often a limit is
 * named, and does not wait for a turn that it already has. Where a web stack dispatches it anew after a wait, it can
 * simply start again from the first gate.
 */
final class Passage {

    private static final String ATTRIBUTE = Passage.class.getName();
    private static final Logger log = LoggerFactory.getLogger(Passage.class);

    private static final int FIRST_ERROR = 400;

    private final Map<Object, CompletionStage<Optional<HttpAnswer>>> answers = new HashMap<>();
    private final Charges charges;
    private final List<RoomGate> rooms;
    private final List<RoomGate> leftOnSuccess;
    private boolean handsOutToken;
    private @Nullable List<Runnable> atEnd = new ArrayList<>(1);
    private volatile Map<GuardGate, Turn> turns = Map.of();

    Passage() {
        charges = new Charges();
        rooms = new ArrayList<>(1);
        leftOnSuccess = new ArrayList<>(0);
    }

    /** Begins a further attempt, which keeps all of an earlier one but its turns. */
    private Passage(Passage earlier) {
        charges = earlier.charges;
        rooms = earlier.rooms;
        leftOnSuccess = earlier.leftOnSuccess;
        handsOutToken = earlier.handsOutToken;
        answers.putAll(earlier.answers);
        answers.keySet().removeIf(GuardGate.class::isInstance);
    }

    /**
     * Begins the passage of the request with these attributes. If one has begun, a filter in front tries the request
     * again: that ends the attempt before, whose turns others may have. The further attempt waits for turns of its
     * own, but is not charged again.
     */
    static Passage begin(Map<String, Object> attributes) {
        Passage earlier = find(attributes);
        if (earlier != null) {
            earlier.end();
        }
        Passage begun = earlier == null ? new Passage() : new Passage(earlier);
        attributes.put(ATTRIBUTE, begun);
        return begun;
    }

    static Passage of(GatedCall call) {
        return of(call.attributes());
    }

    /** Returns the passage of the request with these attributes; begins it if that has not been done yet. */
    static Passage of(Map<String, Object> attributes) {
        return (Passage) attributes.computeIfAbsent(ATTRIBUTE, unused -> new Passage());
    }

    /** Returns the passage of the request with these attributes; null if it has not begun. */
    static @Nullable Passage find(Map<String, Object> attributes) {
        return (Passage) attributes.get(ATTRIBUTE);
    }

    /** Asks a gate that this request has not met yet, or returns the gate's earlier answer. */
    CompletionStage<Optional<HttpAnswer>> once(Object gate, Supplier<CompletionStage<Optional<HttpAnswer>>> ask) {
        CompletionStage<Optional<HttpAnswer>> known = answers.get(gate);
        if (known == null) {
            known = ask.get();
            answers.put(gate, known);
        }
        return known;
    }

    /** Forgets the answer of a gate, which was of no consequence: the gate may be asked again. */
    void forget(Object gate) {
        answers.remove(gate);
    }

    Charges charges() {
        return charges;
    }

    void isAt(RoomGate room) {
        rooms.add(room);
    }

    /** Notes that the answer carries what is meant for its visitor alone: a ticket, a pass, or the end of one. */
    void handsOutToken() {
        handsOutToken = true;
    }

    /**
     * Tells whether a header of the answer must be {@link HttpAnswer#NO_STORE}, because a cache would give the
     * visitor's token to others: {@code Cache-Control}, and the headers that some caches obey in its place (RFC 9213),
     * such as {@code CDN-Cache-Control}.
     */
    boolean keepsFromCaches(String header) {
        String name = header.toLowerCase(Locale.ROOT);
        return handsOutToken && (name.endsWith("cache-control") || name.equals("surrogate-control"));
    }

    /** Sets those headers of the answer to {@link HttpAnswer#NO_STORE}, whatever it says of itself. */
    void keepFromCaches(Supplier<? extends Collection<String>> headers, BiConsumer<String, String> setHeader) {
        if (handsOutToken) {
            Stream.concat(Stream.of("Cache-Control"), List.copyOf(headers.get()).stream())
                    .filter(this::keepsFromCaches)
                    .forEach(header -> setHeader.accept(header, HttpAnswer.NO_STORE));
        }
    }

    /** Tells whether the answer may say that the visitor is done. */
    boolean hasRooms() {
        return !rooms.isEmpty();
    }

    /** Frees the place in a room if the answer says that the call has succeeded. */
    void leavesOnSuccess(RoomGate room) {
        leftOnSuccess.add(room);
    }

    /**
     * Notes that the call has not succeeded, whatever the answer's status: a waiting page says it was not worked on.
     */
    void isRefused() {
        leftOnSuccess.clear();
    }

    /** Tells whether {@link #leaveRooms} has something to do. */
    boolean leaves(boolean told, int status) {
        return (told && !rooms.isEmpty()) || (status < FIRST_ERROR && !leftOnSuccess.isEmpty());
    }

    /**
     * Frees the visitor's places, once, if the visitor is done. Must be called before the answer is sent. Never fails.
     *
     * @param told whether a header from behind the gates says that the visitor is done
     * @param status the status of the answer; below 400 it is a success
     */
    CompletionStage<Void> leaveRooms(GatedCall call, boolean told, int status) {
        Set<RoomGate> done = new LinkedHashSet<>(told ? rooms : List.of());
        if (status < FIRST_ERROR) {
            done.addAll(leftOnSuccess);
            leftOnSuccess.clear();
        }
        if (done.isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        CompletableFuture<?>[] left = done.stream()
                .map(room -> room.release(call).toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new);
        return CompletableFuture.allOf(left).exceptionally(failure -> {
            // What the visitor came for is done all the same; the place ends with the stay.
            log.warn("A place could not be freed", failure);
            return null;
        });
    }

    /** Keeps a turn, or the wait for it, until the answer is complete. */
    void holds(GuardGate guard, Turn turn) {
        Map<GuardGate, Turn> more = new HashMap<>(turns);
        more.put(guard, turn);
        turns = more;
        atEnd(turn::giveUp);
    }

    /**
     * Returns the request's turn of a guard, which the caller then holds too; null if the request has none. May be
     * called on any thread.
     */
    @Nullable
    Turn share(GuardGate guard) {
        Turn turn = turns.get(guard);
        return turn != null && turn.share() ? turn : null;
    }

    /** Notes an answer that the request waits for. The answer is cancelled if the client goes before. */
    void waitsFor(CompletableFuture<?> answer) {
        if (!answer.isDone()) {
            atEnd(() -> answer.cancel(false));
        }
    }

    /** Runs an action when the answer is complete or the client has gone; at once if that is so already. */
    void atEnd(Runnable action) {
        synchronized (this) {
            if (atEnd != null) {
                atEnd.add(action);
                return;
            }
        }
        action.run();
    }

    /** Gives back what the request holds or waits for. Repeating it has no effect. */
    void end() {
        List<Runnable> actions;
        synchronized (this) {
            actions = atEnd == null ? List.of() : atEnd;
            atEnd = null;
        }
        actions.forEach(Runnable::run);
    }
}
