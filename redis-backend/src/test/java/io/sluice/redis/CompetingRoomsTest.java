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

/**
 * A gateway that starts with an empty Redis begins a room of its own, and then the older room comes back: the same numbers
 * mean different visitors.
 */
class CompetingRoomsTest {

    private static final Room ROOM = Room.named("sale").capacity(2).build();
    private static final long ANN = 101;
    private static final long BEN = 102;
    private static final long CEM = 103;
    private static final long XIA = 201;
    private static final long YAN = 202;
    private static final long ZOE = 203;

    private final RedisServer server = RedisServer.start();
    private final ManualTime time = new ManualTime();
    private final RedisBackend older = server.gateway(time);
    private final RedisBackend newer = server.gateway(time);
    private final RoomStore olderRoom = SettledBackend.of(older).room(ROOM);
    private final RoomStore newerRoom = SettledBackend.of(newer).room(ROOM);

    @BeforeEach
    void beginBothRooms() {
        assertThat(admit(olderRoom, ANN)).isEqualTo(1);
        assertThat(admit(olderRoom, BEN)).isEqualTo(2);
        assertThat(join(olderRoom, CEM).number()).isEqualTo(3);
        advance(olderRoom);
        server.run(redis -> redis.sync().flushall(FlushMode.SYNC));
        time.advance(Duration.ofMillis(100));
        assertThat(admit(newerRoom, XIA)).isEqualTo(1);
        assertThat(join(newerRoom, YAN).number()).isEqualTo(2);
        assertThat(join(newerRoom, ZOE).number()).isEqualTo(3);
        advance(newerRoom);
    }

    @AfterEach
    void stop() {
        older.close();
        newer.close();
        server.close();
    }

    private static long admit(RoomStore room, long visitor) {
        Place place = room.join(visitor, true).toCompletableFuture().join();
        assertThat(place.state()).isEqualTo(Place.State.USED);
        return place.number();
    }

    private static Place join(RoomStore room, long visitor) {
        return room.join(visitor, false).toCompletableFuture().join();
    }

    private static Place find(RoomStore room, long visitor) {
        return room.find(visitor).toCompletableFuture().join();
    }

    private static CompletionStage<RoomSnapshot> advance(RoomStore room) {
        return room.advance(new Sightings(0, new BitSet(), List.of(), -1, List.of()));
    }

    /** The older gateway finds its room gone, and then the newer one that its own is. */
    private void bringBackTheOlderRoom() {
        for (int i = 0; i < 20; i++) {
            time.advance(Duration.ofMillis(100));
            advance(olderRoom);
            advance(newerRoom);
        }
        assertThat(advance(newerRoom)).isCompleted();
        assertThat(find(olderRoom, ANN).number()).isEqualTo(1);
        assertThat(find(olderRoom, BEN).number()).isEqualTo(2);
    }

    @Test
    void visitorsOfTheNewerRoomGetNumbersOfTheirOwn() {
        bringBackTheOlderRoom();
        Place xia = join(newerRoom, XIA);
        assertThat(xia.state()).as("inside there, so inside here").isEqualTo(Place.State.USED);
        assertThat(xia.number()).isGreaterThan(3);
        Place zoe = join(newerRoom, ZOE);
        assertThat(zoe.state()).isEqualTo(Place.State.QUEUED);
        assertThat(zoe.number()).isGreaterThan(3);
        assertThat(join(olderRoom, CEM).number()).isEqualTo(3);
    }

    @Test
    void placesTakenInBothRoomsAreCounted() {
        Awaitility.await().until(() -> older.gateways() == 2 && newer.gateways() == 2);
        bringBackTheOlderRoom();
        assertThat(find(olderRoom, XIA).state()).isEqualTo(Place.State.USED);
        assertThat(newer.recovery("sale").overfull())
                .as("three are inside, for two")
                .isEqualTo(1);
    }

    @Test
    void departureFromTheNewerRoomPutsNobodyOutOfTheOlderOne() {
        advance(olderRoom);
        assertThat(newerRoom.leave(RoomStore.ANY_NUMBER, XIA)).isCompleted();
        bringBackTheOlderRoom();
        assertThat(find(olderRoom, ANN).state()).isEqualTo(Place.State.USED);
        assertThat(find(olderRoom, XIA).state()).isEqualTo(Place.State.EXPIRED);
    }

    @Test
    void whoJoinsBetweenTheRoomsKeepsTheTicket() {
        advance(olderRoom);
        Place between = join(newerRoom, 300);
        assertThat(between.number()).as("a ticket without a number").isZero();
        bringBackTheOlderRoom();
        Place numbered = join(newerRoom, 300);
        assertThat(numbered.number()).isGreaterThan(3);
        assertThat(join(olderRoom, 300).number()).isEqualTo(numbered.number());
    }

    @Test
    void laterLossBringsBackNothingOfTheNewerRoom() {
        bringBackTheOlderRoom();
        server.run(redis -> redis.sync().flushall(FlushMode.SYNC));
        bringBackTheOlderRoom();
        assertThat(find(newerRoom, ANN).number()).isEqualTo(1);
        assertThat(join(newerRoom, CEM).number()).isEqualTo(3);
    }
}
