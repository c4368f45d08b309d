package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.ManualTime;
import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A gateway whose room nobody used for so long that the store has forgotten the gateway. */
class IdleGatewayTest {

    private static final Room ROOM = Room.named("sale").capacity(0).build();

    private final ManualTime time = new ManualTime();

    private static RoomSnapshot advance(RoomStore room) {
        return room.advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of()))
                .toCompletableFuture()
                .join();
    }

    private static Place join(RoomStore room, long visitor) {
        return room.join(visitor, false).toCompletableFuture().join();
    }

    @Test
    void gatewayThatComesBackAfterHoursFindsTheRoomThatItLeft() {
        try (RedisServer server = RedisServer.start();
                RedisBackend idle = server.gateway(time);
                RedisBackend busy = server.gateway(time)) {
            RoomStore idleRoom = idle.room(ROOM);
            RoomStore busyRoom = busy.room(ROOM);
            assertThat(join(idleRoom, 1).number()).isEqualTo(1);
            assertThat(advance(idleRoom).lives()).isZero();
            for (int minute = 0; minute < 180; minute++) {
                time.advance(Duration.ofMinutes(1));
                busyRoom.advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of()))
                        .exceptionally(held -> null)
                        .toCompletableFuture()
                        .join();
            }
            for (int call = 0; call < 3; call++) {
                time.advance(Duration.ofMillis(200));
                assertThat(advance(busyRoom).lives()).isZero();
                assertThat(join(idleRoom, 2).number()).isEqualTo(2);
            }
            assertThat(advance(idleRoom).lives()).isZero();
        }
    }

    private enum FirstCall {
        JOIN,
        FIND,
        ONE_THAT_FAILS,
        ONE_IN_AN_OUTAGE
    }

    @ParameterizedTest
    @EnumSource
    void whoWasGoneWhileNobodyUsedTheRoomIsNotCalledFirstWhateverWakesIt(FirstCall call) {
        try (RefusingRedis redis = RefusingRedis.start(2, time)) {
            RoomStore room = SettledBackend.of(redis.gateways().get(0)).room(ROOM);
            RoomStore otherRoom = SettledBackend.of(redis.gateways().get(1)).room(ROOM);
            assertThat(join(room, 1).number()).isEqualTo(1);
            advance(room);
            advance(otherRoom);
            time.advance(Duration.ofMinutes(40));
            if (call == FirstCall.ONE_THAT_FAILS || call == FirstCall.ONE_IN_AN_OUTAGE) {
                redis.refuse();
                assertThat(room.find(2)).as("refused").isCompletedExceptionally();
                redis.permit();
                time.advance(Duration.ofMillis(call == FirstCall.ONE_IN_AN_OUTAGE ? 2_000 : 50));
            }
            if (call == FirstCall.FIND) {
                assertThat(room.find(2)).as("held").isCompletedExceptionally();
            } else {
                assertThat(join(room, 2).number()).as("held").isZero();
            }
            assertThat(room.find(2)).as("waits for the other gateway").isCompletedExceptionally();
            time.advance(Duration.ofMillis(1_100));
            long second = join(room, 2).number();
            assertThat(second)
                    .as("numbers are in doubt after an outage only")
                    .isEqualTo(call == FirstCall.ONE_IN_AN_OUTAGE ? 1_002 : 2);
            room.configure(1, null).toCompletableFuture().join();
            RoomSnapshot snapshot = advance(room);
            assertThat(snapshot.isCalled(1)).isFalse();
            assertThat(snapshot.isCalled(second)).isTrue();
        }
    }

    @Test
    void storeThatHasLostNumbersIsFoundOutByAGatewayThatItDoesNotKnow() {
        try (RedisServer server = RedisServer.start();
                RedisBackend known = server.gateway(time);
                RedisBackend unknown = server.gateway(time)) {
            RoomStore room = known.room(ROOM);
            assertThat(advance(room).lives()).isZero();
            assertThat(join(room, 1).number()).isEqualTo(1);
            Map<String, byte[]> before = server.state();
            RoomStore unknownRoom = unknown.room(ROOM);
            assertThat(join(unknownRoom, 2).number()).isEqualTo(2);
            server.goBackTo(before);
            assertThat(join(unknownRoom, 3).number())
                    .as("number 2 has been given out")
                    .isNotEqualTo(2);
        }
    }
}
