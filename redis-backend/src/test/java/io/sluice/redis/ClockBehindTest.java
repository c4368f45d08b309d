package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.FlushMode;
import io.sluice.ManualTime;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Redis takes over whose clock is behind that of the one before. */
class ClockBehindTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int[] WAITING = IntStream.rangeClosed(1, 20).toArray();
    private static final Room ROOM =
            Room.named("sale").capacity(0).patience(PATIENCE).build();

    private final RedisServer server = RedisServer.start();
    private final ManualTime machine = new ManualTime();
    private final StoreTime time = new StoreTime(machine);
    private final RedisBackend gateway = server.gateway(time);
    private final RedisBackend otherGateway = server.gateway(time);
    private final RoomStore room = SettledBackend.of(gateway).room(ROOM);
    private final RoomStore otherRoom = SettledBackend.of(otherGateway).room(ROOM);

    @BeforeEach
    void letAllWait() {
        Awaitility.await().until(() -> gateway.gateways() == 2 && otherGateway.gateways() == 2);
        advance(room);
        for (int visitor : WAITING) {
            assertThat(room.join(visitor, false)).isCompleted();
        }
        use(Duration.ofSeconds(30), WAITING);
    }

    @AfterEach
    void stop() {
        gateway.close();
        otherGateway.close();
        server.close();
    }

    private static CompletionStage<RoomSnapshot> advance(RoomStore room, int... heard) {
        BitSet alive = new BitSet();
        IntStream.of(heard).forEach(alive::set);
        return room.advance(new Sightings(0, alive, List.of(), -1, List.of()));
    }

    private void use(Duration duration, int... heard) {
        for (long i = 0; i < 2 * duration.toSeconds(); i++) {
            machine.advance(Duration.ofMillis(500));
            assertThat(advance(room, heard)).isCompleted();
        }
    }

    private void setBack(int seconds) {
        time.set(time.epochMicros() - seconds * 1_000_000L);
    }

    private RoomSnapshot openAndAdvance() {
        room.configure(1, Room.Mode.OPEN).toCompletableFuture().join();
        return advance(room).toCompletableFuture().join();
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 30, 100, 100_000})
    void nobodyWhoWaitsIsPassedOver(int seconds) {
        setBack(seconds);
        RoomSnapshot snapshot = openAndAdvance();
        assertThat(snapshot.served()).isEqualTo(1);
        assertThat(snapshot.isCalled(1)).isTrue();
    }

    @Test
    void patienceGoesOn() {
        setBack(100);
        use(PATIENCE.multipliedBy(3).dividedBy(2), 15);
        assertThat(openAndAdvance().isCalled(15)).isTrue();
    }

    @Test
    void noHoldLastsLonger() {
        advance(otherRoom);
        server.run(redis -> redis.sync().flushall(FlushMode.SYNC));
        assertThat(advance(room)).isCompletedExceptionally();
        setBack(100);
        assertThat(advance(room)).as("waits for the other").isCompletedExceptionally();
        machine.advance(Duration.ofMillis(1_100));
        assertThat(advance(room)).isCompleted();
    }

    @Test
    void lastChangeOfTheRoomIsBroughtBack() {
        room.configure(5, null).toCompletableFuture().join();
        assertThat(advance(otherRoom)).isCompleted();
        setBack(100);
        room.configure(7, null).toCompletableFuture().join();
        use(Duration.ofSeconds(1));
        server.run(redis -> redis.sync().flushall(FlushMode.SYNC));
        for (int i = 0; i < 12; i++) {
            machine.advance(Duration.ofMillis(100));
            advance(room);
            advance(otherRoom);
        }
        assertThat(advance(room).toCompletableFuture().join().capacity()).isEqualTo(7);
    }

    @Test
    void stepsOfMicrosecondsChangeNothing() {
        for (int i = 0; i < 100; i++) {
            time.set(time.epochMicros() - 3);
            assertThat(advance(room, WAITING)).isCompleted();
        }
        Map<String, String> meta = server.run(redis -> redis.sync().hgetall("sluice:{room:sale}:meta"));
        assertThat(meta).doesNotContainKey("hold");
        assertThat(openAndAdvance().served()).isEqualTo(1);
    }
}
