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
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A room whose Redis was away for a while and has kept its data: that time does not count for those who wait. */
class RoomAwayTest {

    private static final Duration REFRESH = Duration.ofMillis(200);
    private static final int WAITING = 20;
    private static final int CAPACITY = 5;
    private static final Duration CLAIM_WITHIN = Duration.ofSeconds(60);
    private static final ManualTime time = new ManualTime();

    /** One for all tests: it takes gateways a second to learn of each other. */
    @AutoClose
    private static final RefusingRedis redis = RefusingRedis.start(2, time);

    private static int rooms;

    /** A room of this test's own. */
    private final Room room = Room.named("sale-" + ++rooms)
            .capacity(CAPACITY)
            .patience(Duration.ofSeconds(60))
            .claimWithin(CLAIM_WITHIN)
            .stay(Duration.ofSeconds(4))
            .build();

    private final List<RoomStore> gateways = redis.gateways().stream()
            .map(gateway -> SettledBackend.of(gateway).room(room))
            .toList();

    @AfterEach
    void permitWhatAFailedTestHasRefused() {
        redis.permit();
    }

    private Place join(int gateway, long visitor, boolean straightIn) {
        return gateways.get(gateway)
                .join(visitor, straightIn)
                .toCompletableFuture()
                .join();
    }

    /** All who wait poll at both gateways. */
    private List<CompletableFuture<RoomSnapshot>> refresh(long throughNumber) {
        time.advance(REFRESH);
        BitSet heard = new BitSet();
        heard.set(1, Math.toIntExact(throughNumber) + 1);
        return gateways.stream()
                .map(gateway -> gateway.advance(new Sightings(0, heard, List.of(), 0, -1, List.of()))
                        .toCompletableFuture())
                .toList();
    }

    private RoomSnapshot settled(long throughNumber) {
        for (int i = 0; i < 10; i++) {
            List<CompletableFuture<RoomSnapshot>> refreshed = refresh(throughNumber);
            if (refreshed.stream().noneMatch(CompletableFuture::isCompletedExceptionally)) {
                return refreshed.get(0).join();
            }
        }
        throw new AssertionError("The room still holds");
    }

    private void away() {
        redis.refuse();
        refresh(0);
    }

    private void fill() {
        settled(0);
        for (int visitor = 1; visitor <= CAPACITY; visitor++) {
            assertThat(join(0, visitor, true).state()).isEqualTo(Place.State.USED);
        }
        for (int visitor = CAPACITY + 1; visitor <= WAITING; visitor++) {
            assertThat(join(visitor % 2, visitor, false).number()).isEqualTo(visitor);
        }
        settled(WAITING);
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 20, 35, 50, 65, 80, 95, 110})
    void whoWaitsThroughAnOutageIsCalledInOrderAfterwards(int seconds) {
        fill();
        away();
        time.advance(Duration.ofSeconds(seconds));
        redis.permit();
        RoomSnapshot snapshot = settled(WAITING);
        assertThat(snapshot.calledCount()).isPositive();
        assertThat(snapshot.served()).as("nobody is passed over").isEqualTo(CAPACITY + snapshot.calledCount());
    }

    @ParameterizedTest
    @ValueSource(ints = {35, 80, 300})
    void whoHasNotPolledAgainSinceAnOutageIsNotPassedOver(int seconds) {
        fill();
        away();
        time.advance(Duration.ofSeconds(seconds));
        redis.permit();
        RoomSnapshot snapshot = settled(0);
        assertThat(snapshot.calledCount()).isPositive();
        assertThat(snapshot.served()).isEqualTo(CAPACITY + snapshot.calledCount());
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 20, 35, 50, 65, 80, 95, 110})
    void whoJoinedDuringAnOutageIsNotOvertakenByNewcomers(int seconds) {
        settled(0);
        for (int visitor = 1; visitor <= CAPACITY; visitor++) {
            assertThat(join(0, visitor, true).state()).isEqualTo(Place.State.USED);
        }
        settled(0);
        away();
        time.advance(Duration.ofSeconds(seconds));
        for (int visitor = 101; visitor <= 110; visitor++) {
            assertThat(join(visitor % 2, visitor, true).number())
                    .as("a ticket without a number")
                    .isZero();
        }
        redis.permit();
        for (int i = 0; i < 10; i++) {
            if (refresh(0).stream().anyMatch(CompletableFuture::isCompletedExceptionally)) {
                continue;
            }
            break;
        }
        assertThat(join(0, 200, true).state()).isEqualTo(Place.State.QUEUED);
        RoomSnapshot snapshot = settled(0);
        assertThat(snapshot.issued()).isEqualTo(CAPACITY + 11);
        assertThat(snapshot.served()).isEqualTo(CAPACITY + snapshot.calledCount());
    }

    @Test
    void whoJoinedDuringAnOutageAreNumberedInTheOrderOfComingWhicheverTheGateway() {
        settled(0);
        away();
        for (int visitor = 1; visitor <= 10; visitor++) {
            time.advance(Duration.ofMillis(500));
            assertThat(join(visitor % 2, visitor, false).number())
                    .as("a ticket without a number")
                    .isZero();
        }
        redis.permit();
        settled(0);
        settled(0);
        for (int visitor = 1; visitor <= 10; visitor++) {
            assertThat(join(visitor % 2, visitor, false).number()).isEqualTo(visitor);
        }
    }

    @Test
    void whoJoinedAtTwoGatewaysDuringAnOutageIsNumberedByTheEarlierTimeWhicheverGatewayTellsFirst() {
        settled(0);
        away();
        for (long[] gatewayAndVisitor : new long[][] {{0, 1}, {0, 2}, {1, 1}}) {
            time.advance(Duration.ofSeconds(1));
            assertThat(join((int) gatewayAndVisitor[0], gatewayAndVisitor[1], false)
                            .number())
                    .isZero();
        }
        redis.permit();
        for (int gateway : new int[] {1, 0}) {
            gateways.get(gateway).advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of()));
        }
        settled(0);
        settled(0);
        assertThat(List.of(join(0, 1, false).number(), join(0, 2, false).number()))
                .containsExactly(1L, 2L);
    }

    private Place enter(long visitor) {
        return gateways.get(0)
                .enter(RoomStore.ANY_NUMBER, visitor)
                .toCompletableFuture()
                .join();
    }

    @Test
    void whoWasReadyWhenRedisWentAwayHasAsMuchTimeLeftAfterwards() {
        settled(0);
        long ann = join(0, 1, false).number();
        assertThat(settled(ann).isCalled(ann)).isTrue();
        assertThat(gateways.get(0).advance(new Sightings(0, new BitSet(), List.of(ann), 0, -1, List.of())))
                .isCompleted();
        away();
        time.advance(Duration.ofMinutes(5));
        redis.permit();
        settled(0);
        for (int i = 0; i < CLAIM_WITHIN.minusSeconds(5).dividedBy(REFRESH); i++) {
            refresh(0);
        }
        assertThat(enter(1).state()).isEqualTo(Place.State.USED);
    }

    @Test
    void whoWasCalledWhenRedisWentAwayIsStillCalled() {
        settled(0);
        long ann = join(0, 1, false).number();
        assertThat(settled(ann).isCalled(ann)).isTrue();
        away();
        time.advance(Duration.ofMinutes(5));
        redis.permit();
        assertThat(settled(0).isCalled(ann)).isTrue();
    }

    @Test
    void thousandsWithoutNumbersDoNotLeaveEverybodyAfterThemWithoutOne() {
        settled(0);
        away();
        joinMany(1, 3_000);
        redis.permit();
        long joined = 3_000;
        for (int i = 0; i < 5; i++) {
            refresh(0);
            joinMany(joined + 1, joined + 1_200);
            joined += 1_200;
        }
        Place last = join(0, joined + 1, false);
        assertThat(last.number()).as("behind everybody").isEqualTo(joined + 1);
        assertThat(join(0, 3_000, false).number()).as("in the order of coming").isEqualTo(3_000);
    }

    @Test
    void tensOfThousandsWithoutNumbersDoNotProlongTheHold() {
        settled(0);
        away();
        joinMany(1, 20_000);
        redis.permit();
        time.advance(Duration.ofSeconds(2));
        // In the first the other gateway reports last; with the second all get their numbers.
        for (int i = 0; i < 2; i++) {
            assertThat(refresh(0).get(0)).as("held").isCompletedExceptionally();
        }
        assertThat(refresh(0).get(0).join().issued()).isEqualTo(20_000);
    }

    @Test
    void thousandsOfDeparturesTakeAFewCalls() {
        int leaving = 2_000;
        RoomStore arena = SettledBackend.of(redis.gateways().get(0))
                .room(Room.named("arena").capacity(leaving).build());
        advance(arena);
        for (long visitor = 1; visitor <= leaving; visitor++) {
            arena.join(visitor, true).toCompletableFuture().join();
        }
        redis.refuse();
        for (long visitor = 1; visitor <= leaving; visitor++) {
            assertThat(arena.leave(RoomStore.ANY_NUMBER, visitor)).isCompleted();
        }
        redis.permit();
        long before = redis.calls("evalsha");
        for (int i = 0; i < 5; i++) {
            advance(arena);
        }
        assertThat(advance(arena).inside()).isZero();
        assertThat(redis.calls("evalsha") - before).isLessThan(leaving / 10);
    }

    private Place.State leaveMeanwhile(long visitor) {
        return gateways.get(0)
                .leave(RoomStore.ANY_NUMBER, visitor)
                .toCompletableFuture()
                .join()
                .state();
    }

    private Place.State find(long visitor) {
        return gateways.get(1).find(visitor).toCompletableFuture().join().state();
    }

    @Test
    void departureDoesNotTakeAwayAPlaceThatTheVisitorHasGotSince() {
        settled(0);
        redis.refuse();
        assertThat(leaveMeanwhile(1)).as("not known at this gateway").isEqualTo(Place.State.EXPIRED);
        redis.permit();
        assertThat(join(1, 1, true).state()).isEqualTo(Place.State.USED);
        settled(0);
        assertThat(find(1)).isEqualTo(Place.State.USED);
    }

    @Test
    void departureOfWhomOnlyTheOtherGatewayKnowsStands() {
        fill();
        long known = WAITING - 1;
        assertThat(known % 2).as("where the visitor joined").isEqualTo(1);
        redis.refuse();
        assertThat(leaveMeanwhile(known)).as("not known at this gateway").isEqualTo(Place.State.EXPIRED);
        redis.permit();
        settled(0);
        assertThat(find(known)).isEqualTo(Place.State.EXPIRED);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 5})
    void whoLeavesAndComesBackWhileRedisIsAwayHasAnotherPlace(int seconds) {
        fill();
        redis.refuse();
        assertThat(leaveMeanwhile(WAITING)).isEqualTo(Place.State.QUEUED);
        assertThat(join(0, WAITING, false).number())
                .as("a ticket without a number")
                .isZero();
        time.advance(Duration.ofSeconds(seconds));
        redis.permit();
        settled(WAITING);
        settled(WAITING);
        assertThat(find(WAITING)).isEqualTo(Place.State.QUEUED);
        assertThat(join(0, WAITING, false).number()).isEqualTo(WAITING + 1);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, WAITING})
    void whoLeavesWhileRedisIsAwayAndComesBackAfterwardsHasAnotherPlace(long visitor) {
        fill();
        Place.State before = find(visitor);
        redis.refuse();
        assertThat(leaveMeanwhile(visitor)).isEqualTo(before);
        redis.permit();
        assertThat(join(0, visitor, true).number()).isEqualTo(WAITING + 1);
        settled(WAITING);
        assertThat(find(visitor)).isEqualTo(Place.State.QUEUED);
    }

    private static RoomSnapshot advance(RoomStore room) {
        return room.advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of()))
                .toCompletableFuture()
                .join();
    }

    private void joinMany(long from, long to) {
        List<CompletableFuture<Place>> joins = LongStream.rangeClosed(from, to)
                .mapToObj(visitor -> gateways.get(0).join(visitor, false).toCompletableFuture())
                .toList();
        joins.forEach(CompletableFuture::join);
    }
}
