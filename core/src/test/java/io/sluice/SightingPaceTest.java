package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** When a gateway hands in whom it has heard from: at a refresh whoever is called, now and then whoever waits. */
class SightingPaceTest {

    private static final Duration REFRESH = Duration.ofMillis(200);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int REFRESHES_PER_HAND_IN = 25;
    private static final int WAITING = 5_000;

    private final ManualTime time = new ManualTime();
    private final StoreSwitch store = new StoreSwitch();

    private WaitingRoom room(int capacity) {
        return WaitingRoom.of(
                Room.named("sale")
                        .capacity(capacity)
                        .refresh(REFRESH)
                        .patience(PATIENCE)
                        .build(),
                new ForwardingBackend(LocalBackend.create(time), store),
                Signer.random());
    }

    /** Returns the ticket of somebody who waits far behind the cursor. */
    private static String joinLast(WaitingRoom room) {
        for (int i = 1; i < WAITING; i++) {
            room.join("visitor-" + i);
        }
        return room.join("ann").token();
    }

    private long refreshesWithSightings(WaitingRoom room, String ticket, int refreshes) {
        store.handedIn.clear();
        for (int i = 0; i < refreshes; i++) {
            room.status(ticket);
            time.advance(REFRESH);
        }
        return store.handedIn.stream().filter(one -> !one.alive().isEmpty()).count();
    }

    @Test
    void whoWaitsIsHandedInOnceInATwelfthOfThePatience() {
        WaitingRoom room = room(0);
        String ticket = joinLast(room);
        refreshesWithSightings(room, ticket, REFRESHES_PER_HAND_IN);
        assertThat(refreshesWithSightings(room, ticket, 10 * REFRESHES_PER_HAND_IN))
                .isEqualTo(10);
    }

    @Test
    void whoIsCalledIsHandedInAtEachRefresh() {
        WaitingRoom room = room(1);
        String ticket = room.join("ann").token();
        refreshesWithSightings(room, ticket, REFRESHES_PER_HAND_IN);
        assertThat(refreshesWithSightings(room, ticket, 10)).isEqualTo(10);
    }

    @Test
    void whoIsCalledOutOfTurnIsHandedInAtEachRefreshToo() {
        WaitingRoom room = room(0);
        String ticket = joinLast(room);
        Stages.await(room.callAsync("ann"));
        refreshesWithSightings(room, ticket, REFRESHES_PER_HAND_IN);
        assertThat(refreshesWithSightings(room, ticket, 10)).isEqualTo(10);
    }

    @Test
    void whoPolledBeforeTheStoreWentAwayIsHandedInWhenItIsBack() {
        WaitingRoom room = room(1);
        room.status(room.join("ann").token());
        store.away = true;
        time.advance(REFRESH);
        store.away = false;
        store.handedIn.clear();
        time.advance(REFRESH);
        assertThat(store.handedIn).singleElement().matches(seen -> !seen.alive().isEmpty());
    }

    @Test
    void whoeverCouldNotBeHandedInIsHandedInAtTheNextRefresh() {
        WaitingRoom room = room(0);
        String ticket = joinLast(room);
        refreshesWithSightings(room, ticket, REFRESHES_PER_HAND_IN);
        store.away = true;
        assertThat(refreshesWithSightings(room, ticket, 2 * REFRESHES_PER_HAND_IN))
                .isGreaterThan(REFRESHES_PER_HAND_IN);
        store.away = false;
        assertThat(refreshesWithSightings(room, ticket, 1)).isEqualTo(1);
    }
}
