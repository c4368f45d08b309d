package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.ManualTime;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A room whose gateways are restarted one after the other with another patience. */
class DifferingPatienceTest {

    private static final int WAITING = 20;
    private static final Duration REFRESH = Duration.ofMillis(500);
    private static final Duration LONGER = Duration.ofSeconds(60);
    private static final Duration SHORTER = Duration.ofSeconds(30);

    private final RedisServer server = RedisServer.start();
    private final ManualTime time = new ManualTime();
    private final RedisBackend before = server.gateway(time);
    private final RedisBackend after = server.gateway(time);

    @AfterEach
    void stop() {
        before.close();
        after.close();
        server.close();
    }

    private static RoomStore room(RedisBackend gateway, Duration patience) {
        return SettledBackend.of(gateway)
                .room(Room.named("sale").capacity(0).patience(patience).build());
    }

    private static RoomSnapshot advance(RoomStore room, int throughNumber) {
        BitSet heard = new BitSet();
        heard.set(1, throughNumber + 1);
        return room.advance(new Sightings(0, heard, List.of(), 0, -1, List.of()))
                .toCompletableFuture()
                .join();
    }

    private static void joinAll(RoomStore room) {
        advance(room, 0);
        for (long visitor = 1; visitor <= WAITING; visitor++) {
            room.join(visitor, false).toCompletableFuture().join();
        }
    }

    private static void open(RoomStore room) {
        room.configure(2, Room.Mode.OPEN).toCompletableFuture().join();
    }

    private void whoPollsAtOneGatewayIsNotPassedOverByTheOther(RoomStore one, RoomStore other) {
        joinAll(one);
        for (int i = 0; i < LONGER.dividedBy(REFRESH) * 2; i++) {
            time.advance(REFRESH);
            advance(one, i % 10 == 0 ? WAITING : 0);
            advance(other, 0);
        }
        open(one);
        RoomSnapshot snapshot = advance(other, 0);
        assertThat(snapshot.calledCount()).isPositive();
        assertThat(snapshot.served()).isEqualTo(snapshot.calledCount());
    }

    @Test
    void whoPollsAtTheOldGatewayIsNotPassedOverByOneWithLessPatience() {
        whoPollsAtOneGatewayIsNotPassedOverByTheOther(room(before, LONGER), room(after, SHORTER));
    }

    @Test
    void whoPollsAtTheOldGatewayIsNotPassedOverByOneWithMorePatience() {
        whoPollsAtOneGatewayIsNotPassedOverByTheOther(room(before, SHORTER), room(after, LONGER));
    }

    @Test
    void whoIsSilentIsPassedOverByThePatienceThatAllHaveInTheEnd() {
        RoomStore old = room(before, LONGER);
        joinAll(old);
        RoomStore restarted = room(after, SHORTER);
        advance(restarted, 0);
        for (int i = 0; i < SHORTER.multipliedBy(5).dividedBy(4).dividedBy(REFRESH) + 1; i++) {
            time.advance(REFRESH);
            advance(restarted, 0);
        }
        open(restarted);
        RoomSnapshot snapshot = advance(restarted, 0);
        assertThat(snapshot.served()).isEqualTo(WAITING);
        assertThat(snapshot.calledCount()).isZero();
    }
}
