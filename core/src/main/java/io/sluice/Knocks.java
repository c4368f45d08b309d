package io.sluice;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Asks the store to let visitors in: once an interval for each visitor, however many requests of the visitor are
 * held for the place. Otherwise a visitor who is called while no place is free could make the gateway ask as often
 * as a client can open requests.
 */
final class Knocks {

    private record Visitor(long number, long hash) {}

    private final RoomStore store;
    private final Cache<Visitor, CompletionStage<Place>> answers;

    /** @param intervalNanos how long the answer that there is no place is good */
    Knocks(RoomStore store, TimeSource time, long intervalNanos) {
        this.store = store;
        this.answers = Caffeine.newBuilder()
                .expireAfterWrite(intervalNanos, TimeUnit.NANOSECONDS)
                .ticker(time::nanoTime)
                .executor(Runnable::run)
                .build();
    }

    /** As {@link RoomStore#enter}, or its answer in this interval. */
    CompletionStage<Place> enter(long number, long visitor) {
        Visitor knocking = new Visitor(number, visitor);
        return keptWhileReady(knocking, answers.get(knocking, unused -> store.enter(number, visitor)));
    }

    /** Asks once more unless an answer is on its way, so that nobody misses a place that has just become free. */
    CompletionStage<Place> enterAtLast(long number, long visitor) {
        Visitor knocking = new Visitor(number, visitor);
        CompletionStage<Place> answer = answers.asMap()
                .compute(
                        knocking,
                        (unused, known) ->
                                known == null || known.toCompletableFuture().isDone()
                                        ? store.enter(number, visitor)
                                        : known);
        return keptWhileReady(knocking, Objects.requireNonNull(answer));
    }

    /** Keeps the answer for other requests if it is that there is no place yet. */
    private CompletionStage<Place> keptWhileReady(Visitor knocking, CompletionStage<Place> answer) {
        return answer.whenComplete((place, failure) -> {
            if (failure != null || place.state() != Place.State.READY) {
                answers.asMap().remove(knocking, answer);
            }
        });
    }
}
