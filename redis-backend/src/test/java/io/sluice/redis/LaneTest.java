package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Decision;
import io.sluice.Limit;
import io.sluice.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What goes out together and when, with a store that answers when the test says so. */
class LaneTest {

    private static final Duration DEADLINE = Duration.ofMillis(50);

    private final ManualTime time = new ManualTime();
    private final Breaker breaker = new Breaker("Redis", Breaker.OF_ALL, time, DEADLINE, CompletableFuture::new);
    private final FakeStore store = new FakeStore();
    private final Lane lane = new Lane(store, breaker, time, time, DEADLINE);

    private static final class FakeStore implements Lane.Store {
        private final MicroGcra gcra = new MicroGcra(Limit.of("ten", 10, Duration.ofSeconds(1)));
        final List<List<Ask>> sent = new ArrayList<>();
        final List<CompletableFuture<List<Long>>> replies = new ArrayList<>();
        final List<Ask> decidedAlone = new ArrayList<>();

        @Override
        public CompletableFuture<List<Long>> send(List<Ask> batch) {
            sent.add(batch);
            replies.add(new CompletableFuture<>());
            return replies.get(replies.size() - 1);
        }

        @Override
        public void answer(List<Ask> batch, long sentNanos, List<Long> debtMicros) {
            for (Ask ask : batch) {
                ask.complete(gcra.charge(new long[1], 1, Decision.Source.STORE));
            }
        }

        @Override
        public void decideAlone(List<Ask> batch) {
            decidedAlone.addAll(batch);
        }

        void reply(int call) {
            replies.get(call).complete(Collections.nCopies(sent.get(call).size(), 0L));
        }
    }

    @Test
    void firstTwoCallsGoOutAtOnceAndTheRestTogetherWithTheFirstAnswer() {
        for (int i = 0; i < 10; i++) {
            Ask unused = lane.ask("caller-" + i, 1);
        }
        assertThat(store.sent).extracting(List::size).containsExactly(1, 1);
        store.reply(0);
        assertThat(store.sent).extracting(List::size).containsExactly(1, 1, 8);
    }

    @Test
    void thoseWhoAskAgainWhenTheyAreAnsweredGoOutTogether() {
        List<CompletableFuture<Decision>> again = new ArrayList<>();
        Ask one = lane.ask("one", 1);
        Ask two = lane.ask("two", 1);
        for (int i = 0; i < 3; i++) {
            String name = "caller-" + i;
            again.add(lane.ask(name, 1).thenCompose(decision -> lane.ask(name, 1)));
        }
        store.reply(0);
        store.reply(2);
        store.reply(1);
        assertThat(store.sent).extracting(List::size).containsExactly(1, 1, 3, 3);
        store.reply(3);
        assertThat(List.of(one, two)).allMatch(CompletableFuture::isDone);
        assertThat(again).allMatch(CompletableFuture::isDone);
    }

    @Test
    void batchHasAtMost128Callers() {
        for (int i = 0; i < 302; i++) {
            Ask unused = lane.ask("caller-" + i, 1);
        }
        store.reply(0);
        store.reply(1);
        store.reply(2);
        assertThat(store.sent).extracting(List::size).containsExactly(1, 1, 128, 128, 44);
    }

    @Test
    void equalCallsThatWaitAreOneEntryAndOthersKeepTheirOrder() {
        Ask one = lane.ask("other", 1);
        Ask two = lane.ask("another", 1);
        assertThat(List.of(one, two)).noneMatch(CompletableFuture::isDone);
        long[] permits = {1, 1, 1, 5, 1};
        for (long each : permits) {
            Ask unused = lane.ask("hot", each);
        }
        store.reply(0);
        assertThat(store.sent.get(2)).extracting(ask -> ask.permits).containsExactly(1L, 5L, 1L);
        assertThat(store.sent.get(2)).extracting(ask -> ask.calls).containsExactly(3, 1, 1);
    }

    @Test
    void whoeverWaitsIsDecidedAloneWhenTheOldestCallReachesItsDeadline() {
        List<Ask> asks = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            asks.add(lane.ask("caller-" + i, 1));
            time.advance(Duration.ofMillis(5));
        }
        time.advance(Duration.ofMillis(24));
        assertThat(store.decidedAlone).isEmpty();
        time.advance(Duration.ofMillis(1));
        assertThat(store.decidedAlone)
                .as("the second is in flight, younger, and has 5 ms left")
                .containsExactly(asks.get(0), asks.get(2), asks.get(3), asks.get(4));
        assertThat(store.replies.get(0)).isCancelled();
        time.advance(Duration.ofMillis(5));
        assertThat(store.decidedAlone).contains(asks.get(1));
    }

    @Test
    void answerAfterTheDeadlineChangesNothing() {
        Ask ask = lane.ask("caller", 1);
        time.advance(DEADLINE);
        assertThat(store.decidedAlone).containsExactly(ask);
        store.reply(0);
        assertThat(ask).isNotDone();
        assertThat(lane.ask("caller", 1)).isNotSameAs(ask);
        assertThat(store.sent).hasSize(2);
    }

    @Test
    void threeFailuresInARowCloseTheLane() {
        for (int i = 0; i < 3; i++) {
            assertThat(lane.isClosed()).isFalse();
            Ask ask = lane.ask("caller", 1);
            store.replies.get(i).completeExceptionally(new IllegalStateException("test"));
            assertThat(store.decidedAlone).contains(ask);
        }
        assertThat(lane.isClosed()).isTrue();
    }

    @Test
    void idleLaneHasNoTimer() {
        Ask ask = lane.ask("caller", 1);
        store.reply(0);
        assertThat(ask).isCompleted();
        time.advance(DEADLINE);
        assertThat(time.scheduled()).isEmpty();
    }
}
