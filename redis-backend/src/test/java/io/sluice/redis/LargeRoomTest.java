package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A room for so many that Redis could not tell or call all of them within the deadline of one call, which is the default. */
class LargeRoomTest {

    private static final int MANY = 20_000;
    private static final Duration LONG_DEADLINE = Duration.ofSeconds(10);

    private final RedisServer server = RedisServer.start();
    private final RedisBackend patient = server.gateway(LONG_DEADLINE);
    private final RedisBackend impatient = RedisBackend.connect(server.uri());

    @AfterEach
    void stop() {
        patient.close();
        impatient.close();
        server.close();
    }

    private static Room room(Room.Mode mode) {
        return Room.named("sale").capacity(MANY).mode(mode).build();
    }

    private static void joinAll(RoomStore room, boolean straightIn) {
        List<CompletableFuture<Place>> joins = LongStream.rangeClosed(1, MANY)
                .mapToObj(visitor -> room.join(visitor, straightIn).toCompletableFuture())
                .toList();
        joins.forEach(CompletableFuture::join);
    }

    /** Fails if the gateway never gets an answer in time. */
    private static RoomSnapshot snapshot(RoomStore room, long sinceRevision) {
        return Awaitility.await()
                .ignoreExceptions()
                .until(() -> advance(room, sinceRevision).toCompletableFuture().join(), found -> true);
    }

    private static CompletionStage<RoomSnapshot> advance(RoomStore room, long sinceRevision) {
        return room.advance(new Sightings(0, new BitSet(), List.of(), 0, sinceRevision, List.of()));
    }

    @Test
    void gatewayThatStartsLearnsOfEverybodyInside() {
        joinAll(patient.room(room(Room.Mode.OPEN)), true);
        RoomStore starting = impatient.room(room(Room.Mode.OPEN));
        assertThat(snapshot(starting, -1).inside()).isEqualTo(MANY);
        server.freeze();
        for (long visitor : new long[] {1, MANY / 2, MANY}) {
            assertThat(starting.find(visitor).toCompletableFuture().join().number())
                    .as("known without Redis")
                    .isEqualTo(visitor);
        }
        server.thaw();
    }

    @Test
    void gatewayThatStartsLearnsOfEverybodyWhoHasLeft() {
        RoomStore room = patient.room(room(Room.Mode.OPEN));
        joinAll(room, true);
        int leaving = 2_500;
        List<CompletableFuture<Place>> departures = LongStream.rangeClosed(1, leaving)
                .mapToObj(visitor -> room.leave(RoomStore.ANY_NUMBER, visitor).toCompletableFuture())
                .toList();
        departures.forEach(CompletableFuture::join);
        RoomStore starting = impatient.room(room(Room.Mode.OPEN));
        RoomSnapshot all = snapshot(starting, -1);
        assertThat(all.freed().size()).isEqualTo(leaving);
        assertThat(snapshot(starting, all.revision()).freed().size()).isZero();
    }

    @Test
    void gatewayThatStartsHearsFromOldNumbersFarApart() {
        RoomStore room = patient.room(room(Room.Mode.OPEN));
        snapshot(room, -1);
        int passed = 500_000;
        server.run(redis ->
                redis.sync().hset("sluice:{room:sale}:meta", Map.of("issued", "" + passed, "served", "" + passed)));
        BitSet heard = new BitSet();
        heard.set(1_000);
        heard.set(passed - 1);
        RoomStore starting = impatient.room(room(Room.Mode.OPEN));
        RoomSnapshot called = Awaitility.await()
                .ignoreExceptions()
                .until(
                        () -> starting.advance(new Sightings(0, heard, List.of(), 0, -1, List.of()))
                                .toCompletableFuture()
                                .join(),
                        snapshot -> snapshot.calledCount() == 2);
        assertThat(List.of(1_000L, passed - 1L)).allMatch(called::isCalled);
    }

    @Test
    void thousandsAreCalledInOrderByOneRefreshAfterAnother() {
        joinAll(patient.room(room(Room.Mode.QUEUE_EVERYBODY)), false);
        RoomStore calling = impatient.room(room(Room.Mode.QUEUE_EVERYBODY));
        RoomSnapshot called = Awaitility.await()
                .ignoreExceptions()
                .until(
                        () -> advance(calling, -1).toCompletableFuture().join(),
                        snapshot -> snapshot.calledCount() > 2_000);
        assertThat(called.served()).isEqualTo(called.calledCount());
    }
}
