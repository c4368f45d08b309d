package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A held answer whose caller has gone. */
class CancelledAnswerTest {

    private final ManualTime time = new ManualTime();
    private final StoreSwitch store = new StoreSwitch();
    private final Backend backend = new ForwardingBackend(LocalBackend.create(time), store);
    private final WaitingRoom room =
            WaitingRoom.of(Room.named("sale").capacity(2).build(), backend, Signer.random());

    private CompletableFuture<Pass> benAtTheDoorOfAFullRoom() {
        room.admit("ann");
        String ben = room.join("ben").token();
        time.advance(Duration.ofMillis(200));
        String gate = Objects.requireNonNull(room.status(ben).gateToken());
        room.configure(1, Room.Mode.OPEN);
        CompletableFuture<Pass> held = room.enterAsync("ben", ben, gate).toCompletableFuture();
        time.advance(Duration.ofSeconds(1));
        assertThat(held).isNotDone();
        return held;
    }

    @Test
    void cancelledEnterKnocksNoMore() {
        CompletableFuture<Pass> held = benAtTheDoorOfAFullRoom();
        held.cancel(false);
        store.calls.clear();
        time.advance(Duration.ofSeconds(5));
        assertThat(store.calls).doesNotContain("enter");
    }

    @Test
    void cancelledEnterTakesNoPlace() {
        CompletableFuture<Pass> held = benAtTheDoorOfAFullRoom();
        held.cancel(false);
        room.leave("ann");
        time.advance(Duration.ofSeconds(1));
        assertThat(Objects.requireNonNull(room.snapshot()).inside()).isZero();
    }

    @Test
    void cancelledLookUpIsNotRepeatedWhileTheStoreIsAway() {
        store.away = true;
        CompletableFuture<Pass> held = room.findAsync("ann").toCompletableFuture();
        time.advance(Duration.ofSeconds(1));
        assertThat(held).isNotDone();
        held.cancel(false);
        store.calls.clear();
        time.advance(Duration.ofSeconds(5));
        assertThat(store.calls).doesNotContain("find");
    }
}
