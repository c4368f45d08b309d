package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a gateway keeps beside the snapshots of a room, and for how long. */
class RoomRefreshTest {

    private static final long ANN = 11;
    private static final long NUMBER = 9;

    private final FaultyTime time = new FaultyTime();
    private final RoomAsTold store = new RoomAsTold(time);
    private final RoomRefresh refresh =
            new RoomRefresh(Room.named("sale").capacity(1).build(), store, time);

    private RoomSnapshot refreshed() {
        return Objects.requireNonNull(Stages.await(refresh.refreshAnew())).snapshot();
    }

    private Map<Long, Place> known() {
        return Objects.requireNonNull(Stages.await(refresh.view())).places();
    }

    @Test
    void viewAskedForAnewIsNotThatOfTheRefreshUnderWay() {
        CompletableFuture<Void> arrival = new CompletableFuture<>();
        store.snapshotsArrive = arrival;
        refresh.refresh();
        store.served = NUMBER;
        CompletableFuture<RoomSnapshot> anew =
                refresh.refreshAnew().thenApply(RoomView::snapshot).toCompletableFuture();
        store.snapshotsArrive = CompletableFuture.completedFuture(null);
        arrival.complete(null);
        assertThat(anew).isCompletedWithValueMatching(snapshot -> snapshot.served() == NUMBER);
    }

    @Test
    void whatIsFoundWhileARefreshIsUnderWayIsKnownUntilTheOneAfterIt() {
        refreshed();
        CompletableFuture<Void> arrival = new CompletableFuture<>();
        store.snapshotsArrive = arrival;
        refresh.refresh();
        Place place = store.place(Place.State.READY, NUMBER);
        refresh.found(ANN, place);
        assertThat(known()).containsExactly(Map.entry(ANN, place));
        store.snapshotsArrive = CompletableFuture.completedFuture(null);
        arrival.complete(null);
        assertThat(known()).containsExactly(Map.entry(ANN, place));
        refreshed();
        assertThat(known()).isEmpty();
    }

    private Sightings handedIn() {
        return store.handedIn.get(store.handedIn.size() - 1);
    }

    @Test
    void whatWasSeenIsHandedInWithTheEpochOfTheViewThatItWasSeenBy() {
        refreshed();
        assertThat(handedIn().epoch()).as("no view").isZero();
        int epochSeen = store.epoch;
        refresh.sightings().alive(NUMBER);
        store.epoch++;
        refreshed();
        assertThat(handedIn().epoch()).isEqualTo(epochSeen);
        assertThat(handedIn().alive().isEmpty()).isFalse();
    }

    @Test
    void whatIsSeenUntilAnotherRoomShowsIsNotHandedInToIt() {
        refreshed();
        CompletableFuture<Void> arrival = new CompletableFuture<>();
        store.snapshotsArrive = arrival;
        store.epoch++;
        refresh.refresh();
        refresh.sightings().alive(NUMBER);
        refresh.sightings().ready(NUMBER);
        store.snapshotsArrive = CompletableFuture.completedFuture(null);
        arrival.complete(null);
        refreshed();
        assertThat(handedIn().epoch()).isEqualTo(store.epoch);
        assertThat(handedIn().alive().isEmpty()).isTrue();
        assertThat(handedIn().ready()).isEmpty();
    }

    @Test
    void refreshesGoOnWithTheNextUseAfterOneCouldNotBeScheduled() {
        time.beforeScheduling = () -> {
            throw new Error("unable to create native thread");
        };
        refresh.view();
        time.beforeScheduling = () -> {};
        refresh.view();
        assertThat(time.manual.scheduled()).hasSize(1);
    }
}
