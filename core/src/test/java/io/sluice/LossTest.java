package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a gateway does with tickets once its store has lost something, so that a visitor may have two numbers. */
class LossTest {

    private static final Duration REFRESH = Duration.ofMillis(200);
    private static final long SERVED = 7;
    private static final long LOWER = 5;

    private final ManualTime time = new ManualTime();
    private final Signer signer = Signer.random();
    private final RoomAsTold store = new RoomAsTold(time);
    private final WaitingRoom room = WaitingRoom.of(
            Room.named("sale").capacity(1).enterWait(Duration.ZERO).build(),
            new ForwardingBackend(LocalBackend.create(time), unused -> store),
            signer);
    private final RoomTokens tokens = new RoomTokens("sale", signer);

    @BeforeEach
    void storeHasLostSomething() {
        store.served = SERVED;
        store.lives = 1;
    }

    private Token token(Token.Purpose purpose, int epoch, long number, String visitor) {
        return new Token(purpose, epoch, number, tokens.hash(visitor), time.epochMicros());
    }

    private Token ticket(int epoch, long number) {
        return token(Token.Purpose.TICKET, epoch, number, "ann");
    }

    private Standing shown(Token ticket) {
        return room.status(tokens.sign(ticket));
    }

    @Test
    void lowerOfTwoNumbersWins() {
        Token ticket = ticket(store.epoch, SERVED);
        store.numbers = Map.of(new Sightings.HeldTicket(ticket.visitor(), SERVED, ticket.micros()), SERVED);
        store.answers(store.place(Place.State.READY, LOWER));
        String gate = Objects.requireNonNull(shown(ticket).gateToken());
        assertThat(Objects.requireNonNull(tokens.verify(gate, Token.Purpose.GATE))
                        .number())
                .isEqualTo(LOWER);
        store.called = new long[] {LOWER};
        time.advance(REFRESH);
        assertThat(shown(ticket).state()).isEqualTo(Standing.State.READY);
        assertThat(store.asked).hasSize(1);
    }

    @Test
    void numberThatTheStoreMustConfirmIsGivenUpAndNoOther() {
        store.answers(store.place(Place.State.QUEUED, SERVED));
        room.leaveTicket(tokens.sign(ticket(store.epoch, SERVED)));
        assertThat(store.left).containsExactly(SERVED);
    }

    @Test
    void passOfTheRoomBeforeIsOverOnceItsTicketIsGivenUp() {
        Token ticket = ticket(store.epoch - 1, SERVED);
        Place before = new Place(Place.State.USED, ticket.epoch(), SERVED, time.epochMicros() + 1_000_000);
        Pass pass = Objects.requireNonNull(tokens.pass(before, ticket.visitor()));
        store.numbers = Map.of(new Sightings.HeldTicket(ticket.visitor(), 0, ticket.micros()), SERVED + 1);
        store.answers(store.place(Place.State.USED, SERVED + 1));
        assertThat(room.verify("ann", pass.token())).isEqualTo(pass);
        room.leaveTicket(tokens.sign(ticket));
        assertThat(store.left).containsExactly(SERVED + 1);
        assertThat(room.verify("ann", pass.token())).isNull();
    }

    @Test
    void ticketWithoutANumberIsAskedAboutByTheRefreshAfterTheOneUnderWay() {
        store.lives = 0;
        store.answers(store.place(Place.State.EXPIRED, 0));
        RoomRules.use(room);
        CompletableFuture<Void> arrival = new CompletableFuture<>();
        store.snapshotsArrive = arrival;
        time.advance(REFRESH);
        Token ticket = ticket(store.epoch, 0);
        room.leaveTicketAsync(tokens.sign(ticket));
        store.numbers = Map.of(new Sightings.HeldTicket(ticket.visitor(), 0, ticket.micros()), LOWER);
        store.snapshotsArrive = CompletableFuture.completedFuture(null);
        arrival.complete(null);
        assertThat(store.left).containsExactly(LOWER);
    }

    @ParameterizedTest
    @CsvSource({"0, 7, true", "0, 0, false", "-1, 7, false"})
    void whoeverShowsANumberOfThisRoomIsHandedInAsHeardFrom(int otherEpoch, long number, boolean isHandedIn) {
        shown(ticket(store.epoch + otherEpoch, number));
        time.advance(REFRESH);
        assertThat(store.handedIn.stream()
                        .flatMap(seen -> seen.alive().stream().mapToObj(bit -> seen.firstNumber() + bit)))
                .isEqualTo(isHandedIn ? List.of(number) : List.of());
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0, 7, ann, true",
        "1, 0, 5, ann, true",
        "1, 0, 8, ann, false",
        "1, 0, 5, ben, false",
        "1, -1, 8, ann, true",
        "0, 0, 5, ann, false",
    })
    void gateTokenOpensForWhateverItsTicketMayStandFor(
            int lives, int epochOfTicket, long gateNumber, String gateVisitor, boolean opens) {
        store.lives = lives;
        room.snapshot();
        store.answers(new Place(Place.State.USED, store.epoch, gateNumber, time.epochMicros() + 1_000_000));
        String gate = tokens.sign(token(Token.Purpose.GATE, store.epoch, gateNumber, gateVisitor));
        String ticket = tokens.sign(ticket(store.epoch + epochOfTicket, SERVED));
        if (opens) {
            assertThat(room.enter("ann", ticket, gate)).isNotNull();
        } else {
            assertThat(RoomRules.reasonOf(() -> room.enter("ann", ticket, gate)))
                    .isEqualTo(AdmissionException.Reason.INVALID_TOKEN);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"READY", "USED"})
    void placeInARoomThatHasBegunAnewMeanwhileIsNotEntered(Place.State state) {
        store.called = new long[] {SERVED};
        Token ticket = ticket(store.epoch, SERVED);
        String gate = Objects.requireNonNull(shown(ticket).gateToken());
        store.epoch++;
        store.answers(store.place(state, SERVED));
        assertThat(RoomRules.reasonOf(() -> room.enter("ann", tokens.sign(ticket), gate)))
                .isEqualTo(AdmissionException.Reason.NOT_READY);
    }
}
