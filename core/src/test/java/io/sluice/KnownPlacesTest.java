package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which of the store's answers a gateway keeps for how long. */
class KnownPlacesTest {

    private static final Duration STAY = Duration.ofMinutes(5);
    private static final long ANN = 11;
    private static final long SERVED = 7;

    private final ManualTime time = new ManualTime();
    private final RoomAsTold store = new RoomAsTold(time);
    private final RoomRefresh refresh =
            new RoomRefresh(Room.named("sale").capacity(1).build(), store, time);
    private final KnownPlaces known = new KnownPlaces(store, refresh, time);
    private final Token ticket = new Token(Token.Purpose.TICKET, store.epoch, SERVED, ANN, 0);

    @BeforeEach
    void cursorIsAtTheTicket() {
        store.served = SERVED;
        refreshed();
    }

    /** Returns the view after another refresh, which knows of no single visitor. */
    private RoomView refreshed() {
        return Objects.requireNonNull(Stages.await(refresh.refreshAnew()));
    }

    private void find(Place place) {
        store.answers(place);
        Stages.await(known.find(ticket, refreshed()));
    }

    private Place inside(Duration rest) {
        return new Place(Place.State.USED, store.epoch, SERVED, time.epochMicros() + rest.toNanos() / 1_000);
    }

    @ParameterizedTest
    @CsvSource({"QUEUED, 0, true", "QUEUED, 1, false", "READY, 0, false"})
    void ofAPlaceThatIsNotOverOnlyThatTheVisitorWasPassedOverIsKept(Place.State state, long ahead, boolean isKept) {
        Place place = store.place(state, SERVED + ahead);
        find(place);
        assertThat(known.of(ticket.standingFor(store.epoch, SERVED + ahead), refreshed()))
                .isEqualTo(isKept ? place : null);
    }

    @Test
    void whoWasPassedOverIsSoNoLongerOnceTheStoreSaysSomethingElse() {
        find(store.place(Place.State.QUEUED, SERVED));
        known.remember(ANN, store.place(Place.State.READY, SERVED));
        assertThat(known.of(ticket, refreshed())).isNull();
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "0, -1", "0, 1"})
    void whatIsKnownOfAPlaceSaysNothingOfAnother(int otherEpoch, long otherNumber) {
        find(store.place(Place.State.QUEUED, SERVED));
        Token other = ticket.standingFor(store.epoch + otherEpoch, SERVED + otherNumber);
        assertThat(known.of(other, refreshed())).isNull();
        known.remember(ANN, inside(STAY));
        assertThat(known.of(other, refreshed())).isNull();
    }

    @ParameterizedTest
    @CsvSource({"0, 0, true", "0, 1, true", "0, -1, false", "1, 0, false"})
    void untilTheNextRefreshAPlaceAnswersForItsTicketAndForEarlierOnes(
            int otherEpoch, long otherNumber, boolean isGood) {
        Place place = new Place(Place.State.READY, store.epoch + otherEpoch, SERVED + otherNumber, 0);
        RoomView view = refreshed();
        known.remember(ANN, place);
        assertThat(known.of(ticket, view)).isEqualTo(isGood ? place : null);
    }

    @Test
    void stayThatHasEndedSinceTheStoreSaidItAnswersNothing() {
        RoomView view = refreshed();
        known.remember(ANN, inside(Duration.ofMillis(1)));
        assertThat(known.of(ticket, view)).isNotNull();
        time.advance(Duration.ofMillis(1));
        assertThat(known.of(ticket, view)).isNull();
        Place again = inside(STAY);
        store.answers(again);
        assertThat(known.find(ANN)).isCompletedWithValue(again);
    }

    @Test
    void whoIsFoundInsideOrWaitingIsNotAskedAboutAgain() {
        store.answers(inside(STAY));
        assertThat(known.find(ANN)).isCompletedWithValue(inside(STAY));
        refreshed();
        known.find(ANN);
        assertThat(store.asked).hasSize(1);
        known.remember(ANN, store.place(Place.State.QUEUED, SERVED + 1));
        assertThat(known.find(ANN)).isCompletedWithValue(null);
        assertThat(store.asked).hasSize(1);
    }

    @Test
    void placeIsOverUntilTheStoreLosesSomething() {
        find(store.place(Place.State.EXPIRED, 0));
        assertThat(known.of(ticket, refreshed())).isEqualTo(store.place(Place.State.EXPIRED, SERVED));
        store.lives++;
        assertThat(known.of(ticket, refreshed())).isNull();
        find(store.place(Place.State.EXPIRED, 0));
        assertThat(known.of(ticket, refreshed())).isNotNull();
    }

    @Test
    void answerFromBeforeALossDoesNotCountAfterIt() {
        CompletableFuture<Place> late = new CompletableFuture<>();
        store.answer = () -> late;
        known.find(ticket, refreshed());
        store.lives++;
        refreshed();
        late.complete(store.place(Place.State.EXPIRED, 0));
        assertThat(known.of(ticket, refreshed())).isNull();
    }
}
