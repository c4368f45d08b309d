package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomStore;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Joins that go out together to a real Redis. */
class CoalescedJoinsTest {

    private static final String KEYS = "sluice:{room:sale}:";
    private static final Room FULL = Room.named("sale").capacity(0).build();

    private final RedisServer server = RedisServer.start();
    private final RedisBackend backend = server.gateway(Duration.ofSeconds(10));

    @AfterEach
    void stop() {
        backend.close();
        server.close();
    }

    /** All of them before the first is answered, or nearly so. */
    private static List<Place> together(RoomStore room, long... visitors) {
        List<CompletableFuture<Place>> joins = LongStream.of(visitors)
                .mapToObj(visitor -> room.join(visitor, false).toCompletableFuture())
                .toList();
        return joins.stream()
                .map(join -> join.orTimeout(30, TimeUnit.SECONDS).join())
                .toList();
    }

    private static long[] visitors(int count) {
        return LongStream.rangeClosed(1, count).toArray();
    }

    @Test
    void burstGetsDistinctNumbersInTheOrderOfArrivalInFewCalls() {
        RoomStore room = backend.room(FULL);
        long before = server.calls("evalsha");
        assertThat(together(room, visitors(500)))
                .extracting(Place::number)
                .containsExactlyElementsOf(
                        LongStream.rangeClosed(1, 500).boxed().toList());
        assertThat(server.calls("evalsha") - before).isLessThan(250);
    }

    @Test
    void visitorWhoComesTwiceInABatchGetsOnePlace() {
        RoomStore room = backend.room(FULL);
        assertThat(together(room, 7, 1, 2, 1, 3, 2, 7))
                .extracting(Place::number)
                .containsExactly(1L, 2L, 3L, 2L, 4L, 3L, 1L);
    }

    @Test
    void knownVisitorsKeepTheirNumbersAmongNewOnes() {
        RoomStore room = backend.room(FULL);
        assertThat(together(room, 1, 2, 3)).extracting(Place::number).containsExactly(1L, 2L, 3L);
        try (RedisBackend other = server.gateway(Duration.ofSeconds(10))) {
            assertThat(together(other.room(FULL), 9, 3, 8, 1))
                    .extracting(Place::number)
                    .containsExactly(4L, 3L, 5L, 1L);
        }
    }

    @Test
    void joinsStraightInAreDecidedInTheOrderOfArrival() {
        RoomStore room = backend.room(Room.named("sale").capacity(2).build());
        CompletableFuture<Place> first = room.join(9, false).toCompletableFuture();
        List<CompletableFuture<Place>> joins = LongStream.rangeClosed(1, 3)
                .mapToObj(visitor -> room.join(visitor, true).toCompletableFuture())
                .toList();
        assertThat(first.join().state()).isEqualTo(Place.State.QUEUED);
        assertThat(joins)
                .as("somebody waits before them")
                .allMatch(join -> join.join().state() == Place.State.QUEUED);
    }

    @Test
    void visitorsOfABatchWhoGoStraightInTakeThePlacesInOrder() {
        RoomStore room = backend.room(Room.named("sale").capacity(2).build());
        List<CompletableFuture<Place>> joins = LongStream.rangeClosed(1, 5)
                .mapToObj(visitor -> room.join(visitor, true).toCompletableFuture())
                .toList();
        assertThat(joins)
                .extracting(join -> join.join().state())
                .containsExactly(
                        Place.State.USED, Place.State.USED, Place.State.QUEUED, Place.State.QUEUED, Place.State.QUEUED);
    }

    @Test
    void batchThatMeetsAForeignKeyGivesNoNumberTwice() {
        RoomStore room = backend.room(FULL);
        assertThat(together(room, 1)).extracting(Place::number).containsExactly(1L);
        server.run(redis -> redis.sync().rename(KEYS + "visitors" + generation(), "kept"));
        server.run(redis -> redis.sync().set(KEYS + "visitors" + generation(), "somebody else's"));
        assertThat(together(room, 2, 3, 4))
                .as("tickets without a number, as long as the room cannot be used")
                .extracting(Place::number)
                .containsOnly(0L);
        server.run(redis -> redis.sync().rename("kept", KEYS + "visitors" + generation()));
        try (RedisBackend other = server.gateway(Duration.ofSeconds(10))) {
            assertThat(together(other.room(FULL), 1, 5, 6))
                    .extracting(Place::number)
                    .startsWith(1L)
                    .doesNotHaveDuplicates()
                    .doesNotContain(0L);
        }
    }

    /** Visitors are kept by the day. */
    private int generation() {
        return (int) (TimeUnit.MILLISECONDS.toDays(System.currentTimeMillis()) % 2);
    }

    @Test
    void nobodyWaitsForARedisThatHangs() {
        try (RedisBackend impatient = server.gateway(Duration.ofMillis(50))) {
            RoomStore room = impatient.room(FULL);
            server.freeze();
            assertThat(together(room, visitors(500)))
                    .extracting(Place::number)
                    .as("tickets without a number")
                    .containsOnly(0L);
            server.thaw();
        }
    }

    @Test
    void joinsGoNowhereWhileRedisIsKnownNotToAnswer() {
        try (RedisBackend impatient = server.gateway(Duration.ofMillis(50))) {
            RoomStore room = impatient.room(FULL);
            server.freeze();
            for (int visitor = 1; visitor <= 3; visitor++) {
                assertThat(together(room, visitor)).extracting(Place::number).containsExactly(0L);
            }
            assertThat(room.join(4, false).toCompletableFuture())
                    .as("the breaker is open")
                    .isCompletedWithValueMatching(place -> place.number() == 0);
            server.thaw();
        }
    }
}
