package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a gateway makes of tickets while it does not know yet which room of this name it serves. */
class TicketBeforeTheFirstSnapshotTest {

    private static final Duration REFRESH = Duration.ofMillis(200);
    private static final Room ROOM = Room.named("sale").capacity(0).build();

    private final ManualTime time = new ManualTime();
    private final Signer signer = Signer.random();
    private final List<Sightings> told = new ArrayList<>();
    private boolean away = true;

    private RoomStore refusingWhileAway(RoomStore store) {
        return (RoomStore) Proxy.newProxyInstance(
                RoomStore.class.getClassLoader(), new Class<?>[] {RoomStore.class}, (proxy, method, arguments) -> {
                    if (away) {
                        return CompletableFuture.failedFuture(new StoreUnavailableException("away", null));
                    }
                    if (method.getName().equals("advance")) {
                        told.add((Sightings) arguments[0]);
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void ofAnEarlierRoomTellsTheStoreOfNoNumber() {
        String earlier = WaitingRoom.of(ROOM, LocalBackend.create(time), signer)
                .join("ann")
                .token();
        WaitingRoom room =
                WaitingRoom.of(ROOM, new ForwardingBackend(LocalBackend.create(time), this::refusingWhileAway), signer);
        assertThat(room.status(earlier).holding()).isTrue();
        away = false;
        time.advance(REFRESH);
        assertThat(room.status(earlier).state()).isEqualTo(Standing.State.EXPIRED);
        assertThat(told).isNotEmpty().allMatch(sightings -> sightings.alive().isEmpty());
    }
}
