package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** Those who would wait on a time source that was closed, before the backend or while it closes, are told so. */
class ClosedTimeTest {

    private static final Duration REFRESH = Duration.ofMillis(200);

    private final FaultyTime time = new FaultyTime();
    private final LocalBackend backend = LocalBackend.create(time);

    private void close() {
        time.beforeScheduling = () -> {
            throw new RejectedExecutionException("closed");
        };
    }

    private static void assertToldThatItIsClosed(CompletableFuture<?> answer) {
        assertThat(answer)
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void callThatWouldWaitForATurnFailsAndLeavesNoTurnBehind() throws InterruptedException {
        Guard guard = Guard.of(Bound.of("login", 1), backend);
        Guard.Permit held = guard.acquire("ann");
        close();
        assertToldThatItIsClosed(guard.acquireAsync("ben").toCompletableFuture());
        assertThat(guard.waiting()).isZero();
        held.release();
        assertThat(guard.inFlight()).isZero();
    }

    @Test
    void callThatWaitsAlreadyHasItsTurnWhenAPermitIsGivenBack() throws InterruptedException {
        Guard guard = Guard.of(Bound.of("login", 1), backend);
        Guard.Permit held = guard.acquire("ann");
        CompletableFuture<Guard.Permit> waiting = guard.acquireAsync("ben").toCompletableFuture();
        close();
        guard.redefine(
                Bound.named("login").limit(1).maxHold(Duration.ofSeconds(3)).build());
        assertThat(waiting).isNotDone();
        held.release();
        assertThat(waiting).isCompleted();
    }

    @Test
    void enterThatWouldBeHeldFails() {
        WaitingRoom room = WaitingRoom.of(Room.named("sale").capacity(1).build(), backend, Signer.random());
        room.admit("ann");
        room.configure(2, Room.Mode.OPEN);
        String ben = room.join("ben").token();
        time.manual.advance(REFRESH);
        String gate = Objects.requireNonNull(room.status(ben).gateToken());
        room.configure(1, Room.Mode.OPEN);
        close();
        assertToldThatItIsClosed(room.enterAsync("ben", ben, gate).toCompletableFuture());
    }
}
