package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a room is again once its Redis has lost something, of which one gateway knows less than the other; and what cannot be
 * exact then is counted.
 */
class RoomRecoveryTest extends TwoGatewaysFixture {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Room ROOM = Room.named("sale")
            .capacity(1)
            .patience(PATIENCE)
            .stay(Duration.ofHours(1))
            .build();
    private static final long ANN = 101;
    private static final long BEN = 102;
    private static final long CEM = 103;
    private static final List<Long> LATER = List.of(201L, 202L, 203L);

    RoomRecoveryTest() {
        super(ROOM);
    }

    @BeforeEach
    void letBothKnowTheRoom() {
        advance(here);
        advance(there);
    }

    /** Returns the number that a ticket stands for. */
    private long show(long visitor, long number) {
        return show(here, new Sightings.HeldTicket(visitor, number, 0));
    }

    private static long show(RoomStore room, Sightings.HeldTicket ticket) {
        RoomSnapshot snapshot = room.advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of(ticket)))
                .toCompletableFuture()
                .join();
        return Objects.requireNonNull(snapshot.numbers().get(ticket));
    }

    /** The room stays in use, so that its store does not look as if it had been away. */
    private void losePatience() {
        for (int i = 0; i < 4 * PATIENCE.toSeconds(); i++) {
            time.advance(Duration.ofMillis(500));
            assertThat(advance(here)).isCompleted();
        }
    }

    /** These join through the other gateway while there is no Redis; one that is empty is there afterwards. */
    private void loseEverythingWhile(List<Long> visitors) {
        server.kill();
        for (long visitor : visitors) {
            assertThat(join(there, visitor).number())
                    .as("a ticket without a number")
                    .isZero();
            assertThat(advance(here)).isCompletedExceptionally();
        }
        restart();
    }

    /** These gateways are there, and hand in what they know in this order; the hold ends without the others. */
    private RoomSnapshot recovered(RoomStore... rooms) {
        recover(rooms);
        return snapshot(rooms[0]);
    }

    private RedisBackend.Recovery recovery() {
        assertThat(advance(here)).isCompleted();
        return gateway.recovery("sale");
    }

    @Test
    void recoveryOfARoomThatTheBackendHasNotIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> gateway.recovery("sail"))
                .withMessageContaining("\"sail\"")
                .withMessageContaining("[sale]");
    }

    @Test
    void departureThatAFailoverHasLostStands() {
        admit(here, ANN);
        advance(here);
        Map<String, byte[]> before = server.state();
        assertThat(here.leave(RoomStore.ANY_NUMBER, ANN)).isCompleted();
        server.goBackTo(before);
        assertThat(recovered(here, there).inside()).isZero();
        assertThat(find(here, ANN).state()).isEqualTo(Place.State.EXPIRED);
        assertThat(recovery().losses()).isEqualTo(1);
    }

    @Test
    void firstVisitorWhomAGatewayLetInStaysInsideAfterAFailoverThatHasLostThatAndTheGateway() {
        long number = join(here, ANN).number();
        assertThat(snapshot(here, number).isCalled(number)).isTrue();
        Map<String, byte[]> before = server.state();
        try (RedisBackend newGateway = server.gateway(time)) {
            RoomStore newcomer = SettledBackend.of(newGateway).room(ROOM);
            assertThat(newcomer.enter(number, ANN).toCompletableFuture().join().state())
                    .isEqualTo(Place.State.USED);
            server.goBackTo(before);
            assertThat(recovered(newcomer, here).inside()).isEqualTo(1);
            assertThat(find(here, ANN).state()).isEqualTo(Place.State.USED);
            assertThat(admit(here, BEN).state()).as("the room is full").isEqualTo(Place.State.QUEUED);
            assertThat(newGateway.recovery("sale").losses()).isEqualTo(1);
        }
    }

    @Test
    void departureThatAFailoverHasLostStandsThroughAGatewayThatTheStoreHasNeverHeardOf() {
        admit(here, ANN);
        Map<String, byte[]> before = server.state();
        assertThat(here.leave(RoomStore.ANY_NUMBER, ANN)).isCompleted();
        try (RedisBackend newGateway = server.gateway(time)) {
            RoomStore newcomer = SettledBackend.of(newGateway).room(ROOM);
            assertThat(advance(newcomer)).isCompleted();
            server.goBackTo(before);
            assertThat(recovered(newcomer).inside()).isZero();
            assertThat(newGateway.recovery("sale").losses()).isEqualTo(1);
        }
    }

    @Test
    void departureStandsHoweverOftenTheStoreGoesBackToTheSameData() {
        admit(here, ANN);
        advance(here);
        advance(there);
        Map<String, byte[]> before = server.state();
        assertThat(here.leave(RoomStore.ANY_NUMBER, ANN)).isCompleted();
        letIn(here, BEN);
        for (int loss = 1; loss <= 3; loss++) {
            server.goBackTo(before);
            assertThat(recovered(here, there).inside()).isEqualTo(1);
            assertThat(find(here, ANN).state()).isEqualTo(Place.State.EXPIRED);
            assertThat(find(here, BEN).state()).isEqualTo(Place.State.USED);
            assertThat(recovery().losses()).isEqualTo(loss);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void placeThatWasGivenUpIsKnownToAGatewayThatStartsAfterALoss(boolean throughTheOneThatIsThere) {
        Place inside = admit(here, ANN);
        Map<Long, Long> givenUp = Map.of(inside.number(), inside.untilMicros());
        RoomStore way = throughTheOneThatIsThere ? here : there;
        assertThat(way.leave(RoomStore.ANY_NUMBER, ANN)).isCompleted();
        if (way == there) {
            assertThat(snapshot(here).freed()).isEqualTo(givenUp);
        }
        loseEverything();
        recover(here);
        try (RedisBackend newGateway = server.gateway(time)) {
            RoomStore newcomer = SettledBackend.of(newGateway).room(ROOM);
            assertThat(snapshot(newcomer).freed()).isEqualTo(givenUp);
        }
    }

    @Test
    void placeThatWasGivenUpWhileTheStoreWasAwayIsKnownToAGatewayThatStartsAfterALoss() {
        Place inside = admit(here, ANN);
        server.kill();
        assertThat(here.leave(RoomStore.ANY_NUMBER, ANN)).isCompleted();
        restart();
        recover(here);
        try (RedisBackend newGateway = server.gateway(time)) {
            RoomStore newcomer = SettledBackend.of(newGateway).room(ROOM);
            assertThat(snapshot(newcomer).freed()).isEqualTo(Map.of(inside.number(), inside.untilMicros()));
        }
    }

    private static CompletionStage<RoomSnapshot> advanceSince(RoomStore room, RoomSnapshot last) {
        return room.advance(new Sightings(0, new BitSet(), List.of(), last.epoch(), last.revision(), List.of()));
    }

    @Test
    void placeThatWasGivenUpWhileTheStoreWasAwayIsKnownToAGatewayThatHadSeenMoreThanAFailoverHasLeft() {
        Place inside = admit(here, ANN);
        RoomSnapshot before = snapshot(here);
        Map<String, byte[]> state = server.state();
        for (long visitor : LATER) {
            long number = join(there, visitor).number();
            assertThat(there.leave(number, visitor)).isCompleted();
        }
        RoomSnapshot after = snapshot(there);
        assertThat(after.revision()).isGreaterThan(before.revision() + 1);
        server.kill();
        assertThat(here.leave(RoomStore.ANY_NUMBER, ANN)).isCompleted();
        restart();
        server.goBackTo(state);
        assertThat(advance(here)).as("shows no loss").isCompleted();
        assertThat(advance(here)).as("has told of the departure").isCompleted();
        assertThat(advanceSince(there, after)).as("shows the loss").isCompletedExceptionally();
        recover(here);
        RoomSnapshot recovered =
                advanceSince(there, after).toCompletableFuture().join();
        assertThat(recovered.freed()).isEqualTo(Map.of(inside.number(), inside.untilMicros()));
        assertThat(advanceSince(there, recovered).toCompletableFuture().join().freed())
                .as("is told once")
                .isEmpty();
    }

    @Test
    void departureThatOnlyAGatewayKnowsThatComesLateStands() {
        admit(here, ANN);
        assertThat(there.leave(RoomStore.ANY_NUMBER, ANN)).isCompleted();
        loseEverything();
        assertThat(recovered(here).inside()).isEqualTo(1);
        assertThat(recovered(there).inside()).isZero();
        assertThat(find(here, ANN).state()).isEqualTo(Place.State.EXPIRED);
    }

    @Test
    void departureThatOnlyAGatewayKnowsThatComesInAHoldWithoutALossStands() {
        letIn(here, ANN);
        assertThat(there.leave(RoomStore.ANY_NUMBER, ANN)).isCompleted();
        loseEverything();
        assertThat(recovered(here).inside()).isEqualTo(1);
        handInDuringAHoldThatAwaitsTheOther();
        assertThat(snapshot(there).inside()).isZero();
        assertThat(find(here, ANN).state()).isEqualTo(Place.State.EXPIRED);
        assertThat(recovery().losses()).isEqualTo(1);
    }

    /** The room rests, and the gateway that has yet to hand in is the first to use it again. */
    private void handInDuringAHoldThatAwaitsTheOther() {
        time.advance(Duration.ofMillis(1500));
        assertThat(advance(there)).as("held").isCompletedExceptionally();
        assertThat(advance(there)).as("has handed in, and waits").isCompletedExceptionally();
        time.advance(Duration.ofSeconds(1));
    }

    @Test
    void numberThatAFailoverHasLostIsNotGivenOutAgainThoughOnlyAGatewayKnowsItThatComesLate() {
        Map<String, byte[]> before = server.state();
        long ann = join(here, ANN).number();
        server.kill();
        time.advance(Duration.ofMillis(1500));
        assertThat(advance(there)).isCompletedExceptionally();
        restart();
        server.goBackTo(before);
        recovered(there);
        long ben = join(there, BEN).number();
        assertThat(ben).isGreaterThan(ann);
        recovered(here, there);
        assertThat(find(there, ANN).number()).isEqualTo(ann);
        assertThat(find(here, BEN).number()).isEqualTo(ben);
        assertThat(recovery().losses()).isEqualTo(1);
    }

    @Test
    void gateTokenShowsAGatewayThatHasNotUsedTheRoomSinceThatTheStoreHasGoneBack() {
        Map<String, byte[]> before = server.state();
        long ann = join(here, ANN).number();
        advance(here, ann);
        server.goBackTo(before);
        assertThat(there.enter(ann, ANN)).as("held").isCompletedExceptionally();
        recover(there, here);
        assertThat(find(there, ANN).number()).isEqualTo(ann);
        assertThat(recovery().losses()).isEqualTo(1);
    }

    @Test
    void whoLeavesAndComesBackBeforeTheGatewayKnowsTheNumberHasAnotherPlace() {
        loseEverythingWhile(List.of(ANN));
        assertThat(advance(there)).as("held").isCompletedExceptionally();
        advance(here);
        long left = there.leave(RoomStore.ANY_NUMBER, ANN)
                .toCompletableFuture()
                .join()
                .number();
        assertThat(left).as("the store has numbered the visitor").isPositive();
        Place again = join(there, ANN);
        recover(here, there);
        long number = find(here, ANN).number();
        assertThat(number).isGreaterThan(left);
        Sightings.HeldTicket ticket = new Sightings.HeldTicket(ANN, again.number(), again.untilMicros());
        assertThat(show(there, ticket)).isEqualTo(number);
    }

    @Test
    void numbersGoOnWithoutAGapAfterAGatewayHasBeenReplaced() {
        long ann = join(here, ANN).number();
        advance(here);
        time.advance(Duration.ofMillis(1500));
        try (RedisBackend newGateway = server.gateway(time)) {
            RoomStore newcomer = SettledBackend.of(newGateway).room(ROOM);
            assertThat(advance(newcomer)).as("held").isCompletedExceptionally();
            recovered(newcomer);
            assertThat(join(newcomer, BEN).number()).isEqualTo(ann + 1);
        }
    }

    @Test
    void callThatAFailoverHasLostStands() {
        long ann = join(here, ANN).number();
        Map<String, byte[]> before = server.state();
        assertThat(snapshot(here, ann).isCalled(ann)).isTrue();
        server.goBackTo(before);
        RoomSnapshot recovered = recovered(here, there);
        assertThat(recovered.isCalled(ann)).isTrue();
        assertThat(recovered.served()).isEqualTo(ann);
    }

    @Test
    void lossesAddUp() {
        for (int loss = 1; loss <= 3; loss++) {
            loseEverything();
            recovered(here, there);
            assertThat(recovery().losses()).isEqualTo(loss);
        }
    }

    @Test
    void claimIsProlongedByTheTimeForWhichAStoreThatComesBackEmptyWasAway() {
        long ann = join(here, ANN).number();
        assertThat(snapshot(here, ann).isCalled(ann)).isTrue();
        here.advance(new Sightings(0, new BitSet(), List.of(ann), 0, -1, List.of()))
                .toCompletableFuture()
                .join();
        Place called = find(here, ANN);
        loseEverything();
        Duration away = Duration.ofSeconds(40);
        time.advance(away);
        recovered(here, there);
        Place prolonged = find(here, ANN);
        assertThat(prolonged.state()).isEqualTo(Place.State.READY);
        assertThat(prolonged.untilMicros()).isGreaterThanOrEqualTo(called.untilMicros() + away.toMillis() * 1_000);
    }

    @Test
    void lastChangeOfTheRoomHoldsWhoeverHandsInFirst() {
        for (List<RoomStore> order : List.of(List.of(here, there), List.of(there, here))) {
            RoomStore newer = order.get(0);
            RoomStore older = order.get(1);
            older.configure(5, Room.Mode.OPEN).toCompletableFuture().join();
            advance(older);
            time.advance(Duration.ofMillis(100));
            newer.configure(7, Room.Mode.PAUSED).toCompletableFuture().join();
            advance(newer);
            loseEverything();
            RoomSnapshot recovered = recovered(here, there);
            assertThat(recovered.capacity()).isEqualTo(7);
            assertThat(recovered.mode()).isEqualTo(Room.Mode.PAUSED);
        }
    }

    @Test
    void placeThatWasGivenAwayBecauseItsGatewayWasNotThereIsCounted() {
        letIn(there, ANN);
        loseEverything();
        recovered(here);
        letIn(here, BEN);
        assertThat(recovery().overfull()).isZero();
        recovered(there);
        assertThat(find(here, ANN).state()).isEqualTo(Place.State.USED);
        assertThat(find(here, BEN).state()).isEqualTo(Place.State.USED);
        assertThat(recovery().overfull()).isEqualTo(1);
    }

    @Test
    void placeThatWasGivenAwayIsCountedThoughItsGatewayComesInAHoldWithoutALoss() {
        letIn(there, ANN);
        loseEverything();
        recovered(here);
        letIn(here, BEN);
        assertThat(advance(here)).isCompleted();
        handInDuringAHoldThatAwaitsTheOther();
        assertThat(snapshot(there).inside()).isEqualTo(2);
        assertThat(recovery().overfull()).isEqualTo(1);
    }

    private void expectThatTheNextHoldNumbersNobodyOnceTheseHaveLeft(List<Long> visitors) {
        assertThat(advance(there)).isCompleted();
        for (long visitor : visitors) {
            assertThat(find(here, visitor).state()).isNotEqualTo(Place.State.EXPIRED);
            there.leave(RoomStore.ANY_NUMBER, visitor).toCompletableFuture().join();
            assertThat(find(here, visitor).state()).isEqualTo(Place.State.EXPIRED);
        }
        losePatience();
        long issued = snapshot(there).issued();
        time.advance(Duration.ofSeconds(3));
        assertThat(advance(here)).as("held again").isCompletedExceptionally();
        assertThat(recovered(here, there).issued()).isEqualTo(issued);
        letIn(here, BEN);
    }

    @Test
    void whoJoinedWithoutANumberThroughAGatewayThatComesLateIsNumberedByItAlone() {
        loseEverythingWhile(LATER);
        recovered(here);
        assertThat(advance(there)).as("it has yet to hand in").isCompletedExceptionally();
        expectThatTheNextHoldNumbersNobodyOnceTheseHaveLeft(LATER);
    }

    @Test
    void whoJoinsThroughAGatewayThatHasYetToHandInIsNumberedByItAlone() {
        loseEverything();
        recovered(here);
        assertThat(join(there, CEM).number()).isZero();
        expectThatTheNextHoldNumbersNobodyOnceTheseHaveLeft(List.of(CEM));
    }

    @Test
    void whoJoinsThroughAGatewayThatHasYetToHandInIsBeforeWhoJoinsThroughItLater() {
        loseEverything();
        recovered(here);
        assertThat(join(there, ANN).number()).as("held").isZero();
        assertThat(there.find(ANN)).as("the hand-in is over").isCompleted();
        join(there, BEN);
        assertThat(advance(there)).isCompleted();
        assertThat(find(here, ANN).number())
                .isPositive()
                .isLessThan(find(here, BEN).number());
    }

    @Test
    void visitorWithTwoNumbersKeepsTheLowerOneAndBothTicketsStandForIt() {
        assertThat(join(there, ANN).number()).isEqualTo(1);
        loseEverything();
        recovered(here);
        long second = join(here, ANN).number();
        assertThat(second).isGreaterThan(1);
        assertThat(recovery().doubled()).isZero();
        assertThat(show(ANN, 1)).isEqualTo(1);
        assertThat(show(ANN, second)).isEqualTo(1);
        assertThat(find(here, ANN).number()).isEqualTo(1);
        assertThat(recovery().doubled()).isEqualTo(1);
    }

    @Test
    void visitorWithTwoNumbersKeepsTheOneInside() {
        assertThat(join(there, ANN).number()).isEqualTo(1);
        loseEverything();
        recovered(here);
        Place inside = admit(here, ANN);
        assertThat(inside.state()).isEqualTo(Place.State.USED);
        assertThat(show(ANN, 1)).isEqualTo(inside.number());
        assertThat(find(here, ANN)).isEqualTo(inside);
        assertThat(recovery().doubled()).isEqualTo(1);
    }

    @Test
    void numberAtOrBelowTheCursorOfWhichNoGatewayKnowsIsCalledAgainAndCounted() {
        here.configure(0, Room.Mode.OPEN).toCompletableFuture().join();
        long ann = join(there, ANN).number();
        losePatience();
        long ben = join(there, BEN).number();
        here.configure(1, Room.Mode.OPEN).toCompletableFuture().join();
        advance(here, ben);
        assertThat(snapshot(here, ben).served())
                .as("ann was silent and is passed over")
                .isEqualTo(ben);
        here.leave(ben, BEN).toCompletableFuture().join();
        loseEverything();
        assertThat(recovered(here).isCalled(ann)).isFalse();
        assertThat(recovery().recalled()).isZero();
        assertThat(snapshot(here, ann).isCalled(ann)).isTrue();
        assertThat(recovery().recalled()).isEqualTo(1);
    }
}
