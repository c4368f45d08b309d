package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Tokens of a room that has begun anew: its secret has lasted, and its numbers begin at 1 again. */
class EarlierEpochTest {

    private static final Duration REFRESH = Duration.ofMillis(200);

    private final ManualTime time = new ManualTime();
    private final Signer signer = Signer.of("a secret of the tests, long enough");

    private WaitingRoom begun(int capacity) {
        return WaitingRoom.of(Room.named("sale").capacity(capacity).build(), LocalBackend.create(time), signer);
    }

    @Test
    void passIsGoodAlthoughWhoeverHasItsNumberNowHasLeft() {
        Pass pass = Objects.requireNonNull(begun(1).admit("ann").pass());
        WaitingRoom now = begun(1);
        now.admit("ben");
        now.leave("ben");
        time.advance(REFRESH);
        assertThat(now.verify("ann", pass.token())).isEqualTo(pass);
    }

    @Test
    void passIsOverOnceItsVisitorHasLeft() {
        Pass pass = Objects.requireNonNull(begun(1).admit("ann").pass());
        Pass another = Objects.requireNonNull(begun(1).admit("ben").pass());
        WaitingRoom now = begun(1);
        time.advance(REFRESH);
        assertThat(now.verify("ann", pass.token())).isEqualTo(pass);
        now.leave("ann");
        assertThat(now.verify("ann", pass.token())).isNull();
        assertThat(now.verify("ben", another.token())).isEqualTo(another);
    }

    @Test
    void passIsOverOnceItsTicketIsGivenUp() {
        Ticket ticket = begun(1).admit("ann");
        Pass pass = Objects.requireNonNull(ticket.pass());
        WaitingRoom now = begun(1);
        Pass another = Objects.requireNonNull(now.admit("ann").pass());
        time.advance(REFRESH);
        assertThat(now.verify("ann", pass.token())).isEqualTo(pass);
        assertThat(now.leaveTicket(ticket.token())).isEqualTo(Standing.State.EXPIRED);
        assertThat(now.verify("ann", pass.token())).isNull();
        assertThat(now.verify("ann", another.token())).isEqualTo(another);
    }

    @Test
    void passOfAVisitorWhoHasComeBackIsGood() {
        WaitingRoom now = begun(1);
        now.leave("ann");
        Pass pass = Objects.requireNonNull(now.admit("ann").pass());
        assertThat(now.verify("ann", pass.token())).isEqualTo(pass);
    }

    @Test
    void ticketIsOver() {
        String old = begun(0).join("ann").token();
        WaitingRoom now = begun(0);
        now.join("ben");
        assertThat(now.status(old).state()).isEqualTo(Standing.State.EXPIRED);
    }

    @Test
    void ticketDoesNotGiveUpTheNewPlaceOfTheSameNumber() {
        String old = begun(0).join("ann").token();
        WaitingRoom now = begun(0);
        String ticket = now.join("ann").token();
        assertThat(now.leaveTicket(old)).isEqualTo(Standing.State.EXPIRED);
        assertThat(now.status(ticket).state()).isEqualTo(Standing.State.QUEUED);
    }

    @Test
    void ticketDoesNotCallTheNewPlaceOfTheSameNumber() {
        String old = begun(0).join("ann").token();
        WaitingRoom now = begun(0);
        String ticket = now.join("ann").token();
        assertThat(RoomFace.get(now.callTicketAsync(old))).isEqualTo(Standing.State.EXPIRED);
        assertThat(now.status(ticket).state()).isEqualTo(Standing.State.QUEUED);
    }

    @Test
    void gateTokenThatIsRefusedHasTakenNoPlace() {
        WaitingRoom before = begun(1);
        String old = before.join("ann").token();
        String oldGate = Objects.requireNonNull(before.status(old).gateToken());
        WaitingRoom now = begun(1);
        String ticket = now.join("ann").token();
        assertThat(now.status(ticket).state()).isEqualTo(Standing.State.READY);
        assertThat(RoomRules.reasonOf(() -> now.enter("ann", old, oldGate)))
                .isEqualTo(AdmissionException.Reason.NOT_READY);
        time.advance(REFRESH);
        assertThat(now.find("ann")).isNull();
        assertThat(now.status(ticket).state()).isEqualTo(Standing.State.READY);
    }
}
