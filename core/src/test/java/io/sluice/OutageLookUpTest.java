package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** How a gateway without its store looks up visitors who bring no pass. */
class OutageLookUpTest {

    private static final Duration REFRESH = Duration.ofMillis(200);

    private final ManualTime time = new ManualTime();
    private final Signer signer = Signer.random();
    private final StoreSwitch store = new StoreSwitch();
    private final Backend backend = LocalBackend.create(time);
    private final WaitingRoom here = open(new ForwardingBackend(backend, store));
    private final WaitingRoom elsewhere = open(backend);

    private WaitingRoom open(Backend through) {
        return WaitingRoom.of(Room.named("sale").capacity(1).build(), through, signer);
    }

    private CompletableFuture<Pass> lookingUpOneWhoEnteredElsewhereMeanwhile() {
        String ann = here.join("ann").token();
        store.away = true;
        time.advance(REFRESH.multipliedBy(3));
        String gate = Objects.requireNonNull(elsewhere.status(ann).gateToken());
        elsewhere.enter("ann", ann, gate);
        return here.findAsync("ann").toCompletableFuture();
    }

    @Test
    void whoWaitedBeforeTheOutageIsNotTakenToBeWaitingStill() {
        CompletableFuture<Pass> held = lookingUpOneWhoEnteredElsewhereMeanwhile();
        assertThat(held).isNotDone();
        time.advance(here.room().enterWait());
        assertThatThrownBy(() -> RoomFace.get(held)).isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void ticketsThatAreOverAreNotHandedInAsHeardFromWhenTheStoreIsBack() {
        String over = elsewhere.join("ann").token();
        elsewhere.leave("ann");
        here.join("ben");
        time.advance(REFRESH);
        store.away = true;
        assertThat(here.status(over).holding()).isTrue();
        store.away = false;
        store.handedIn.clear();
        time.advance(REFRESH);
        assertThat(store.handedIn)
                .isNotEmpty()
                .allMatch(sightings -> sightings.alive().isEmpty());
    }

    @Test
    void ticketIsNotSaidToBeOverByAGatewayThatWasNeverAnswered() {
        String ann = elsewhere.join("ann").token();
        store.away = true;
        assertThatThrownBy(() -> here.leaveTicket(ann)).isInstanceOf(StoreUnavailableException.class);
    }

    @Test
    void whoEnteredElsewhereIsFoundOnceTheStoreIsBack() {
        CompletableFuture<Pass> held = lookingUpOneWhoEnteredElsewhereMeanwhile();
        store.away = false;
        time.advance(REFRESH);
        assertThat(held.join()).isEqualTo(elsewhere.find("ann"));
    }
}
