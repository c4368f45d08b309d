package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What every backend does with those inside a room until they leave, and with everybody once it is closed. */
abstract class RoomStayRules extends RoomRules {

    RoomStayRules(RoomContract contract) {
        super(contract);
    }

    @Nested
    @DisplayName("inside")
    class Inside {

        @Test
        void leavingFreesThePlaceAndEndsThePassAtOnce() {
            WaitingRoom room = open(1);
            Pass pass = enter(room, "ann");
            face.leave(room, "ann");
            assertThat(room.verify("ann", pass.token())).isNull();
            assertThat(face.admit(room, "ben").pass()).isNotNull();
        }

        @Test
        void passOfWhoLeftIsRefusedOnAnotherGatewayWithinARefresh() {
            WaitingRoom here = open(1);
            WaitingRoom elsewhere = open(1);
            Pass pass = enter(here, "ann");
            assertThat(elsewhere.verify("ann", pass.token())).isNotNull();
            face.leave(here, "ann");
            time.advance(REFRESH);
            assertThat(elsewhere.verify("ann", pass.token())).isNull();
        }

        @Test
        void stayEndsAtItsInstantAndFreesThePlace() {
            WaitingRoom room = open(1);
            Pass pass = enter(room, "ann");
            time.advance(Duration.ofMinutes(5).minus(INSTANT));
            assertThat(room.verify("ann", pass.token())).isNotNull();
            assertThat(face.find(room, "ann")).isEqualTo(pass);
            assertThat(room.remaining(pass)).isEqualTo(INSTANT);
            time.advance(INSTANT);
            assertThat(room.verify("ann", pass.token())).isNull();
            assertThat(face.find(room, "ann")).isNull();
            assertThat(face.admit(room, "ben").pass()).isNotNull();
            time.advance(INSTANT);
            assertThat(room.remaining(pass)).isZero();
        }

        @Test
        void visitorWithoutAPassIsFoundByName() {
            WaitingRoom here = open(1);
            WaitingRoom elsewhere = open(1);
            Pass pass = enter(here, "ann");
            assertThat(face.find(elsewhere, "ann")).isEqualTo(pass);
            assertThat(face.find(elsewhere, "ben")).isNull();
        }

        @Test
        void whoLeftIsNotFoundOnAnotherGatewayThatHadRestedMeanwhile() {
            WaitingRoom here = open(1);
            WaitingRoom elsewhere = open(1);
            Pass pass = enter(here, "ann");
            assertThat(face.find(elsewhere, "ann")).isEqualTo(pass);
            time.advance(Duration.ofMinutes(2));
            face.leave(here, "ann");
            face.find(elsewhere, "ann");
            time.advance(REFRESH);
            assertThat(face.find(elsewhere, "ann")).isNull();
        }

        @Test
        void whoLeftOnAnotherGatewayAndJoinedAgainIsNotFound() {
            WaitingRoom here = open(1);
            WaitingRoom elsewhere = open(1);
            enter(here, "ann");
            face.leave(elsewhere, "ann");
            face.join(here, "ann");
            assertThat(face.find(here, "ann")).isNull();
        }

        @Test
        void passIsGoodForItsVisitorOnly() {
            WaitingRoom room = open(1);
            Pass pass = enter(room, "ann");
            assertThat(room.verify("ben", pass.token())).isNull();
        }

        @Test
        void renewedStayStartsAnew() {
            WaitingRoom room = open(Room.named("sale").capacity(1).renewable(true));
            Pass pass = enter(room, "ann");
            time.advance(Duration.ofMinutes(4));
            Pass renewed = face.renew(room, "ann");
            assertThat(renewed.expiresAt()).isEqualTo(pass.expiresAt().plus(Duration.ofMinutes(4)));
            assertThat(face.find(room, "ann")).isEqualTo(renewed);
            time.advance(Duration.ofMinutes(4));
            assertThat(room.verify("ann", renewed.token())).isNotNull();
            assertThat(face.admit(room, "ben").pass()).isNull();
        }

        @Test
        void renewingARoomThatIsNotRenewableChangesNothing() {
            WaitingRoom room = open(1);
            Pass pass = enter(room, "ann");
            time.advance(Duration.ofMinutes(4));
            assertThat(face.renew(room, "ann")).isEqualTo(pass);
        }

        @Test
        void whoIsNotInsideCannotRenew() {
            WaitingRoom room = open(0);
            joined(room, "ann");
            assertThat(reasonOf(() -> face.renew(room, "ann"))).isEqualTo(AdmissionException.Reason.NOT_INSIDE);
        }

        @Test
        void whoIsInsideIsFoundAfterLeavingByAnEarlierTicket() {
            WaitingRoom room = open(1);
            String earlier = joined(room, "ann");
            face.leave(room, "ann");
            Pass pass = enter(room, "ann");
            face.leaveTicket(room, earlier);
            assertThat(face.find(room, "ann")).isEqualTo(pass);
        }

        @Test
        void ticketOfAVisitorInsideIsUsedAndThenExpired() {
            WaitingRoom room = open(1);
            String ticket = joined(room, "ann");
            RoomFace.get(entering(room, "ann", ticket));
            assertThat(stateOf(room, ticket)).isEqualTo(Standing.State.USED);
            face.leave(room, "ann");
            assertThat(stateOf(room, ticket)).isEqualTo(Standing.State.EXPIRED);
        }
    }

    @Nested
    @DisplayName("once its backend is closed")
    class Closed {

        @Test
        void everyMethodSaysSo() {
            WaitingRoom room = open(1);
            String ticket = joined(room, "ann");
            backend.close();
            time.advance(Duration.ofSeconds(1));
            List<ThrowingCallable> calls = List.of(
                    () -> face.join(room, "ben"),
                    () -> face.admit(room, "ben"),
                    () -> face.status(room, ticket),
                    () -> face.find(room, "ben"),
                    () -> face.renew(room, "ann"),
                    () -> face.leave(room, "ann"),
                    () -> face.leaveTicket(room, ticket),
                    () -> call(room, "ann"),
                    () -> room.configure(2, Room.Mode.OPEN),
                    room::snapshot);
            calls.forEach(
                    call -> assertThatIllegalStateException().isThrownBy(call).withMessageContaining("closed"));
        }
    }
}
