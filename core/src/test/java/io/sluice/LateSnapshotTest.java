package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A snapshot whose answer is on the way while visitors leave, enter and are called. */
class LateSnapshotTest {

    private static final Duration REFRESH = Duration.ofMillis(200);

    private final ManualTime time = new ManualTime();
    private final Signer signer = Signer.random();
    private final Backend backend = LocalBackend.create(time);
    private final WaitingRoom room = open(new ForwardingBackend(backend, this::holdingBack));
    private final WaitingRoom elsewhere = open(backend);
    private CompletableFuture<Void> answers = new CompletableFuture<>();
    private boolean answersLate;

    private final String ticket = room.join("ann").token();
    private final String gate = Objects.requireNonNull(room.status(ticket).gateToken());

    private WaitingRoom open(Backend through) {
        return WaitingRoom.of(Room.named("sale").capacity(1).build(), through, signer);
    }

    private RoomStore holdingBack(RoomStore store) {
        return (RoomStore) Proxy.newProxyInstance(
                RoomStore.class.getClassLoader(), new Class<?>[] {RoomStore.class}, (proxy, method, arguments) -> {
                    try {
                        Object answer = method.invoke(store, arguments);
                        return method.getName().equals("advance") && answersLate
                                ? answers.thenCompose(unused -> (CompletionStage<?>) answer)
                                : answer;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @BeforeEach
    void storeHasDecidedOnTheSnapshotWithAnnCalled() {
        answersLate = true;
        time.advance(REFRESH);
    }

    private void snapshotArrives() {
        answersLate = false;
        answers.complete(null);
    }

    private Standing.State shown() {
        return room.status(ticket).state();
    }

    @Test
    void whoHasLeftMeanwhileIsNotCalledAgainByIt() {
        assertThat(room.leaveTicket(ticket)).isEqualTo(Standing.State.READY);
        snapshotArrives();
        assertThat(shown()).isEqualTo(Standing.State.EXPIRED);
        time.advance(REFRESH);
        assertThat(shown()).isEqualTo(Standing.State.EXPIRED);
    }

    @Test
    void whoHasEnteredMeanwhileIsInsideForIt() {
        room.enter("ann", ticket, gate);
        snapshotArrives();
        assertThat(shown()).isEqualTo(Standing.State.USED);
        time.advance(REFRESH);
        assertThat(shown()).isEqualTo(Standing.State.USED);
    }

    @Test
    void whoHasLeftAndJoinedAgainMeanwhileHasTheNewPlaceOnly() {
        room.leave("ann");
        String again = room.join("ann").token();
        snapshotArrives();
        assertThat(shown()).isEqualTo(Standing.State.EXPIRED);
        assertThat(room.status(again).state()).isEqualTo(Standing.State.QUEUED);
        time.advance(REFRESH);
        assertThat(room.status(again).state()).isEqualTo(Standing.State.READY);
    }

    @Test
    void whatWasSaidMeanwhileIsGoodUntilTheNextSnapshotOnly() {
        room.enter("ann", ticket, gate);
        snapshotArrives();
        elsewhere.leave("ann");
        time.advance(REFRESH);
        assertThat(shown()).isEqualTo(Standing.State.EXPIRED);
    }

    @Test
    void whatWasSaidBeforeTheStoreWasAskedIsOverWithIt() {
        answersLate = false;
        answers.complete(null);
        String waiting = room.join("ben").token();
        elsewhere.leave("ann");
        time.advance(REFRESH);
        assertThat(room.status(waiting).state()).isEqualTo(Standing.State.READY);
    }

    @Test
    void whoHasLeftElsewhereWhileThisGatewayWasIdleIsNotFoundInside() {
        snapshotArrives();
        room.enter("ann", ticket, gate);
        time.advance(room.room().patience().plus(REFRESH));
        elsewhere.leave("ann");
        answers = new CompletableFuture<>();
        answersLate = true;
        CompletableFuture<Pass> found = room.findAsync("ann").toCompletableFuture();
        assertThat(found).isNotDone();
        snapshotArrives();
        assertThat(found).isCompletedWithValue(null);
    }
}
