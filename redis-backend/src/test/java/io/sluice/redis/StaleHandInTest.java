package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomStore;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A gateway that has not used a room for long tells it what it knew then, after Redis has lost everything. */
class StaleHandInTest extends TwoGatewaysFixture {

    private static final Duration STAY = Duration.ofMinutes(2);
    private static final Duration RENEWED_EVERY = Duration.ofSeconds(30);
    private static final List<Long> INSIDE = List.of(101L, 102L, 103L);
    private static final Room ROOM = Room.named("sale")
            .capacity(INSIDE.size())
            .stay(STAY)
            .renewable(true)
            .build();

    StaleHandInTest() {
        super(ROOM);
    }

    @BeforeEach
    void letBothKnowWhoIsInside() {
        awaitThatEachKnowsOfTheOther();
        advance(here);
        advance(there);
        for (long visitor : INSIDE) {
            letIn(here, visitor);
        }
        advance(here);
        advance(there);
    }

    private void pass(Duration duration) {
        for (long seconds = 0; seconds < duration.toSeconds(); seconds++) {
            time.advance(Duration.ofSeconds(1));
            assertThat(advance(here)).isCompleted();
        }
    }

    private void renewForLongerThanAStay() {
        for (Duration passed = Duration.ZERO; passed.compareTo(STAY) <= 0; passed = passed.plus(RENEWED_EVERY)) {
            pass(RENEWED_EVERY);
            for (long visitor : INSIDE) {
                assertThat(here.renew(RoomStore.ANY_NUMBER, visitor)).isCompleted();
            }
        }
    }

    private void expectAllInside() {
        assertThat(snapshot(here).inside()).isEqualTo(INSIDE.size());
        assertThat(INSIDE)
                .allSatisfy(visitor -> assertThat(find(here, visitor).state()).isEqualTo(Place.State.USED));
    }

    @Test
    void gatewayThatComesLatePutsOutNobodyWhoHasRenewed() {
        loseEverything();
        recover(here);
        renewForLongerThanAStay();
        recover(there);
        expectAllInside();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void renewedStaysOutlastTheHoldWhoeverHandsInFirst(boolean staleFirst) {
        renewForLongerThanAStay();
        loseEverything();
        if (staleFirst) {
            recover(there, here);
        } else {
            recover(here, there);
        }
        expectAllInside();
        assertThat(gateway.recovery("sale").losses()).isEqualTo(1);
    }

    @Test
    void stayThatIsOverForAllIsEndedAfterTheHold() {
        time.advance(STAY);
        loseEverything();
        recover(there, here);
        assertThat(snapshot(here).inside()).isZero();
        assertThat(gateway.recovery("sale").overfull()).isZero();
        assertThat(admit(here, INSIDE.get(0)).number()).as("a new number").isGreaterThan(INSIDE.size());
    }

    @Test
    void whoseStayIsOverGetsANewNumberAfterTheHoldHavingJoinedInIt() {
        loseEverything();
        time.advance(STAY);
        advance(there);
        Place held = admit(there, INSIDE.get(0));
        assertThat(held.state()).isEqualTo(Place.State.QUEUED);
        assertThat(held.number()).isZero();
        recover(here, there);
        Place numbered = admit(there, INSIDE.get(0));
        assertThat(numbered.number()).isGreaterThan(INSIDE.size());
    }

    @Test
    void whatTheRoomKnowsAlreadyChangesNothing() {
        long waiting = join(here, 201).number();
        assertThat(here.call(waiting, 201)).isCompleted();
        advance(here);
        advance(there);
        loseEverything();
        recover(here);
        String revision = revision();
        recover(there);
        assertThat(snapshot(there).isCalled(waiting)).isTrue();
        expectAllInside();
        assertThat(revision()).isEqualTo(revision);
    }

    private String revision() {
        return server.run(redis -> redis.sync().hget("sluice:{room:sale}:meta", "revision"));
    }
}
