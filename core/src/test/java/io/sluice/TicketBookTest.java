package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which number a ticket stands for, and which tickets the store is asked about. */
class TicketBookTest {

    private static final int MOST = 100_000;
    private static final int MOST_AT_ONCE = 2_000;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long SERVED = 7;

    private final ManualTime time = new ManualTime();
    private final RoomAsTold store = new RoomAsTold(time);
    private final TicketBook book = new TicketBook(PATIENCE.toNanos() / 1_000);
    private final Token passed = ticket(SERVED - 1);

    private Token ticket(long number) {
        return new Token(Token.Purpose.TICKET, store.epoch, number, 11, 0);
    }

    private static Sightings.HeldTicket held(Token ticket) {
        return new Sightings.HeldTicket(ticket.visitor(), ticket.number(), ticket.micros());
    }

    private @Nullable Token resolved(Token ticket) {
        store.served = SERVED;
        return book.resolve(ticket, store.snapshot());
    }

    private void isAnswered(Map<Sightings.HeldTicket, Long> numbers) {
        store.numbers = numbers;
        book.answered(store.snapshot());
    }

    /** Shows a ticket, and answers the questions about it. */
    private List<Sightings.HeldTicket> askedAbout(Token shown, long number) {
        resolved(shown);
        List<Sightings.HeldTicket> asked = book.drain();
        isAnswered(asked.isEmpty() ? Map.of() : Map.of(held(shown), number));
        return asked;
    }

    private List<Sightings.HeldTicket> askedAboutPassed() {
        return askedAbout(passed, passed.number());
    }

    @Test
    void ticketsBeyondABoundAreNotRemembered() {
        book.restore(LongStream.rangeClosed(1, MOST + 1_000)
                .mapToObj(visitor -> new Sightings.HeldTicket(visitor, 0, visitor))
                .toList());
        int asked = 0;
        for (List<Sightings.HeldTicket> some = book.drain(); !some.isEmpty(); some = book.drain()) {
            assertThat(some).hasSize(MOST_AT_ONCE);
            asked += some.size();
        }
        assertThat(asked).isEqualTo(MOST);
    }

    @Test
    void numberedTicketIsNotAskedAboutAsLongAsNothingIsLost() {
        assertThat(resolved(passed)).isEqualTo(passed);
        assertThat(book.drain()).isEmpty();
    }

    @Test
    void numberlessTicketStandsForWhatTheStoreSays() {
        Token numberless = ticket(0);
        assertThat(resolved(numberless)).isNull();
        assertThat(askedAbout(numberless, passed.number())).containsExactly(held(numberless));
        assertThat(resolved(numberless)).isEqualTo(passed);
        assertThat(book.drain()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"8, true", "7, false", "6, false", "5, true"})
    void afterALossATicketIsAskedAboutAndMeanwhileStandsForItsNumberIfThatWaitsOrIsCalled(long number, boolean stands) {
        store.lives = 1;
        store.called = new long[] {5};
        Token shown = ticket(number);
        assertThat(resolved(shown)).isEqualTo(stands ? shown : null);
        assertThat(book.drain()).containsExactly(held(shown));
    }

    @Test
    void ticketOfAnEarlierEpochIsAskedAboutWithoutItsNumber() {
        store.lives = 1;
        assertThat(resolved(passed.standingFor(store.epoch - 1, SERVED + 1))).isNull();
        assertThat(book.drain()).containsExactly(held(ticket(0)));
    }

    @Test
    void afterALossATicketIsAskedAboutOnceAndOnceMoreAfterThePatience() {
        store.lives = 1;
        assertThat(askedAboutPassed()).hasSize(1);
        assertThat(resolved(passed)).isEqualTo(passed);
        assertThat(askedAboutPassed()).isEmpty();
        assertThat(askedAboutPassed()).isEmpty();
        time.advance(PATIENCE.plusMillis(1));
        isAnswered(Map.of());
        assertThat(askedAboutPassed()).hasSize(1);
        time.advance(PATIENCE.plusMillis(1));
        assertThat(askedAboutPassed()).isEmpty();
        assertThat(askedAboutPassed()).isEmpty();
    }

    @Test
    void afterEachLossATicketIsAskedAboutAgain() {
        store.lives = 1;
        askedAboutPassed();
        store.lives = 2;
        isAnswered(Map.of());
        assertThat(askedAboutPassed()).hasSize(1);
    }

    @Test
    void ticketStandsForTheNumberThatItsNumberStandsFor() {
        store.lives = 1;
        askedAbout(ticket(SERVED + 2), SERVED + 1);
        askedAbout(ticket(SERVED + 1), SERVED);
        book.point(ticket(SERVED), passed.number());
        askedAboutPassed();
        assertThat(resolved(ticket(SERVED + 2))).isEqualTo(passed);
    }

    private void anotherRoomTakesOver() {
        store.epoch--;
        store.lives = 1;
        isAnswered(Map.of());
    }

    @Test
    void numberlessTicketIsAskedAboutAgainOnceAnotherRoomHasTakenOver() {
        store.epoch = 2;
        Token numberless = ticket(0);
        askedAbout(numberless, 3);
        anotherRoomTakesOver();
        assertThat(resolved(numberless)).isNull();
        assertThat(book.drain()).containsExactly(held(numberless));
    }

    @Test
    void numberIsNotConfirmedBecauseItWasInTheRoomBefore() {
        store.epoch = 2;
        store.lives = 1;
        askedAbout(ticket(SERVED), SERVED);
        anotherRoomTakesOver();
        assertThat(resolved(ticket(SERVED))).isNull();
        assertThat(book.drain()).hasSize(1);
    }

    @Test
    void numbersOfARoomThatAnotherHasReplacedAreNotAskedAbout() {
        store.epoch = 2;
        store.lives = 1;
        isAnswered(Map.of());
        resolved(ticket(SERVED));
        Token numberless = ticket(0);
        resolved(numberless);
        anotherRoomTakesOver();
        assertThat(book.drain()).containsExactly(held(numberless));
    }
}
