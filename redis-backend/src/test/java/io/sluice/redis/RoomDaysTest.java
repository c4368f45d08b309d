package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Backend;
import io.sluice.ManualTime;
import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A room over days: Redis keeps visitors by the day, and forgets in the end. */
class RoomDaysTest {

    private static final int VISITORS_A_DAY = 800;

    private final RedisServer server = RedisServer.start();
    private final ManualTime manual = new ManualTime();
    private final StoreTime time = new StoreTime(manual);
    private final Backend backend = SettledBackend.of(server.gateway(time));
    private final RoomStore room =
            backend.room(Room.named("sale").capacity(1).stay(Duration.ofDays(7)).build());

    @AfterEach
    void stop() {
        backend.close();
        server.close();
    }

    private void advance(Duration duration) {
        manual.advance(duration);
        BitSet heard = new BitSet();
        heard.set(1, 100);
        assertThat(room.advance(new Sightings(0, heard, List.of(), 0, -1, List.of())))
                .isCompleted();
    }

    private Place join(long visitor) {
        return room.join(visitor, true).toCompletableFuture().join();
    }

    private Place find(long visitor) {
        return room.find(visitor).toCompletableFuture().join();
    }

    @Test
    void whoIsInsideForDaysIsKnownAndTakesNoSecondPlace() {
        advance(Duration.ZERO);
        Place inside = join(1);
        assertThat(inside.state()).isEqualTo(Place.State.USED);
        for (int hour = 1; hour < 6 * 24; hour++) {
            advance(Duration.ofHours(1));
            assertThat(find(1)).as("after %d hours", hour).isEqualTo(inside);
        }
        assertThat(join(1)).isEqualTo(inside);
    }

    @Test
    void clockThatIsSetBackOverMidnightForgetsNobody() {
        long dayMicros = TimeUnit.DAYS.toMicros(1);
        advance(Duration.ofNanos(TimeUnit.MICROSECONDS.toNanos(dayMicros - time.epochMicros() % dayMicros + 1)));
        join(1);
        Place waiting = join(2);
        time.set(manual.epochMicros() - TimeUnit.SECONDS.toMicros(3));
        advance(Duration.ZERO);
        time.set(manual.epochMicros());
        advance(Duration.ofSeconds(1));
        assertThat(find(2)).isEqualTo(waiting);
    }

    /** Lets a day's visitors come in and leave. */
    private void aDayOfVisitors(int day) {
        for (int visitor = 1; visitor <= VISITORS_A_DAY; visitor++) {
            long hash = day * 1_000_000L + visitor;
            assertThat(join(hash).state()).as("%d on day %d", visitor, day).isEqualTo(Place.State.USED);
            room.leave(RoomStore.ANY_NUMBER, hash).toCompletableFuture().join();
        }
    }

    private long bitmapBytes() {
        return server.run(
                redis -> Stream.concat(Stream.of("gone"), IntStream.range(0, 6).mapToObj("alive%d"::formatted))
                        .mapToLong(key -> redis.sync().strlen("sluice:{room:sale}:" + key))
                        .max()
                        .orElseThrow());
    }

    @Test
    void bitmapsHoldTheNumbersOfTheLastDaysOnly() {
        advance(Duration.ZERO);
        for (int day = 1; day <= 6; day++) {
            aDayOfVisitors(day);
            advance(Duration.ofDays(1));
        }
        assertThat(bitmapBytes()).isLessThanOrEqualTo(2 * VISITORS_A_DAY / 8 + 1);
        Place inside = join(1);
        Place first = join(2);
        Place second = join(3);
        assertThat(List.of(inside.number(), first.number(), second.number()))
                .isEqualTo(List.of(6L * VISITORS_A_DAY + 1, 6L * VISITORS_A_DAY + 2, 6L * VISITORS_A_DAY + 3));
        assertThat(room.enter(17, 17).toCompletableFuture().join().state())
                .as("number of the first day")
                .isEqualTo(Place.State.EXPIRED);
        room.leave(RoomStore.ANY_NUMBER, 1).toCompletableFuture().join();
        advance(Duration.ofSeconds(1));
        assertThat(find(2).state()).isEqualTo(Place.State.READY);
        assertThat(find(3)).isEqualTo(second);
    }

    @Test
    void whoIsInsideForDaysHoldsTheBitmapsBack() {
        advance(Duration.ZERO);
        join(1);
        room.configure(2, Room.Mode.OPEN).toCompletableFuture().join();
        Place inside = join(2);
        room.leave(RoomStore.ANY_NUMBER, 1).toCompletableFuture().join();
        for (int day = 1; day <= 4; day++) {
            aDayOfVisitors(day);
            advance(Duration.ofDays(1));
        }
        assertThat(find(2)).isEqualTo(inside);
        room.leave(RoomStore.ANY_NUMBER, 2).toCompletableFuture().join();
        assertThat(find(2).state()).isEqualTo(Place.State.EXPIRED);
        advance(Duration.ofDays(1));
        assertThat(bitmapBytes()).isLessThanOrEqualTo(VISITORS_A_DAY / 8 + 1);
    }

    @Test
    void whoIsPassedOverAndJoinsAgainTwiceADayKeepsThePlace() {
        letTimePassInSilence(Duration.ZERO);
        join(1);
        Place place = join(2);
        letTimePassInSilence(Duration.ofMinutes(10));
        replaceInside(1, 3);
        assertThat(join(2)).isEqualTo(place);
        letTimePassInSilence(Duration.ofMinutes(10));
        leave(3);
        aDayOfVisitors(1);
        join(4);
        for (int halfDay = 1; halfDay <= 8; halfDay++) {
            letTimePassInSilence(Duration.ofHours(12));
            assertThat(join(2)).as("after %d half days", halfDay).isEqualTo(place);
            letTimePassInSilence(Duration.ofMinutes(10));
            replaceInside(3 + halfDay, 4 + halfDay);
        }
    }

    /** Whoever waits is silent and passed over. */
    private void replaceInside(long leaving, long entering) {
        leave(leaving);
        assertThat(join(entering).state()).isEqualTo(Place.State.USED);
    }

    private void leave(long visitor) {
        room.leave(RoomStore.ANY_NUMBER, visitor).toCompletableFuture().join();
        letTimePassInSilence(Duration.ZERO);
    }

    private void letTimePassInSilence(Duration duration) {
        manual.advance(duration);
        assertThat(room.advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of())))
                .isCompleted();
    }

    @Test
    void roomThatRedisHasForgottenForWantOfUseBeginsAnewWithoutALoss() {
        RoomStore weekly = backend.room(Room.named("weekly").capacity(1).build());
        assertThat(livesOf(weekly)).isZero();
        assertThat(joins(weekly, 1)).isEqualTo(1);
        assertThat(livesOf(weekly)).isZero();
        manual.advance(Duration.ofDays(7));
        // Redis expires keys by a clock of its own.
        server.run(redis -> redis.sync().flushall());
        for (long number = 1; number <= 2; number++) {
            assertThat(joins(weekly, 10 + number)).isEqualTo(number);
            assertThat(livesOf(weekly)).isZero();
        }
    }

    @Test
    void numbersOfARoomThatRedisHasForgottenAreNobodysInTheNext() {
        RoomStore weekly = backend.room(Room.named("weekly").capacity(0).build());
        assertThat(livesOf(weekly)).isZero();
        assertThat(joins(weekly, 1)).isEqualTo(1);
        manual.advance(Duration.ofDays(7));
        server.run(redis -> redis.sync().flushall());
        assertThat(joins(weekly, 11)).isEqualTo(1);
        server.kill();
        assertThat(joins(weekly, 1)).as("a ticket without a number").isZero();
        assertThat(joins(weekly, 11)).isEqualTo(1);
    }

    @Test
    void numberOfARoomThatRedisHasForgottenIsNotAskedForInTheNext() {
        Room weekly = Room.named("weekly").capacity(0).build();
        RoomStore here = backend.room(weekly);
        assertThat(livesOf(here)).isZero();
        assertThat(joins(here, 1)).isEqualTo(1);
        manual.advance(Duration.ofDays(7));
        server.run(redis -> redis.sync().flushall());
        try (Backend other = SettledBackend.of(server.gateway(time))) {
            RoomStore there = other.room(weekly);
            assertThat(livesOf(there)).isZero();
            assertThat(joins(there, 11)).isEqualTo(1);
            server.run(redis -> redis.sync().flushall());
            for (int i = 0; i < 10; i++) {
                manual.advance(Duration.ofMillis(200));
                there.advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of()));
            }
            assertThat(livesOf(there)).isEqualTo(1);
            assertThat(joins(here, 1)).isGreaterThan(1);
            assertThat(joins(there, 11)).isEqualTo(1);
        }
    }

    @Test
    void changesOfARoomThatRedisHasForgottenAreNotBroughtIntoTheNext() {
        RoomStore weekly = backend.room(Room.named("weekly").capacity(1).build());
        weekly.configure(5, Room.Mode.CLOSED).toCompletableFuture().join();
        assertThat(livesOf(weekly)).isZero();
        manual.advance(Duration.ofDays(7));
        server.run(redis -> redis.sync().flushall());
        assertThat(joins(weekly, 1)).isEqualTo(1);
        server.run(redis -> redis.sync().flushall());
        for (int i = 0; i < 10; i++) {
            manual.advance(Duration.ofMillis(200));
            weekly.advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of()));
        }
        RoomSnapshot snapshot = weekly.advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of()))
                .toCompletableFuture()
                .join();
        assertThat(snapshot.lives()).isEqualTo(1);
        assertThat(snapshot.capacity()).isEqualTo(1);
        assertThat(snapshot.mode()).isEqualTo(Room.Mode.OPEN);
    }

    private static long joins(RoomStore room, long visitor) {
        return room.join(visitor, true).toCompletableFuture().join().number();
    }

    private static int livesOf(RoomStore room) {
        return room.advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of()))
                .toCompletableFuture()
                .join()
                .lives();
    }

    @Test
    void roomThatComesBackEmptyAfterDaysKeepsItsNumbers() {
        advance(Duration.ZERO);
        for (int day = 1; day <= 4; day++) {
            aDayOfVisitors(day);
            advance(Duration.ofDays(1));
        }
        join(1);
        Place waiting = join(2);
        advance(Duration.ofSeconds(1));
        server.run(redis -> redis.sync().flushall());
        for (int i = 0; i < 10; i++) {
            manual.advance(Duration.ofMillis(200));
            room.advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of()));
        }
        assertThat(find(1).state()).isEqualTo(Place.State.USED);
        assertThat(room.join(2, true).toCompletableFuture().join()).isEqualTo(waiting);
        assertThat(room.enter(17, 17).toCompletableFuture().join().state()).isEqualTo(Place.State.EXPIRED);
        assertThat(bitmapBytes())
                .as("up to the numbers that a loss passes over")
                .isLessThanOrEqualTo((2 * VISITORS_A_DAY + 1_000) / 8 + 1);
    }

    @Test
    void everyKeyExpires() {
        advance(Duration.ZERO);
        for (int visitor = 1; visitor <= 5; visitor++) {
            join(visitor);
        }
        room.leave(RoomStore.ANY_NUMBER, 1).toCompletableFuture().join();
        advance(Duration.ofMillis(200));
        assertThat(everlastingKeys()).isEmpty();
    }

    private List<String> everlastingKeys() {
        return server.run(redis -> redis.sync().keys("*{room:*").stream()
                .filter(key -> redis.sync().pttl(key) < 0)
                .toList());
    }

    @Test
    void everyKeyExpiresThoughTheGatewayDiesBeforeItsFirstRefresh() {
        for (int visitor = 1; visitor <= 5; visitor++) {
            join(visitor);
        }
        assertThat(everlastingKeys()).isEmpty();
        room.call(2, 2).toCompletableFuture().join();
        room.enter(2, 2).toCompletableFuture().join();
        assertThat(everlastingKeys()).isEmpty();
        room.leave(RoomStore.ANY_NUMBER, 1).toCompletableFuture().join();
        assertThat(everlastingKeys()).isEmpty();
        manual.advance(Duration.ofDays(1));
        join(6);
        assertThat(everlastingKeys()).isEmpty();
    }

    @Test
    void roomThatBeginsOnTheLeftoversOfAnotherTakesNoneOfItsNumbers() {
        advance(Duration.ZERO);
        join(1);
        server.run(redis -> redis.sync().del("sluice:{room:sale}:meta", "sluice:{room:sale}:stays"));
        manual.advance(Duration.ofDays(3));
        try (RedisBackend restarted = server.gateway(time)) {
            RoomStore begun = SettledBackend.of(restarted)
                    .room(Room.named("sale").capacity(1).build());
            Place other = begun.join(2, true).toCompletableFuture().join();
            Place old = begun.join(1, true).toCompletableFuture().join();
            assertThat(List.of(other.state(), old.state())).containsExactly(Place.State.USED, Place.State.QUEUED);
            assertThat(old.number()).isGreaterThan(other.number());
        }
    }

    @Test
    void roomGoesOnAfterRedisHasEvictedThoseInside() {
        advance(Duration.ZERO);
        join(1);
        join(2);
        server.run(redis -> redis.sync().del("sluice:{room:sale}:stays"));
        assertThat(room.advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of())))
                .isCompleted();
        assertThat(find(2).state()).as("called into the place that is free now").isEqualTo(Place.State.READY);
    }
}
