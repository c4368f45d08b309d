package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How often the store is asked to let a visitor in who knocks. */
class KnocksTest {

    private static final Duration INTERVAL = Duration.ofMillis(500);
    private static final long ANN = 11;
    private static final long BEN = 22;

    private final ManualTime time = new ManualTime();
    private final RoomAsTold store = new RoomAsTold(time);
    private final Knocks knocks = new Knocks(store, time, INTERVAL.toNanos());
    private final Place noPlaceYet = store.place(Place.State.READY, 1);
    private final Place inside = store.place(Place.State.USED, 1);

    private CompletionStage<Place> knock(boolean atLast) {
        return atLast ? knocks.enterAtLast(1, ANN) : knocks.enter(1, ANN);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whileAnAnswerIsOnItsWayItServesAllKnocks(boolean atLast) {
        CompletableFuture<Place> onItsWay = new CompletableFuture<>();
        store.answer = () -> onItsWay;
        knock(false);
        CompletionStage<Place> second = knock(atLast);
        onItsWay.complete(inside);
        assertThat(second).isCompletedWithValue(inside);
        assertThat(store.asked).hasSize(1);
    }

    @Test
    void answerThatThereIsNoPlaceYetIsGoodForAnInterval() {
        store.answers(noPlaceYet);
        knock(false);
        time.advance(INTERVAL.minusMillis(1));
        knock(false);
        assertThat(store.asked).hasSize(1);
        time.advance(Duration.ofMillis(1));
        knock(false);
        assertThat(store.asked).hasSize(2);
    }

    @Test
    void lastKnockAsksOnceMoreThoughThereWasNoPlaceJustNow() {
        store.answers(noPlaceYet);
        knock(false);
        store.answers(inside);
        assertThat(knock(true)).isCompletedWithValue(inside);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void otherAnswersAreNotKept(boolean atLast) {
        store.answers(inside);
        knock(atLast);
        store.answer = () -> CompletableFuture.failedFuture(new StoreUnavailableException("away", null));
        assertThat(knock(false)).isCompletedExceptionally();
        knock(atLast);
        store.answers(noPlaceYet);
        assertThat(knock(false)).isCompletedWithValue(noPlaceYet);
    }

    @Test
    void answerThatComesLateDoesNotTakeTheNextOnesPlace() {
        CompletableFuture<Place> late = new CompletableFuture<>();
        store.answer = () -> late;
        knock(false);
        time.advance(INTERVAL);
        store.answer = CompletableFuture::new;
        knock(false);
        late.complete(inside);
        knock(false);
        assertThat(store.asked).hasSize(2);
    }

    @Test
    void everyVisitorAndNumberHasAnAnswerOfItsOwn() {
        knocks.enter(1, ANN);
        knocks.enterAtLast(1, BEN);
        knocks.enter(2, BEN);
        knocks.enterAtLast(2, ANN);
        assertThat(store.asked).containsExactly(ANN, BEN, BEN, ANN);
        knocks.enterAtLast(1, ANN);
        knocks.enter(2, ANN);
        assertThat(store.asked).hasSize(4);
    }
}
