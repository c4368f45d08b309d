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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes out together and when, with a store that answers when the test says so. */
class LaneTest {

    private static final Duration DEADLINE = Duration.ofMillis(50);

    private final ManualTime time = new ManualTime();
    private final Breaker breaker =
            new Breaker(() -> new OutageLog("Redis", "Redis", time, DEADLINE), time, DEADLINE, CompletableFuture::new);
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

    private void ask(int calls) {
        for (int i = 0; i < calls; i++) {
            Ask unused = lane.ask("caller-" + i, 1);
        }
    }

    /** A caller who asks again when answered. */
    private CompletableFuture<Decision> askTwice(String name) {
        return lane.ask(name, 1).thenCompose(decision -> lane.ask(name, 1));
    }

    @Test
    void firstCallGoesOutAtOnceAndTheRestTogetherWithItsAnswer() {
        ask(5);
        assertThat(store.sent).extracting(List::size).containsExactly(1);
        store.reply(0);
        assertThat(store.sent).extracting(List::size).containsExactly(1, 4);
    }

    @Test
    void secondBatchGoesOutWhenEightCallersWait() {
        ask(8);
        assertThat(store.sent).extracting(List::size).containsExactly(1);
        ask(20);
        assertThat(store.sent).extracting(List::size).containsExactly(1, 8);
    }

    @Test
    void thoseWhoAskAgainWhenTheyAreAnsweredGoOutTogetherInTwoHalves() {
        List<CompletableFuture<Decision>> again = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            again.add(askTwice("caller-" + i));
        }
        for (int call = 0; call < store.sent.size(); call++) {
            store.reply(call);
        }
        assertThat(store.sent).extracting(List::size).containsExactly(1, 8, 10, 10, 10, 1);
        assertThat(again).allMatch(CompletableFuture::isDone);
    }

    @Test
    void batchHasAtMost128Callers() {
        ask(302);
        for (int call = 0; call < store.sent.size(); call++) {
            store.reply(call);
        }
        assertThat(store.sent).extracting(List::size).containsExactly(1, 8, 128, 128, 37);
    }

    @Test
    void wholeBatchThatWaitsDoesNotWaitForWhatIsDoneWithAnAnswer() {
        CompletableFuture<Integer> sentMeanwhile = lane.ask("slow", 1).thenApply(decision -> store.sent.size());
        ask(1 + 8 + 128);
        store.reply(0);
        assertThat(sentMeanwhile).isCompletedWithValue(3);
    }

    @Test
    void equalCallsThatWaitAreOneEntryAndOthersKeepTheirOrder() {
        Ask other = lane.ask("other", 1);
        assertThat(other).isNotDone();
        long[] permits = {1, 1, 1, 5, 1};
        for (long each : permits) {
            Ask unused = lane.ask("hot", each);
        }
        store.reply(0);
        assertThat(store.sent.get(1)).extracting(ask -> ask.permits).containsExactly(1L, 5L, 1L);
        assertThat(store.sent.get(1)).extracting(ask -> ask.calls).containsExactly(3, 1, 1);
    }

    @Test
    void whoeverWaitsIsDecidedAloneWhenTheOldestCallReachesItsDeadline() {
        Ask oldest = lane.ask("oldest", 1);
        time.advance(Duration.ofMillis(5));
        ask(8);
        time.advance(Duration.ofMillis(5));
        Ask youngest = lane.ask("youngest", 1);
        time.advance(Duration.ofMillis(39));
        assertThat(store.decidedAlone).isEmpty();
        time.advance(Duration.ofMillis(1));
        assertThat(store.decidedAlone)
                .as("the eight are in flight, younger, and have 5 ms left")
                .containsExactly(oldest, youngest);
        assertThat(store.replies.get(0)).isCancelled();
        time.advance(Duration.ofMillis(5));
        assertThat(store.decidedAlone).containsAll(store.sent.get(1));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 50})
    void callThatComesWhileAnAnswerIsGivenIsDecidedAloneAtItsDeadline(int millisAfterTheFirst) {
        List<List<Ask>> decidedAlone = new ArrayList<>();
        List<Ask> meanwhile = new ArrayList<>();
        CompletableFuture<Void> taken = lane.ask("first", 1).thenAccept(decision -> {
            time.advance(Duration.ofMillis(millisAfterTheFirst));
            meanwhile.add(lane.ask("second", 1));
            time.advance(DEADLINE.minusMillis(1));
            decidedAlone.add(List.copyOf(store.decidedAlone));
            time.advance(Duration.ofMillis(1));
            decidedAlone.add(List.copyOf(store.decidedAlone));
        });
        store.reply(0);
        assertThat(taken).isCompleted();
        assertThat(decidedAlone).containsExactly(List.of(), meanwhile);
        assertThat(store.sent).hasSize(1);
        assertThat(time.scheduled()).isEmpty();
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
    void oneMomentOfSilenceIsOneFailureHoweverManyLimitsHaveCallsUnderWay() {
        List<Lane> lanes = Stream.generate(() -> new Lane(store, breaker, time, time, DEADLINE))
                .limit(3)
                .toList();
        for (int failure = 1; failure <= 3; failure++) {
            assertThat(breaker.isOpen()).as("before failure %s", failure).isFalse();
            for (Lane each : lanes) {
                Ask unused = each.ask("caller", 1);
                time.advance(Duration.ofMillis(1));
            }
            time.advance(DEADLINE);
        }
        assertThat(breaker.isOpen()).isTrue();
    }

    @Test
    void failureOfACallFromBeforeAnAnswerCounts() {
        Ask first = lane.ask("caller", 1);
        Lane another = new Lane(store, breaker, time, time, DEADLINE);
        Ask second = another.ask("caller", 1);
        time.advance(Duration.ofMillis(1));
        store.reply(0);
        for (int i = 0; i < 2; i++) {
            time.advance(DEADLINE);
            Ask unused = lane.ask("caller", 1);
        }
        time.advance(DEADLINE);
        assertThat(first).isCompleted();
        assertThat(store.decidedAlone).hasSize(3).startsWith(second);
        assertThat(breaker.isOpen()).isTrue();
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
