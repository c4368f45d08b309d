package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tickets handed out while the store was away, which only the store can tell the number of. */
class NumberlessTicketTest {

    private static final Duration REFRESH = Duration.ofMillis(200);

    private final ManualTime time = new ManualTime();
    private final Backend backend = new ForwardingBackend(LocalBackend.create(time), this::numberingLater);
    private final Signer signer = Signer.random();
    private final Map<Sightings.HeldTicket, Long> numbers = new HashMap<>();
    private final List<Long> numbersLeft = new ArrayList<>();
    private final long joinedMicros = time.epochMicros();
    private boolean joinsAreNumbered = true;
    private boolean refreshesFail;
    private int refreshes;

    private WaitingRoom open() {
        return WaitingRoom.of(Room.named("sale").capacity(0).build(), backend, signer);
    }

    private RoomStore numberingLater(RoomStore store) {
        return (RoomStore) Proxy.newProxyInstance(
                RoomStore.class.getClassLoader(), new Class<?>[] {RoomStore.class}, (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "join" -> {
                            if (!joinsAreNumbered) {
                                return joinedWithoutNumber(store, (Long) arguments[0]);
                            }
                        }
                        case "advance" -> {
                            refreshes++;
                            return refreshesFail
                                    ? CompletableFuture.failedFuture(new StoreUnavailableException("away", null))
                                    : advanced(store, (Sightings) arguments[0]);
                        }
                        case "leave" -> numbersLeft.add((Long) arguments[0]);
                        default -> {}
                    }
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private CompletionStage<Place> joinedWithoutNumber(RoomStore store, long visitor) {
        return store.find(visitor).thenApply(place -> new Place(Place.State.QUEUED, place.epoch(), 0, joinedMicros));
    }

    private CompletionStage<RoomSnapshot> advanced(RoomStore store, Sightings sightings) {
        for (Sightings.HeldTicket ticket : sightings.tickets()) {
            numbers.computeIfAbsent(
                    ticket,
                    asked -> RoomFace.get(store.join(asked.visitor(), false)).number());
        }
        return store.advance(sightings)
                .thenApply(snapshot -> snapshot.toBuilder().numbers(numbers).build());
    }

    /** Returns a ticket that was given up since, and whose visitor has joined again. */
    private String oldTicket(WaitingRoom room) {
        joinsAreNumbered = false;
        String old = room.join("ann").token();
        joinsAreNumbered = true;
        room.leaveTicket(old);
        assertThat(numbersLeft).containsExactly(1L);
        room.join("ann");
        numbersLeft.clear();
        return old;
    }

    @Test
    void joiningAgainBeforeTheVisitorHasANumberGivesTheSameTicket() {
        WaitingRoom room = open();
        joinsAreNumbered = false;
        String ticket = room.join("ann").token();
        time.advance(REFRESH);
        assertThat(room.join("ann").token()).isEqualTo(ticket);
    }

    private void refreshFails() {
        refreshesFail = true;
        time.advance(REFRESH);
        refreshesFail = false;
    }

    @Test
    void ticketThatCouldNotBeAskedAboutIsAskedAboutAtTheNextRefresh() {
        WaitingRoom room = open();
        joinsAreNumbered = false;
        room.status(room.join("ann").token());
        refreshFails();
        assertThat(numbers).isEmpty();
        time.advance(REFRESH);
        assertThat(numbers).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void oldTicketDoesNotGiveUpANewerPlaceOnAGatewayThatHasNotSeenIt(boolean afterAnOutage) {
        WaitingRoom here = open();
        WaitingRoom elsewhere = open();
        RoomRules.use(elsewhere);
        if (afterAnOutage) {
            refreshFails();
            time.advance(REFRESH);
        }
        String old = oldTicket(here);
        assertThat(elsewhere.leaveTicket(old)).isEqualTo(Standing.State.EXPIRED);
        time.advance(REFRESH);
        assertThat(here.leave("ann")).as("the newer place").isEqualTo(Standing.State.QUEUED);
    }

    @Test
    void visitorLeavesByTheTicketWhileOnlyTheStoreCouldTellItsNumber() {
        WaitingRoom here = open();
        here.snapshot();
        joinsAreNumbered = false;
        String ticket = here.join("ann").token();
        refreshesFail = true;
        refreshes = 0;
        here.leaveTicket(ticket);
        assertThat(numbersLeft).containsExactly(RoomStore.ANY_NUMBER);
        assertThat(refreshes).isEqualTo(1);
    }
}
