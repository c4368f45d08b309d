package io.sluice;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A store that answers what a test says. */
final class RoomAsTold implements RoomStore {

    private final TimeSource time;

    int epoch = 1;
    long served;
    long[] called = {};
    int lives;
    Map<Sightings.HeldTicket, Long> numbers = Map.of();

    /** Answers to {@code enter}, {@code find} and {@code leave}. */
    Supplier<CompletionStage<Place>> answer = CompletableFuture::new;

    /** The visitors asked about by {@code enter} and {@code find}. */
    final List<Long> asked = new ArrayList<>();

    /** The numbers given up. */
    final List<Long> left = new ArrayList<>();

    final List<Sightings> handedIn = new ArrayList<>();

    /** Holds back the snapshots taken from now on. */
    CompletableFuture<Void> snapshotsArrive = CompletableFuture.completedFuture(null);

    RoomAsTold(TimeSource time) {
        this.time = time;
    }

    Place place(Place.State state, long number) {
        return new Place(state, epoch, number, 0);
    }

    void answers(Place place) {
        answer = () -> CompletableFuture.completedFuture(place);
    }

    RoomSnapshot snapshot() {
        return RoomSnapshot.ofEpoch(epoch)
                .storeMicros(time.epochMicros())
                .issued(1_000)
                .served(served)
                .capacity(1)
                .called(called)
                .lives(lives)
                .numbers(numbers)
                .build();
    }

    private CompletionStage<Place> asking(long visitor) {
        asked.add(visitor);
        return answer.get();
    }

    @Override
    public CompletionStage<Place> find(long visitor) {
        return asking(visitor);
    }

    @Override
    public CompletionStage<Place> enter(long number, long visitor) {
        return asking(visitor);
    }

    @Override
    public CompletionStage<RoomSnapshot> advance(Sightings sightings) {
        handedIn.add(sightings);
        RoomSnapshot now = snapshot();
        return snapshotsArrive.thenApply(unused -> now);
    }

    @Override
    public CompletionStage<Place> join(long visitor, boolean straightIn) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Place> call(long number, long visitor) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Place> renew(long number, long visitor) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Place> leave(long number, long visitor) {
        left.add(number);
        return answer.get();
    }

    @Override
    public CompletionStage<Void> configure(@Nullable Integer capacity, Room.@Nullable Mode mode) {
        throw new UnsupportedOperationException();
    }
}
