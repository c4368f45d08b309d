package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.ScriptOutputType;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Redis takes over whose clock is behind that of the one before. */
class ClockBehindTest extends TwoGatewaysFixture {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long[] WAITING = LongStream.rangeClosed(1, 20).toArray();
    private static final Room ROOM =
            Room.named("sale").capacity(0).patience(PATIENCE).build();

    ClockBehindTest() {
        super(ROOM);
    }

    @BeforeEach
    void letAllWait() {
        awaitThatEachKnowsOfTheOther();
        advance(here);
        for (long visitor : WAITING) {
            join(here, visitor);
        }
        use(Duration.ofSeconds(30), WAITING);
    }

    private void use(Duration duration, long... heard) {
        for (long i = 0; i < 2 * duration.toSeconds(); i++) {
            time.advance(Duration.ofMillis(500));
            assertThat(advance(here, heard)).isCompleted();
        }
    }

    private void setBack(int seconds) {
        storeTime.set(storeTime.epochMicros() - seconds * 1_000_000L);
    }

    private RoomSnapshot openAndAdvance() {
        here.configure(1, Room.Mode.OPEN).toCompletableFuture().join();
        return snapshot(here);
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

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 5, 100})
    void numberThatTheFailoverHasLostIsGivenToNobodyElse(int seconds) {
        advance(there);
        Map<String, byte[]> before = server.state();
        assertThat(join(there, 101).number()).isEqualTo(WAITING.length + 1);
        server.kill();
        assertThat(advance(here)).isCompletedExceptionally();
        time.advance(Duration.ofSeconds(3));
        restart();
        server.goBackTo(before);
        setBack(seconds);
        assertThat(join(here, 102).number()).as("held").isZero();
        recover(here);
        assertThat(join(here, 102).number()).isGreaterThan(WAITING.length + 1);
    }

    /**
     * Joins through a gateway that has made no call of the room before, and whose heartbeats broke. These go by the
     * machine's time, so a test can only say what that gateway would.
     */
    private String joinAfterBrokenHeartbeats(long visitor, long brokenAfterMicros) {
        String now = Long.toString(storeTime.epochMicros());
        String begin = RoomCalls.keysBegin("sluice", ROOM);
        String[] keys = RoomCalls.KEYS.stream().map(begin::concat).toArray(String[]::new);
        List<String> arguments = new ArrayList<>(List.of(now, "600000000", "60000000", "60000000", "0", "0", "OPEN"));
        arguments.addAll(List.of("1000000", "idle", Long.toString(visitor), "3", "0"));
        arguments.addAll(Collections.nCopies(8, ""));
        arguments.addAll(List.of(now, Long.toString(brokenAfterMicros), now, "0"));
        arguments.addAll(List.of("1", RedisRoom.visitor(visitor), "0"));
        List<List<String>> reply = server.run(redis -> redis.sync()
                .eval(Script.ROOM_JOIN.text, ScriptOutputType.MULTI, keys, arguments.toArray(String[]::new)));
        return reply.get(1).get(0);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 100})
    void numberThatTheFailoverHasLostIsGivenToNobodyElseThroughAGatewayThatMadeNoCallDuringTheOutage(int seconds) {
        advance(there);
        Map<String, byte[]> before = server.state();
        long brokenAfterMicros = storeTime.epochMicros();
        assertThat(join(there, 101).number()).isEqualTo(WAITING.length + 1);
        server.goBackTo(before);
        time.advance(Duration.ofSeconds(3));
        setBack(seconds);
        assertThat(joinAfterBrokenHeartbeats(102, brokenAfterMicros)).as("held").startsWith("QUEUED|0|");
        time.advance(Duration.ofMillis(1_100));
        assertThat(Long.parseLong(joinAfterBrokenHeartbeats(103, brokenAfterMicros)))
                .isGreaterThan(WAITING.length + 1);
    }

    @Test
    void gatewayThatHandsInLateHoldsTheRoomForNobodyElse() {
        try (RedisBackend thirdGateway = server.gateway(storeTime)) {
            RoomStore third = SettledBackend.of(thirdGateway).room(ROOM);
            List<RoomStore> all = List.of(here, there, third);
            all.forEach(room -> assertThat(advance(room)).isCompleted());
            Map<String, byte[]> before = server.state();
            long lost = join(here, 101).number();
            server.kill();
            all.forEach(room -> assertThat(advance(room)).isCompletedExceptionally());
            time.advance(Duration.ofSeconds(3));
            restart();
            Awaitility.await().until(() -> reachesRedis(thirdGateway));
            server.goBackTo(before);
            setBack(2);
            recover(here, third);
            assertThat(advance(there)).as("has yet to hand in").isCompletedExceptionally();
            assertThat(join(here, 102).number()).isGreaterThan(lost);
        }
    }

    @Test
    void noHoldLastsLonger() {
        advance(there);
        loseEverything();
        assertThat(advance(here)).isCompletedExceptionally();
        setBack(100);
        assertThat(advance(here)).as("waits for the other").isCompletedExceptionally();
        time.advance(Duration.ofMillis(1_100));
        assertThat(advance(here)).isCompleted();
    }

    @Test
    void lastChangeOfTheRoomIsBroughtBack() {
        here.configure(5, null).toCompletableFuture().join();
        assertThat(advance(there)).isCompleted();
        setBack(100);
        here.configure(7, null).toCompletableFuture().join();
        use(Duration.ofSeconds(1));
        loseEverything();
        recover(here, there);
        assertThat(snapshot(here).capacity()).isEqualTo(7);
    }

    @Test
    void stepsOfMicrosecondsChangeNothing() {
        for (int i = 0; i < 100; i++) {
            storeTime.set(storeTime.epochMicros() - 3);
            assertThat(advance(here, WAITING)).isCompleted();
        }
        Map<String, String> meta = server.run(redis -> redis.sync().hgetall("sluice:{room:sale}:meta"));
        assertThat(meta).doesNotContainKey("hold");
        assertThat(openAndAdvance().served()).isEqualTo(1);
    }
}
