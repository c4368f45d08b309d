package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each reason for a refusal, as a caller comes by it, and whether it says where the visitor stands. */
class RefusalsTest {

    private static final Duration REFRESH = Duration.ofMillis(200);

    private final ManualTime time = new ManualTime();
    private final LocalBackend backend = LocalBackend.create(time);
    private final WaitingRoom room = WaitingRoom.of(
            Room.named("sale").capacity(1).enterWait(Duration.ZERO).build(), backend, Signer.random());
    private final Map<AdmissionException.Reason, ThrowingCallable> refused =
            new EnumMap<>(AdmissionException.Reason.class);

    @BeforeEach
    void annIsInsideAndBenIsCalledAndCyWaits() throws InterruptedException {
        room.admit("ann");
        room.configure(2, Room.Mode.OPEN);
        String ben = room.join("ben").token();
        time.advance(REFRESH);
        String gate = Objects.requireNonNull(room.status(ben).gateToken());
        room.configure(1, Room.Mode.OPEN);
        String cy = room.join("cy").token();
        Guard guard =
                Guard.of(Bound.named("shop").limit(1).maxWait(Duration.ZERO).build(), backend);
        guard.acquire("ann");
        refused.put(AdmissionException.Reason.INVALID_TOKEN, () -> room.status("forged"));
        refused.put(AdmissionException.Reason.FOREIGN_TICKET, () -> room.enter("cy", ben, gate));
        refused.put(AdmissionException.Reason.NO_PLACE_YET, () -> room.enter("ben", ben, gate));
        refused.put(AdmissionException.Reason.NOT_READY, () -> {
            room.leave("ben");
            room.enter("ben", ben, gate);
        });
        refused.put(AdmissionException.Reason.NOT_INSIDE, () -> room.renew("cy"));
        refused.put(AdmissionException.Reason.CLOSED, () -> {
            room.configure(1, Room.Mode.CLOSED);
            room.join("dan");
        });
        refused.put(AdmissionException.Reason.OVERLOADED, () -> guard.acquire("ben"));
        assertThat(room.status(cy).state()).isEqualTo(Standing.State.QUEUED);
    }

    private AdmissionException refusal(AdmissionException.Reason reason) {
        return Objects.requireNonNull(
                catchThrowableOfType(AdmissionException.class, Objects.requireNonNull(refused.get(reason))));
    }

    @ParameterizedTest
    @EnumSource
    void saysWhy(AdmissionException.Reason reason) {
        assertThat(refusal(reason).reason()).isEqualTo(reason);
    }

    @ParameterizedTest
    @EnumSource(names = {"NOT_READY", "NO_PLACE_YET"})
    void ofACalledTicketSaysWhereItsVisitorStands(AdmissionException.Reason reason) {
        assertThat(refusal(reason).standing()).isNotNull();
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"NOT_READY", "NO_PLACE_YET"})
    void ofAnythingElseSaysNothingOfIt(AdmissionException.Reason reason) {
        assertThat(refusal(reason).standing()).isNull();
    }

    @Test
    void ofOneWhoLeftTellsThatTheTicketIsOver() {
        Standing standing = Objects.requireNonNull(
                refusal(AdmissionException.Reason.NOT_READY).standing());
        assertThat(standing.state()).isEqualTo(Standing.State.EXPIRED);
    }
}
