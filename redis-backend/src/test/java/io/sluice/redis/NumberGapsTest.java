package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Signer;
import io.sluice.Standing;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Numbers go on higher after a loss. What a room counts leaves out those that nobody has. */
class NumberGapsTest extends TwoGatewaysFixture {

    private static final Room ROOM =
            Room.named("sale").capacity(0).stay(Duration.ofHours(1)).build();
    private static final long ANN = 101;
    private static final long BEN = 102;
    private static final long CEM = 103;
    private static final long DAN = 104;
    private static final Duration REFRESH = Duration.ofMillis(200);

    NumberGapsTest() {
        super(ROOM);
    }

    @BeforeEach
    void letBothKnowTheRoom() {
        advance(here);
        advance(there);
    }

    private void loseEverythingAndRecover(RoomStore... rooms) {
        loseEverything();
        recover(rooms);
    }

    @Test
    void speedOfTheCursorDoesNotCountThem() {
        long ann = join(here, ANN).number();
        loseEverythingAndRecover(here, there);
        long ben = join(here, BEN).number();
        assertThat(ben).isGreaterThan(1_000);
        here.configure(2, Room.Mode.OPEN).toCompletableFuture().join();
        RoomSnapshot called = snapshot(here, ann, ben);
        assertThat(called.served()).isEqualTo(ben);
        assertThat(called.cursorPerSecond())
                .as("two in two seconds, while fewer than twenty have been counted")
                .isBetween(0.5, 2.0);
    }

    @Test
    void whoWaitsIsCountedWithoutThemHoweverOftenTheStoreLosesEverything() {
        join(here, ANN);
        for (int loss = 1; loss <= 3; loss++) {
            loseEverythingAndRecover(here, there);
            join(here, BEN);
            join(there, loss == 1 ? CEM : DAN);
            assertThat(snapshot(here).waiting()).isEqualTo(loss == 1 ? 3 : 4);
            assertThat(snapshot(there).waiting()).isEqualTo(loss == 1 ? 3 : 4);
        }
        assertThat(snapshot(here).issued()).isGreaterThan(2_000);
    }

    @Test
    void numbersThatOnlyTheOtherGatewayKnowsAreCounted() {
        join(here, ANN);
        join(there, BEN);
        join(there, CEM);
        loseEverythingAndRecover(here, there);
        join(here, DAN);
        assertThat(snapshot(here).waiting()).isEqualTo(4);
    }

    @Test
    void numbersOfAGatewayThatComesLateAreCounted() {
        join(here, ANN);
        join(there, BEN);
        join(there, CEM);
        loseEverythingAndRecover(here);
        join(here, DAN);
        assertThat(snapshot(here).waiting()).isEqualTo(2);
        recover(here, there);
        assertThat(snapshot(here).waiting()).isEqualTo(4);
    }

    @Test
    void numbersThatAFailoverHasLostAreCounted() {
        join(here, ANN);
        advance(here);
        Map<String, byte[]> before = server.state();
        join(there, BEN);
        server.goBackTo(before);
        recover(there, here);
        join(here, CEM);
        assertThat(snapshot(here).waiting()).isEqualTo(3);
    }

    @Test
    void numbersThatOnlyTicketsHaveToldAreCounted() {
        join(here, ANN);
        join(there, BEN);
        long cem = join(there, CEM).number();
        server.kill();
        assertThat(advance(here, cem)).isCompletedExceptionally();
        restart();
        recover(here);
        join(here, DAN);
        assertThat(snapshot(here).waiting()).isEqualTo(4);
    }

    @Test
    void departureThatIsToldAfterwardsGivesThemToNobody() {
        join(here, ANN);
        join(there, BEN);
        advance(here);
        server.kill();
        assertThat(here.leave(RoomStore.ANY_NUMBER, BEN)).isCompleted();
        restart();
        recover(here, there);
        assertThat(find(here, BEN).state()).isEqualTo(Place.State.EXPIRED);
        assertThat(snapshot(here).waiting()).isEqualTo(1);
        join(here, CEM);
        assertThat(snapshot(here).waiting()).isEqualTo(2);
    }

    @Test
    void thoseThatTheCursorHasPassedAreNotKept() {
        here.configure(10, Room.Mode.OPEN).toCompletableFuture().join();
        advance(here);
        for (int loss = 1; loss <= 3; loss++) {
            letIn(here, loss);
            loseEverythingAndRecover(here, there);
        }
        assertThat(snapshot(here).waiting()).isZero();
        letIn(here, ANN);
        assertThat(snapshot(here).waiting()).isZero();
        assertThat(server.<String>run(redis -> redis.sync().hget("sluice:{room:sale}:meta", "gaps")))
                .isEmpty();
    }

    @Test
    void positionDoesNotCountThemOnAnyGateway() {
        WaitingRoom room = open(gateway);
        WaitingRoom elsewhere = open(otherGateway);
        String ann = room.join("ann").token();
        elsewhere.join("ben");
        time.advance(REFRESH);
        loseEverything();
        time.advance(Duration.ofSeconds(2));
        String cem = room.join("cem").token();
        time.advance(REFRESH);
        for (WaitingRoom shownBy : new WaitingRoom[] {room, elsewhere}) {
            shownBy.status(ann);
            shownBy.status(cem);
            time.advance(REFRESH);
            assertThat(shownBy.status(ann))
                    .extracting(Standing::holding, Standing::position)
                    .containsExactly(false, 1L);
            assertThat(shownBy.status(cem))
                    .extracting(Standing::holding, Standing::position)
                    .containsExactly(false, 3L);
        }
    }

    private static WaitingRoom open(RedisBackend backend) {
        return WaitingRoom.of(ROOM, SettledBackend.of(backend), Signer.of("a secret of the tests, long enough"));
    }
}
