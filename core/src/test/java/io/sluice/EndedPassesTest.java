package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Which passes have ended early, and for how long that is kept. */
class EndedPassesTest {

    private static final long ANN = 11;
    private static final long NUMBER = 9;

    private final ManualTime time = new ManualTime();
    private final RoomAsTold store = new RoomAsTold(time);
    private final Room room = Room.named("sale").capacity(1).build();
    private final EndedPasses ended = new EndedPasses(room, time);

    private Token token(Token.Purpose purpose, int epoch) {
        return new Token(purpose, epoch, NUMBER, ANN, time.epochMicros());
    }

    @Test
    void stayIsKeptUntilItWouldHaveEnded() {
        Place inside = new Place(Place.State.USED, store.epoch, NUMBER, time.epochMicros() + 1_000);
        ended.placeGivenUp(inside);
        ended.take(store.snapshot());
        assertThat(ended.containsStay(inside)).isTrue();
        assertThat(ended.contains(token(Token.Purpose.PASS, store.epoch))).isTrue();
        time.advance(Duration.ofMillis(1));
        ended.take(store.snapshot());
        assertThat(ended.containsStay(inside)).isFalse();
    }

    @Test
    void placeWithoutAStayHasNoPass() {
        ended.placeGivenUp(new Place(Place.State.READY, store.epoch, NUMBER, time.epochMicros() + 1_000));
        assertThat(ended.contains(token(Token.Purpose.PASS, store.epoch))).isFalse();
    }

    @Test
    void ticketThatIsGivenUpAgainIsNotKeptForLonger() {
        Token ticket = token(Token.Purpose.TICKET, store.epoch - 1);
        Token pass = token(Token.Purpose.PASS, store.epoch - 1);
        ended.ticketGivenUp(ticket, time.epochMicros());
        ended.ticketGivenUp(ticket, time.epochMicros() + 1);
        assertThat(ended.contains(pass)).isTrue();
        time.advance(room.stay());
        ended.take(store.snapshot());
        assertThat(ended.contains(pass)).isFalse();
    }
}
