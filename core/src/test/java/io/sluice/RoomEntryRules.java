package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** How every backend lets visitors into a room, and never more than may be inside. */
abstract class RoomEntryRules extends RoomRules {

    RoomEntryRules(RoomContract contract) {
        super(contract);
    }

    @Nested
    @DisplayName("admitting")
    class Admitting {

        @Test
        void visitorGoesStraightInWhileAPlaceIsFree() {
            WaitingRoom room = open(1);
            assertThat(face.admit(room, "ann").pass()).isNotNull();
            assertThat(inside(room)).isEqualTo(1);
        }

        @Test
        void visitorWaitsWhenTheRoomIsFull() {
            WaitingRoom room = open(1);
            face.admit(room, "ann");
            Ticket ticket = face.admit(room, "ben");
            assertThat(ticket.pass()).isNull();
            assertThat(ticket.standing().state()).isEqualTo(Standing.State.QUEUED);
        }

        @Test
        void nobodyOvertakesWhoWaits() {
            WaitingRoom room = open(1);
            face.admit(room, "ann");
            face.admit(room, "ben");
            face.leave(room, "ann");
            assertThat(face.admit(room, "cem").pass()).isNull();
        }

        @Test
        void whoWaitsButHasBeenSilentForTooLongKeepsNoNewcomerOut() {
            WaitingRoom room = open(1);
            face.admit(room, "ann");
            joined(room, "ben");
            time.advance(Duration.ofMinutes(5));
            assertThat(face.admit(room, "cem").pass()).isNotNull();
        }

        @Test
        void nobodyOvertakesWhoWasPassedOverAndIsBack() {
            WaitingRoom room = open(0);
            String ann = joined(room, "ann");
            passOverAllWhoWait(room, time);
            assertThat(stateOf(room, ann)).isEqualTo(Standing.State.QUEUED);
            time.advance(REFRESH);
            assertThat(status(room, ann).position()).isEqualTo(1);
            face.leave(room, "newcomer");
            assertThat(face.admit(room, "ben").pass()).isNull();
            time.advance(REFRESH);
            assertThat(stateOf(room, ann)).isEqualTo(Standing.State.READY);
        }

        @Test
        void whoWasPassedOverAndGivesUpKeepsNoNewcomerOut() {
            WaitingRoom room = open(0);
            String ann = joined(room, "ann");
            passOverAllWhoWait(room, time);
            assertThat(stateOf(room, ann)).isEqualTo(Standing.State.QUEUED);
            time.advance(REFRESH);
            face.leaveTicket(room, ann);
            face.leave(room, "newcomer");
            assertThat(face.admit(room, "ben").pass()).isNotNull();
            time.advance(REFRESH);
            assertThat(stateOf(room, ann)).isEqualTo(Standing.State.EXPIRED);
        }

        @Test
        void calledVisitorIsLetInByAdmit() {
            WaitingRoom room = open(1);
            joined(room, "ann");
            assertThat(face.admit(room, "ann").pass()).isNotNull();
        }

        @Test
        void placeClaimedByACalledVisitorIsNotGivenToANewcomer() {
            WaitingRoom room = open(1);
            joined(room, "ann");
            assertThat(face.admit(room, "ben").pass()).isNull();
        }
    }

    @Nested
    @DisplayName("entering")
    class Entering {

        @Test
        void readyVisitorEnters() {
            WaitingRoom room = open(1);
            Pass pass = enter(room, "ann");
            assertThat(room.verify("ann", pass.token())).isEqualTo(pass);
            assertThat(inside(room)).isEqualTo(1);
        }

        @Test
        void enteringTwiceTakesOnePlaceAndGivesTheSamePass() {
            WaitingRoom room = open(2);
            String ticket = joined(room, "ann");
            String gate = gate(room, ticket);
            Pass first = RoomFace.get(room.enterAsync("ann", ticket, gate));
            Pass second = RoomFace.get(room.enterAsync("ann", ticket, gate));
            assertThat(second).isEqualTo(first);
            assertThat(inside(room)).isEqualTo(1);
        }

        @Test
        void whoEntersThroughAnotherGatewayThanJoinedIsInsideOnBoth() {
            WaitingRoom joined = open(1);
            WaitingRoom entered = open(1);
            Ticket ticket = face.join(joined, "ann");
            String gateToken = Objects.requireNonNull(ticket.standing().gateToken());
            RoomFace.get(entered.enterAsync("ann", ticket.token(), gateToken));
            time.advance(REFRESH);
            assertThat(stateOf(joined, ticket.token())).isEqualTo(Standing.State.USED);
            assertThat(stateOf(entered, ticket.token())).isEqualTo(Standing.State.USED);
        }

        @Test
        void claimIsGoodUntilItsLastInstant() {
            WaitingRoom room = open(1);
            String ticket = joined(room, "ann");
            String gate = gate(room, ticket);
            time.advance(Duration.ofSeconds(60).minus(INSTANT));
            assertThat(RoomFace.get(room.enterAsync("ann", ticket, gate))).isNotNull();
        }

        @Test
        void claimEndsAtItsExactInstant() {
            WaitingRoom room = open(1);
            String ticket = joined(room, "ann");
            String gate = gate(room, ticket);
            time.advance(Duration.ofSeconds(60));
            assertThat(reasonOf(() -> RoomFace.get(room.enterAsync("ann", ticket, gate))))
                    .isEqualTo(AdmissionException.Reason.NOT_READY);
            assertThat(stateOf(room, ticket)).isEqualTo(Standing.State.EXPIRED);
            assertThat(inside(room)).isZero();
        }

        @Test
        void pollingWhileReadyNeitherShortensNorProlongsTheClaim() {
            WaitingRoom room = open(1);
            String ticket = joined(room, "ann");
            String gate = gate(room, ticket);
            for (int i = 0; i < 59; i++) {
                time.advance(Duration.ofSeconds(1));
                assertThat(stateOf(room, ticket)).isEqualTo(Standing.State.READY);
            }
            time.advance(Duration.ofSeconds(1).minus(INSTANT));
            assertThat(RoomFace.get(room.enterAsync("ann", ticket, gate))).isNotNull();
        }

        @Test
        void calledVisitorWhoHasNotHeardOfItIsNotForfeited() {
            WaitingRoom room = open(0);
            String ticket = joined(room, "ann");
            room.configure(1, Room.Mode.OPEN);
            time.advance(Duration.ofMinutes(2));
            String ben = joined(room, "ben");
            assertThat(RoomFace.get(entering(room, "ben", ben))).isNotNull();
            assertThat(stateOf(room, ticket)).isEqualTo(Standing.State.QUEUED);
            time.advance(REFRESH);
            face.leave(room, "ben");
            time.advance(REFRESH);
            assertThat(stateOf(room, ticket)).isEqualTo(Standing.State.READY);
        }

        @Test
        void neverMoreInsideThanTheCapacity() {
            WaitingRoom room = open(Room.named("sale").capacity(50).enterWait(Duration.ZERO));
            int passes = 0;
            List<String> tickets = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                tickets.add(face.join(room, "visitor-" + i).token());
            }
            for (int round = 0; round < 3; round++) {
                time.advance(REFRESH);
                for (int i = 0; i < 150; i++) {
                    String gate = status(room, tickets.get(i)).gateToken();
                    if (gate != null) {
                        try {
                            RoomFace.get(room.enterAsync("visitor-" + i, tickets.get(i), gate));
                            passes++;
                        } catch (AdmissionException e) {
                            assertThat(e.reason()).isEqualTo(AdmissionException.Reason.NO_PLACE_YET);
                        }
                    }
                }
            }
            assertThat(passes).isEqualTo(50);
            assertThat(inside(room)).isEqualTo(50);
        }

        @Test
        void enterIsHeldUntilAPlaceIsFree() {
            WaitingRoom room = open(2);
            enter(room, "ann");
            String ben = joined(room, "ben");
            String gate = gate(room, ben);
            room.configure(1, Room.Mode.OPEN);
            CompletableFuture<Pass> held = room.enterAsync("ben", ben, gate).toCompletableFuture();
            time.advance(Duration.ofSeconds(3));
            assertThat(held).isNotDone();
            face.leave(room, "ann");
            time.advance(REFRESH);
            assertThat(held).isCompleted();
        }

        @Test
        void enterIsRefusedWhenNoPlaceBecomesFreeInTimeAndTheClaimStands() {
            WaitingRoom room = open(2);
            enter(room, "ann");
            String ben = joined(room, "ben");
            String gate = gate(room, ben);
            room.configure(1, Room.Mode.OPEN);
            CompletableFuture<Pass> held = room.enterAsync("ben", ben, gate).toCompletableFuture();
            time.advance(Duration.ofSeconds(10).plus(REFRESH));
            assertThat(reasonOf(() -> RoomFace.get(held))).isEqualTo(AdmissionException.Reason.NO_PLACE_YET);
            face.leave(room, "ann");
            // 60 s were left when the knocking began; 10 s of knocking do not count.
            time.advance(Duration.ofSeconds(58));
            assertThat(RoomFace.get(room.enterAsync("ben", ben, gate))).isNotNull();
        }

        @Test
        void whoDoesNotWaitAtTheDoorGetsAPlaceFreedSinceTheLastKnock() {
            WaitingRoom room = open(Room.named("sale").capacity(2).enterWait(Duration.ZERO));
            enter(room, "ann");
            Supplier<CompletableFuture<Pass>> ben = called(room, "ben");
            room.configure(1, Room.Mode.OPEN);
            assertThat(reasonOf(() -> RoomFace.get(ben.get()))).isEqualTo(AdmissionException.Reason.NO_PLACE_YET);
            face.leave(room, "ann");
            assertThat(RoomFace.get(ben.get())).isNotNull();
        }

        /** Has a visitor join and be called, and returns how it enters. */
        private Supplier<CompletableFuture<Pass>> called(WaitingRoom room, String visitor) {
            String ticket = joined(room, visitor);
            String gate = gate(room, ticket);
            return () -> room.enterAsync(visitor, ticket, gate).toCompletableFuture();
        }

        @Test
        void freedPlaceGoesToTheLowestNumberKnocking() {
            WaitingRoom room = open(3);
            enter(room, "ann");
            Supplier<CompletableFuture<Pass>> ben = called(room, "ben");
            Supplier<CompletableFuture<Pass>> cem = called(room, "cem");
            room.configure(1, Room.Mode.OPEN);
            CompletableFuture<Pass> second = cem.get();
            CompletableFuture<Pass> first = ben.get();
            time.advance(REFRESH);
            face.leave(room, "ann");
            time.advance(REFRESH.multipliedBy(2));
            assertThat(first).isCompleted();
            assertThat(second).isNotDone();
        }

        @Test
        void freedPlaceIsNotKeptForSomebodyWhoHasCeasedToKnock() {
            WaitingRoom room = open(3);
            enter(room, "ann");
            Supplier<CompletableFuture<Pass>> ben = called(room, "ben");
            Supplier<CompletableFuture<Pass>> cem = called(room, "cem");
            room.configure(1, Room.Mode.OPEN);
            CompletableFuture<Pass> ceasing = ben.get();
            CompletableFuture<Pass> next = cem.get();
            ceasing.cancel(false);
            face.leave(room, "ann");
            time.advance(Duration.ofSeconds(1));
            assertThat(next).as("kept for ben").isNotDone();
            time.advance(Duration.ofSeconds(2));
            assertThat(next).isCompleted();
        }

        @Test
        void freedPlaceIsNotKeptForSomebodyWhoKnockedAndLeft() {
            WaitingRoom room = open(3);
            enter(room, "ann");
            Supplier<CompletableFuture<Pass>> ben = called(room, "ben");
            Supplier<CompletableFuture<Pass>> cem = called(room, "cem");
            room.configure(1, Room.Mode.OPEN);
            ben.get().cancel(false);
            CompletableFuture<Pass> next = cem.get();
            face.leave(room, "ben");
            face.leave(room, "ann");
            time.advance(REFRESH);
            assertThat(next).isCompleted();
        }

        @Test
        void calledVisitorWhoAsksForAdmissionKnocksToo() {
            WaitingRoom room = open(2);
            enter(room, "ann");
            gate(room, joined(room, "ben"));
            room.configure(1, Room.Mode.OPEN);
            joined(room, "cem");
            for (int second = 0; second < 70; second++) {
                assertThat(face.admit(room, "ben").pass()).isNull();
                time.advance(Duration.ofSeconds(1));
            }
            face.leave(room, "ann");
            time.advance(REFRESH);
            assertThat(face.admit(room, "cem").pass()).isNull();
            assertThat(face.admit(room, "ben").pass()).isNotNull();
        }

        @Test
        void visitorWhoIsStillQueuedCannotEnter() {
            WaitingRoom room = open(1);
            String ann = joined(room, "ann");
            String gate = gate(room, ann);
            face.leave(room, "ann");
            room.configure(0, Room.Mode.OPEN);
            String again = joined(room, "ann");
            assertThat(reasonOf(() -> RoomFace.get(room.enterAsync("ann", again, gate))))
                    .as("a gate token of an earlier place")
                    .isEqualTo(AdmissionException.Reason.INVALID_TOKEN);
            assertThat(inside(room)).isZero();
        }

        @Test
        void anotherVisitorsTicketDoesNotOpen() {
            WaitingRoom room = open(1);
            String ticket = joined(room, "ann");
            String gate = gate(room, ticket);
            assertThat(reasonOf(() -> RoomFace.get(room.enterAsync("ben", ticket, gate))))
                    .isEqualTo(AdmissionException.Reason.FOREIGN_TICKET);
            assertThat(inside(room)).isZero();
        }
    }
}
