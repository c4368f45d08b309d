package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.FlushMode;
import io.sluice.ManualTime;
import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A gateway that has not used a room for long tells it what it knew then, after Redis has lost everything. */
class StaleHandInTest {

    private static final Duration STAY = Duration.ofMinutes(2);
    private static final Duration RENEWED_EVERY = Duration.ofSeconds(30);
    private static final List<Long> INSIDE = List.of(101L, 102L, 103L);
    private static final Room ROOM = Room.named("sale")
            .capacity(INSIDE.size())
            .stay(STAY)
            .renewable(true)
            .build();

    private final RedisServer server = RedisServer.start();
    private final ManualTime time = new ManualTime();
    private final RedisBackend inUse = server.gateway(time);
    private final RedisBackend idle = server.gateway(time);
    private final RoomStore here = SettledBackend.of(inUse).room(ROOM);
    private final RoomStore there = SettledBackend.of(idle).room(ROOM);

    @BeforeEach
    void letBothKnowWhoIsInside() {
        Awaitility.await().until(() -> inUse.gateways() == 2 && idle.gateways() == 2);
        advance(here);
        advance(there);
        for (long visitor : INSIDE) {
            assertThat(join(visitor).state()).isEqualTo(Place.State.USED);
        }
        advance(here);
        advance(there);
    }

    @AfterEach
    void stop() {
        inUse.close();
        idle.close();
        server.close();
    }

    private static CompletionStage<RoomSnapshot> advance(RoomStore room) {
        return room.advance(new Sightings(0, new BitSet(), List.of(), -1, List.of()));
    }

    private static int inside(RoomStore room) {
        return advance(room).toCompletableFuture().join().inside();
    }

    private Place join(long visitor) {
        return here.join(visitor, true).toCompletableFuture().join();
    }

    private Place joinThere(long visitor) {
        return there.join(visitor, true).toCompletableFuture().join();
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

    private void loseEverything() {
        server.run(redis -> redis.sync().flushall(FlushMode.SYNC));
    }

    private void recover(RoomStore... rooms) {
        for (int i = 0; i < 12; i++) {
            for (RoomStore room : rooms) {
                advance(room);
            }
            time.advance(Duration.ofMillis(100));
        }
    }

    private void expectAllInside() {
        assertThat(inside(here)).isEqualTo(INSIDE.size());
        assertThat(INSIDE)
                .allSatisfy(visitor -> assertThat(
                                here.find(visitor).toCompletableFuture().join().state())
                        .isEqualTo(Place.State.USED));
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
        assertThat(inUse.recovery("sale").losses()).isEqualTo(1);
    }

    @Test
    void stayThatIsOverForAllIsEndedAfterTheHold() {
        time.advance(STAY);
        loseEverything();
        recover(there, here);
        assertThat(inside(here)).isZero();
        assertThat(inUse.recovery("sale").overfull()).isZero();
        assertThat(join(INSIDE.get(0)).number()).as("a new number").isGreaterThan(INSIDE.size());
    }

    @Test
    void whoseStayIsOverGetsANewNumberAfterTheHoldHavingJoinedInIt() {
        loseEverything();
        time.advance(STAY);
        advance(there);
        Place held = joinThere(INSIDE.get(0));
        assertThat(held.state()).isEqualTo(Place.State.QUEUED);
        assertThat(held.number()).isZero();
        recover(here, there);
        Place numbered = joinThere(INSIDE.get(0));
        assertThat(numbered.number()).isGreaterThan(INSIDE.size());
    }

    @Test
    void whatTheRoomKnowsAlreadyChangesNothing() {
        long waiting = here.join(201, false).toCompletableFuture().join().number();
        assertThat(here.call(waiting, 201)).isCompleted();
        advance(here);
        advance(there);
        loseEverything();
        recover(here);
        String revision = revision();
        recover(there);
        assertThat(advance(there).toCompletableFuture().join().isCalled(waiting))
                .isTrue();
        expectAllInside();
        assertThat(revision()).isEqualTo(revision);
    }

    private String revision() {
        return server.run(redis -> redis.sync().hget("sluice:{room:sale}:meta", "revision"));
    }
}
