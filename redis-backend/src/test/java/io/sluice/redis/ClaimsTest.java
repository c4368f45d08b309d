package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.Backend;
import io.sluice.Decision.Source;
import io.sluice.Limit;
import io.sluice.ManualTime;
import io.sluice.Place;
import io.sluice.RateLimiter;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import io.sluice.StoreUnavailableException;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Claims of which more expire than one call ends, and claims that cannot be read. */
class ClaimsTest {

    private static final Duration CLAIM_WITHIN = Duration.ofSeconds(10);
    private static final Duration REFRESH = Duration.ofMillis(200);

    /** After it, a called visitor counts as one who does not come. */
    private static final Duration SILENCE = Duration.ofSeconds(4);

    private static final int INSIDE = 1;
    private static final int CALLED = 1_200;

    /** Redis ends those that expire together in the order of their texts. */
    private static final long ENDED_LAST = 999;

    private final RedisServer server = RedisServer.start();
    private final ManualTime time = new ManualTime();
    private final RedisBackend gateway = server.gateway(time);
    private final Backend backend = SettledBackend.of(gateway);
    private final RoomStore room = backend.room(
            Room.named("sale").capacity(INSIDE).claimWithin(CLAIM_WITHIN).build());

    @AfterEach
    void stop() {
        backend.close();
        server.close();
    }

    private RoomSnapshot advance(List<Long> ready) {
        return room.advance(new Sightings(0, new BitSet(), ready, 0, -1, List.of()))
                .toCompletableFuture()
                .join();
    }

    private Place join(long visitor) {
        return room.join(visitor, true).toCompletableFuture().join();
    }

    private Place enter(long visitor) {
        return room.enter(visitor, visitor).toCompletableFuture().join();
    }

    private void configure(Room.Mode mode) {
        room.configure(INSIDE, mode).toCompletableFuture().join();
    }

    /** All have been told READY, and would have had to enter a moment ago. */
    private void letManyClaimsExpire() {
        advance(List.of());
        assertThat(join(1).state()).isEqualTo(Place.State.USED);
        List<Long> called = LongStream.rangeClosed(2, 1 + CALLED).boxed().toList();
        for (long visitor : called) {
            assertThat(join(visitor).number()).isEqualTo(visitor);
            room.call(visitor, visitor).toCompletableFuture().join();
        }
        configure(Room.Mode.CLOSED);
        advance(called);
        time.advance(REFRESH);
        // From now on their time runs, for all of them to the same microsecond.
        configure(Room.Mode.OPEN);
        for (int i = 1; i < CLAIM_WITHIN.dividedBy(REFRESH); i++) {
            time.advance(REFRESH);
            advance(List.of());
        }
        Duration least = Duration.ofMillis(1);
        time.advance(REFRESH.minus(least));
        advance(List.of());
        assertThat(advance(List.of()).calledCount()).isEqualTo(CALLED);
        time.advance(least);
    }

    @Test
    void claimThatHasExpiredIsOverBeforeRedisHasEndedIt() {
        letManyClaimsExpire();
        assertThat(enter(ENDED_LAST).state()).isEqualTo(Place.State.EXPIRED);
    }

    @Test
    void whoJoinsAgainWithAClaimThatHasExpiredGetsANewNumber() {
        letManyClaimsExpire();
        Place again = join(ENDED_LAST);
        assertThat(again.state()).isEqualTo(Place.State.QUEUED);
        assertThat(again.number()).isEqualTo(2 + CALLED);
    }

    @Test
    void roomGoesOnAfterSomebodyCameToTheDoorWithAClaimThatHadExpired() {
        letManyClaimsExpire();
        enter(ENDED_LAST);
        time.advance(Duration.ofSeconds(3));
        advance(List.of());
        assertThat(advance(List.of()).calledCount()).isZero();
        assertThat(join(2 + CALLED).state()).isEqualTo(Place.State.QUEUED);
    }

    @Test
    void silentVisitorWhoIsToldOfTheCallAtLastStillCountsAsOneWhoDoesNotCome() {
        int free = 10;
        assertThat(room.configure(2 * free, Room.Mode.OPEN)).isCompleted();
        advance(List.of());
        for (long visitor = 1; visitor <= 6L * free; visitor++) {
            assertThat(room.join(visitor, visitor <= free)).isCompleted();
        }
        assertThat(advance(List.of()).calledCount()).isEqualTo(free);
        for (int i = 1; i < SILENCE.dividedBy(REFRESH); i++) {
            time.advance(REFRESH);
            advance(List.of());
        }
        time.advance(REFRESH);
        advance(LongStream.rangeClosed(free + 1, 2L * free).boxed().toList());
        assertThat(advance(List.of()).calledCount())
                .as("of those called half do not come, so two are called for each place, beside the silent ones")
                .isEqualTo(3 * free);
    }

    @Test
    void claimThatCannotBeReadIsAsIfJustCalled() {
        advance(List.of());
        join(1);
        join(2);
        room.call(2, 2).toCompletableFuture().join();
        server.run(redis -> redis.sync().hset("sluice:{room:sale}:claims", "2", "1|1|1|1|-1|0|0"));
        assertThat(advance(List.of()).isCalled(2)).isTrue();
        room.leave(1, 1).toCompletableFuture().join();
        assertThat(enter(2).state()).isEqualTo(Place.State.USED);
    }

    @Test
    void scriptThatFailsOnWhatIsItsOwnNamesNoForeignKeyAndHarmsNoLimit() {
        RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "10/1d"), gateway);
        advance(List.of());
        server.run(redis -> redis.sync().zadd("sluice:{room:sale}:freed", 1, "no number and no end"));
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> advance(List.of()))
                    .hasCauseInstanceOf(StoreUnavailableException.class)
                    .hasMessageContaining("attempt to compare")
                    .hasMessageNotContaining("delete it");
        }
        assertThat(limiter.tryAcquire("caller").source()).isEqualTo(Source.STORE);
    }
}
