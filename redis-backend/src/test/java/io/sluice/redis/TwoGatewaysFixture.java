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

/** Two gateways of one room, on a Redis that loses what a test has it lose. Time stands still until told. */
abstract class TwoGatewaysFixture {

    private static final Room ANOTHER_ROOM = Room.named("another").capacity(1).build();

    final RedisServer server = RedisServer.start();
    final ManualTime time = new ManualTime();

    /** The time of Redis: that of the machine, unless a test sets it. */
    final StoreTime storeTime = new StoreTime(time);

    final RedisBackend gateway = server.gateway(storeTime);
    final RedisBackend otherGateway = server.gateway(storeTime);
    final RoomStore here;
    final RoomStore there;

    TwoGatewaysFixture(Room room) {
        here = SettledBackend.of(gateway).room(room);
        there = SettledBackend.of(otherGateway).room(room);
    }

    @AfterEach
    void stop() {
        gateway.close();
        otherGateway.close();
        server.close();
    }

    void awaitThatEachKnowsOfTheOther() {
        Awaitility.await().until(() -> gateway.gateways() == 2 && otherGateway.gateways() == 2);
    }

    void loseEverything() {
        server.run(redis -> redis.sync().flushall(FlushMode.SYNC));
    }

    /** Starts an empty server, and returns when both gateways reach it; no call has told them of the room since. */
    void restart() {
        server.restart();
        Awaitility.await().until(() -> reachesRedis(gateway) && reachesRedis(otherGateway));
    }

    /** A breaker may be closed because too few calls have failed, so only an answer tells. */
    static boolean reachesRedis(RedisBackend gateway) {
        return gateway.room(ANOTHER_ROOM)
                .find(1)
                .handle((place, failure) -> failure == null)
                .toCompletableFuture()
                .join();
    }

    /** Has these gateways refresh, in this order, until a hold is over; it ends without the others. */
    void recover(RoomStore... rooms) {
        for (int i = 0; i < 20; i++) {
            time.advance(Duration.ofMillis(100));
            for (RoomStore room : rooms) {
                advance(room);
            }
        }
    }

    static CompletionStage<RoomSnapshot> advance(RoomStore room, long... heard) {
        BitSet alive = new BitSet();
        for (long number : heard) {
            alive.set(Math.toIntExact(number));
        }
        return room.advance(new Sightings(0, alive, List.of(), 0, -1, List.of()));
    }

    static RoomSnapshot snapshot(RoomStore room, long... heard) {
        return advance(room, heard).toCompletableFuture().join();
    }

    static Place join(RoomStore room, long visitor) {
        return room.join(visitor, false).toCompletableFuture().join();
    }

    static Place admit(RoomStore room, long visitor) {
        return room.join(visitor, true).toCompletableFuture().join();
    }

    /** Lets a visitor in for whom a place is free, and returns the number. */
    static long letIn(RoomStore room, long visitor) {
        Place place = admit(room, visitor);
        assertThat(place.state()).isEqualTo(Place.State.USED);
        return place.number();
    }

    static Place find(RoomStore room, long visitor) {
        return room.find(visitor).toCompletableFuture().join();
    }
}
