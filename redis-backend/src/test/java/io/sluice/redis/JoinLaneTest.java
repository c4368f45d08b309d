package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.ManualTime;
import io.sluice.Place;
import io.sluice.RoomStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Which joins go out together and when, with a store that answers when the test says so. */
class JoinLaneTest {

    private static final Duration DEADLINE = Duration.ofMillis(50);

    private final ManualTime time = new ManualTime();
    private final FakeStore store = new FakeStore();
    private final JoinLane lane = new JoinLane(store, time, DEADLINE);

    private static final class FakeStore implements JoinLane.Store {
        final List<List<Long>> sent = new ArrayList<>();
        final List<Duration> timeouts = new ArrayList<>();
        final List<CompletableFuture<List<Place>>> replies = new ArrayList<>();

        @Override
        public CompletionStage<List<Place>> send(List<JoinLane.Arrival> batch, Duration timeout) {
            sent.add(batch.stream().map(JoinLane.Arrival::visitor).toList());
            timeouts.add(timeout);
            replies.add(new CompletableFuture<>());
            return replies.get(replies.size() - 1);
        }

        /** Numbers the visitors of a batch by their names. */
        void reply(int call) {
            replies.get(call)
                    .complete(sent.get(call).stream()
                            .map(visitor -> new Place(Place.State.QUEUED, 1, visitor, 0))
                            .toList());
        }
    }

    private List<CompletableFuture<Place>> joins(long from, long to) {
        return LongStream.rangeClosed(from, to)
                .mapToObj(visitor ->
                        lane.join(visitor, RoomStore.ANY_NUMBER, false).toCompletableFuture())
                .toList();
    }

    @Test
    void firstGoesOutAtOnceAndTheRestTogetherWithItsAnswer() {
        List<CompletableFuture<Place>> places = joins(1, 4);
        assertThat(store.sent).containsExactly(List.of(1L));
        store.reply(0);
        assertThat(store.sent).containsExactly(List.of(1L), List.of(2L, 3L, 4L));
        assertThat(places.get(0)).isCompletedWithValueMatching(place -> place.number() == 1);
        store.reply(1);
        assertThat(places.get(3)).isCompletedWithValueMatching(place -> place.number() == 4);
    }

    @Test
    void nextOneAfterAPauseGoesOutAtOnce() {
        joins(1, 1);
        store.reply(0);
        joins(2, 2);
        assertThat(store.sent).containsExactly(List.of(1L), List.of(2L));
    }

    @Test
    void thoseWhoJoinWhileAnswersAreGivenGoOutTogether() {
        List<CompletableFuture<Place>> places = joins(1, 3);
        store.reply(0);
        List<CompletionStage<Place>> next = List.of(
                places.get(1).thenCompose(place -> lane.join(4, RoomStore.ANY_NUMBER, false)),
                places.get(2).thenCompose(place -> lane.join(5, RoomStore.ANY_NUMBER, false)));
        store.reply(1);
        store.reply(2);
        assertThat(next).allMatch(place -> place.toCompletableFuture().isDone());
        assertThat(store.sent).containsExactly(List.of(1L), List.of(2L, 3L), List.of(4L, 5L));
    }

    @Test
    void batchHasItsMost() {
        joins(0, JoinLane.MOST_JOINS + 1);
        store.reply(0);
        store.reply(1);
        assertThat(store.sent).extracting(List::size).containsExactly(1, JoinLane.MOST_JOINS, 1);
    }

    @Test
    void secondBatchGoesOutIfHalfABatchIsLeft() {
        int half = JoinLane.MOST_JOINS / 2;
        assertThat(joins(0, JoinLane.MOST_JOINS + half)).hasSize(1 + JoinLane.MOST_JOINS + half);
        store.reply(0);
        assertThat(store.sent).extracting(List::size).containsExactly(1, JoinLane.MOST_JOINS, half);
        assertThat(joins(1_000, 1_999)).hasSize(1_000);
        assertThat(store.sent).as("no third").hasSize(3);
        store.reply(1);
        assertThat(store.sent).extracting(List::size).endsWith(half, JoinLane.MOST_JOINS);
    }

    @Test
    void batchHasTheTimeThatItsOldestJoinHasLeft() {
        joins(1, 2);
        time.advance(Duration.ofMillis(20));
        joins(3, 3);
        store.reply(0);
        assertThat(store.timeouts).containsExactly(DEADLINE, Duration.ofMillis(30));
    }

    @Test
    void whoeverWaitsFallsWithABatchThatFails() {
        List<CompletableFuture<Place>> places = joins(1, 3);
        store.replies.get(0).completeExceptionally(new StoreTimeoutException(1));
        assertThat(places).allMatch(CompletableFuture::isCompletedExceptionally);
        joins(4, 4);
        assertThat(store.sent).containsExactly(List.of(1L), List.of(4L));
    }

    @Test
    void joinThatIsWaitedForWhileAnswersAreGivenEndsWithItsDeadline() {
        CompletionStage<Place> first = joins(1, 1).get(0);
        CompletableFuture<Boolean> nestedFailed = new CompletableFuture<>();
        first.thenAccept(place -> {
            CompletableFuture<Place> nested = joins(2, 2).get(0);
            time.advance(DEADLINE);
            nestedFailed.complete(nested.isCompletedExceptionally());
        });
        store.reply(0);
        assertThat(nestedFailed).isCompletedWithValue(true);
        assertThat(store.sent).as("nobody waits for it any more").containsExactly(List.of(1L));
        joins(3, 3);
        assertThat(store.sent).containsExactly(List.of(1L), List.of(3L));
    }

    @Test
    void batchThatHasNoTimeLeftIsNotSent() {
        List<CompletableFuture<Place>> places = joins(1, 3);
        time.advance(DEADLINE);
        store.reply(0);
        assertThat(places.get(0)).isCompletedWithValueMatching(place -> place.number() == 1);
        assertThat(places.get(2)).isCompletedExceptionally();
        assertThat(store.sent).containsExactly(List.of(1L));
        joins(4, 4);
        assertThat(store.sent).containsExactly(List.of(1L), List.of(4L));
    }
}
