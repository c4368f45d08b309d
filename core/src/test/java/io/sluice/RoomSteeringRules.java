package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators change in a room that runs, on every backend: capacity, mode, and who comes next. */
abstract class RoomSteeringRules extends RoomRules {

    RoomSteeringRules(RoomContract contract) {
        super(contract);
    }

    @Nested
    @DisplayName("capacity and mode")
    class CapacityAndMode {

        @Test
        void pausedRoomTakesVisitorsAndCallsNobody() {
            WaitingRoom room = open(Room.named("sale").capacity(1).mode(Room.Mode.PAUSED));
            String ticket = joined(room, "ann");
            time.advance(REFRESH);
            assertThat(stateOf(room, ticket)).isEqualTo(Standing.State.QUEUED);
            face.configure(room, 1, Room.Mode.OPEN);
            time.advance(REFRESH);
            assertThat(stateOf(room, ticket)).isEqualTo(Standing.State.READY);
        }

        @Test
        void closedRoomTakesNobodyAndKeepsThoseInside() {
            WaitingRoom room = open(2);
            Pass pass = enter(room, "ann");
            String ben = joined(room, "ben");
            String gate = gate(room, ben);
            face.configure(room, 2, Room.Mode.CLOSED);
            assertThat(room.verify("ann", pass.token())).isNotNull();
            assertThat(reasonOf(() -> face.join(room, "cem"))).isEqualTo(AdmissionException.Reason.CLOSED);
            assertThat(reasonOf(() -> face.admit(room, "cem"))).isEqualTo(AdmissionException.Reason.CLOSED);
            assertThat(reasonOf(() -> RoomFace.get(room.enterAsync("ben", ben, gate))))
                    .isEqualTo(AdmissionException.Reason.CLOSED);
        }

        private void closeForFiveMinutes(WaitingRoom room) {
            face.configure(room, 1, Room.Mode.CLOSED);
            time.advance(Duration.ofMinutes(5));
            face.configure(room, 1, Room.Mode.OPEN);
        }

        @Test
        void claimBeginsAnewWhenTheRoomOpensAgain() {
            WaitingRoom room = open(Room.named("sale").capacity(1).claimWithin(Duration.ofSeconds(5)));
            String ann = joined(room, "ann");
            String gate = gate(room, ann);
            closeForFiveMinutes(room);
            time.advance(Duration.ofSeconds(5).minus(INSTANT));
            assertThat(RoomFace.get(room.enterAsync("ann", ann, gate))).isNotNull();
        }

        @Test
        void claimThatIsNotUsedOnceTheRoomIsOpenAgainEndsAsAlways() {
            WaitingRoom room = open(Room.named("sale").capacity(1).claimWithin(Duration.ofSeconds(5)));
            String ann = joined(room, "ann");
            closeForFiveMinutes(room);
            time.advance(Duration.ofSeconds(5));
            assertThat(stateOf(room, ann)).isEqualTo(Standing.State.EXPIRED);
        }

        @Test
        void whoHadNotHeardOfTheCallWhenTheRoomClosedIsNotForfeited() {
            WaitingRoom room = open(0);
            String ann = joined(room, "ann");
            face.configure(room, 1, Room.Mode.OPEN);
            time.advance(REFRESH);
            closeForFiveMinutes(room);
            time.advance(Duration.ofMinutes(2));
            assertThat(stateOf(room, ann)).isEqualTo(Standing.State.QUEUED);
        }

        @Test
        void claimRunsOnWhenTheRoomIsPausedAndOpenedAgain() {
            WaitingRoom room = open(Room.named("sale").capacity(1).claimWithin(Duration.ofSeconds(5)));
            String ann = joined(room, "ann");
            time.advance(Duration.ofSeconds(3));
            face.configure(room, 1, Room.Mode.PAUSED);
            face.configure(room, 1, Room.Mode.OPEN);
            time.advance(Duration.ofSeconds(2));
            assertThat(stateOf(room, ann)).isEqualTo(Standing.State.EXPIRED);
        }

        @Test
        void whenEverybodyQueuesNobodyGoesStraightIn() {
            WaitingRoom room = open(Room.named("sale").capacity(1).mode(Room.Mode.QUEUE_EVERYBODY));
            Ticket ticket = face.admit(room, "ann");
            assertThat(ticket.pass()).isNull();
            time.advance(REFRESH);
            assertThat(stateOf(room, ticket.token())).isEqualTo(Standing.State.READY);
        }

        @Test
        void loweringTheCapacityPutsNobodyOutAndLetsNobodyIn() {
            WaitingRoom room = open(3);
            Pass ann = enter(room, "ann");
            Pass ben = enter(room, "ben");
            face.configure(room, 1, Room.Mode.OPEN);
            assertThat(room.verify("ann", ann.token())).isNotNull();
            assertThat(room.verify("ben", ben.token())).isNotNull();
            face.leave(room, "ann");
            assertThat(face.admit(room, "cem").pass()).isNull();
        }

        @Test
        void raisingTheCapacityCallsTheNext() {
            WaitingRoom room = open(0);
            String ticket = joined(room, "ann");
            assertThat(stateOf(room, ticket)).isEqualTo(Standing.State.QUEUED);
            face.configure(room, 1, Room.Mode.OPEN);
            time.advance(REFRESH);
            assertThat(stateOf(room, ticket)).isEqualTo(Standing.State.READY);
        }

        @Test
        void changeOnOneGatewayIsSeenOnAnother() {
            WaitingRoom here = open(1);
            WaitingRoom elsewhere = open(1);
            use(elsewhere);
            face.configure(here, 7, Room.Mode.PAUSED);
            time.advance(REFRESH);
            RoomSnapshot seen = Objects.requireNonNull(elsewhere.snapshot());
            assertThat(seen.capacity()).isEqualTo(7);
            assertThat(seen.mode()).isEqualTo(Room.Mode.PAUSED);
        }

        @Test
        void changesOfCapacityAndOfModeOnTwoGatewaysBothHold() {
            WaitingRoom here = open(1);
            WaitingRoom elsewhere = open(1);
            use(here);
            use(elsewhere);
            face.setCapacity(here, 7);
            face.setMode(elsewhere, Room.Mode.PAUSED);
            for (WaitingRoom room : List.of(here, elsewhere)) {
                time.advance(REFRESH);
                RoomSnapshot seen = Objects.requireNonNull(room.snapshot());
                assertThat(seen.capacity()).isEqualTo(7);
                assertThat(seen.mode()).isEqualTo(Room.Mode.PAUSED);
            }
        }

        @Test
        void changeOfTheCapacityLeavesTheModeAsItIs() {
            WaitingRoom room = open(Room.named("sale").capacity(0).mode(Room.Mode.PAUSED));
            String ann = joined(room, "ann");
            face.setCapacity(room, 1);
            time.advance(REFRESH);
            assertThat(Objects.requireNonNull(room.snapshot()).mode()).isEqualTo(Room.Mode.PAUSED);
            assertThat(stateOf(room, ann)).isEqualTo(Standing.State.QUEUED);
        }

        @Test
        void aChangeIsInTheFiguresOnceItIsMade() {
            WaitingRoom room = open(1);
            room.snapshot();
            face.setCapacity(room, 7);
            assertThat(Objects.requireNonNull(room.snapshot()).capacity()).isEqualTo(7);
            face.setMode(room, Room.Mode.CLOSED);
            assertThat(Objects.requireNonNull(room.snapshot()).mode()).isEqualTo(Room.Mode.CLOSED);
        }

        @Test
        void manyGatewaysCallNoMoreThanOne() {
            List<WaitingRoom> gateways = List.of(open(50), open(50), open(50));
            List<String> tickets = new ArrayList<>();
            for (int i = 0; i < 150; i++) {
                tickets.add(face.join(gateways.get(i % 3), "visitor-" + i).token());
            }
            time.advance(REFRESH);
            long ready = tickets.stream()
                    .filter(ticket -> stateOf(gateways.get(0), ticket) == Standing.State.READY)
                    .count();
            assertThat(ready).isEqualTo(50);
        }
    }

    @Nested
    @DisplayName("calling out of turn")
    class CallingOutOfTurn {

        /** Ann is inside. */
        private WaitingRoom fullRoom() {
            WaitingRoom room = open(1);
            enter(room, "ann");
            return room;
        }

        @Test
        void visitorAtTheEndIsReadyAtOnce() {
            WaitingRoom room = fullRoom();
            joined(room, "ben");
            joined(room, "cem");
            String dan = joined(room, "dan");
            assertThat(stateOf(room, dan)).isEqualTo(Standing.State.QUEUED);
            assertThat(call(room, "dan")).isEqualTo(Standing.State.READY);
            assertThat(stateOf(room, dan)).isEqualTo(Standing.State.READY);
            time.advance(REFRESH.multipliedBy(2));
            assertThat(stateOf(room, dan)).isEqualTo(Standing.State.READY);
        }

        @Test
        void visitorIsFoundByTheTicketToo() {
            WaitingRoom room = fullRoom();
            joined(room, "ben");
            String cem = joined(room, "cem");
            assertThat(RoomFace.get(room.callTicketAsync(cem))).isEqualTo(Standing.State.READY);
            assertThat(stateOf(room, cem)).isEqualTo(Standing.State.READY);
        }

        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        void whoIsGoneElsewhereBeforeTheNextRefreshDoesNotWaitAnyMore(boolean hasEntered) {
            WaitingRoom room = fullRoom();
            WaitingRoom elsewhere = open(1);
            joined(room, "ben");
            String cem = joined(room, "cem");
            call(hasEntered ? elsewhere : room, "cem");
            if (hasEntered) {
                face.leave(elsewhere, "ann");
                RoomFace.get(room.enterAsync("cem", cem, gate(elsewhere, cem)));
            }
            face.leave(elsewhere, "cem");
            time.advance(REFRESH);
            assertThat(stateOf(room, cem)).isEqualTo(Standing.State.EXPIRED);
        }

        @Test
        void calledVisitorEntersWhenAPlaceIsFreeAndNeverMoreAreInsideThanMayBe() {
            WaitingRoom room = fullRoom();
            joined(room, "ben");
            joined(room, "cem");
            String dan = joined(room, "dan");
            call(room, "dan");
            CompletableFuture<Pass> entering = entering(room, "dan", dan);
            assertThat(inside(room)).isEqualTo(1);
            assertThat(entering).isNotDone();
            face.leave(room, "ann");
            time.advance(REFRESH);
            assertThat(entering).isCompleted();
            assertThat(inside(room)).isEqualTo(1);
        }

        @Test
        void othersKeepTheirOrderAndNobodyIsCalledTwiceOrLeftOut() {
            WaitingRoom room = fullRoom();
            String ben = joined(room, "ben");
            String cem = joined(room, "cem");
            String dan = joined(room, "dan");
            String eva = joined(room, "eva");
            call(room, "dan");
            CompletableFuture<Pass> danEnters = entering(room, "dan", dan);
            face.leave(room, "ann");
            time.advance(REFRESH);
            assertThat(danEnters).isCompleted();
            for (String next : List.of("ben", "cem", "eva")) {
                face.leave(room, next.equals("ben") ? "dan" : next.equals("cem") ? "ben" : "cem");
                time.advance(REFRESH.multipliedBy(2));
                String ticket = next.equals("ben") ? ben : next.equals("cem") ? cem : eva;
                assertThat(stateOf(room, ticket)).as(next).isEqualTo(Standing.State.READY);
                RoomFace.get(entering(room, next, ticket));
                time.advance(REFRESH);
            }
            assertThat(inside(room)).isEqualTo(1);
        }

        @Test
        void cursorThatPassesSomebodyInsideLeavesTheStayAlone() {
            WaitingRoom room = open(Room.named("sale").capacity(2).claimWithin(Duration.ofSeconds(5)));
            enter(room, "ann");
            enter(room, "amy");
            String ben = joined(room, "ben");
            String cem = joined(room, "cem");
            call(room, "cem");
            CompletableFuture<Pass> cemEnters = entering(room, "cem", cem);
            face.leave(room, "amy");
            time.advance(REFRESH);
            Pass pass = RoomFace.get(cemEnters);
            face.join(room, "cem");
            RoomFace.get(room.statusAsync(ben));
            String dan = joined(room, "dan");
            face.leave(room, "ann");
            time.advance(REFRESH.multipliedBy(2));
            RoomFace.get(entering(room, "ben", ben));
            assertThat(stateOf(room, cem)).isEqualTo(Standing.State.USED);
            assertThat(stateOf(room, dan)).as("the cursor has passed cem").isEqualTo(Standing.State.READY);
            time.advance(Duration.ofSeconds(30));
            assertThat(stateOf(room, cem)).as("no claim ran out").isEqualTo(Standing.State.USED);
            assertThat(face.find(room, "cem")).isEqualTo(pass);
        }

        @Test
        void goingStraightInDoesNotTakeTheCursorAlong() {
            WaitingRoom room = fullRoom();
            String ben = joined(room, "ben");
            joined(room, "cem");
            String dan = joined(room, "dan");
            call(room, "dan");
            face.leave(room, "ann");
            assertThat(face.admit(room, "dan").pass()).isNotNull();
            time.advance(REFRESH);
            assertThat(stateOf(room, dan)).isEqualTo(Standing.State.USED);
            String eva = joined(room, "eva");
            assertThat(status(room, eva).position())
                    .as("behind ben, cem and dan's number")
                    .isGreaterThan(2);
            assertThat(stateOf(room, ben)).isIn(Standing.State.READY, Standing.State.QUEUED);
        }

        @Test
        void calledVisitorWhoGivesUpThePlaceStaysExpired() {
            WaitingRoom room = fullRoom();
            joined(room, "ben");
            String cem = joined(room, "cem");
            String dan = joined(room, "dan");
            call(room, "cem");
            face.leave(room, "cem");
            call(room, "dan");
            face.leave(room, "ann");
            assertThat(face.admit(room, "dan").pass()).isNotNull();
            time.advance(REFRESH);
            face.leave(room, "dan");
            time.advance(REFRESH);
            assertThat(stateOf(room, cem)).isEqualTo(Standing.State.EXPIRED);
            assertThat(stateOf(room, dan)).isEqualTo(Standing.State.EXPIRED);
        }

        @Test
        void visitorIsCalledInAPausedRoom() {
            WaitingRoom room = open(Room.named("sale").capacity(1).mode(Room.Mode.PAUSED));
            String ann = joined(room, "ann");
            assertThat(call(room, "ann")).isEqualTo(Standing.State.READY);
            RoomFace.get(entering(room, "ann", ann));
            assertThat(stateOf(room, ann)).isEqualTo(Standing.State.USED);
        }

        @Test
        void nobodyIsCalledInAClosedRoom() {
            WaitingRoom room = open(Room.named("sale").capacity(1).mode(Room.Mode.PAUSED));
            joined(room, "ann");
            face.configure(room, 1, Room.Mode.CLOSED);
            assertThat(reasonOf(() -> call(room, "ann"))).isEqualTo(AdmissionException.Reason.CLOSED);
        }

        @Test
        void whoIsInsideOrUnknownStaysSo() {
            WaitingRoom room = fullRoom();
            assertThat(call(room, "ann")).isEqualTo(Standing.State.USED);
            assertThat(call(room, "nobody")).isEqualTo(Standing.State.EXPIRED);
            assertThat(inside(room)).isEqualTo(1);
        }

        @Test
        void whoDoesNotComeLosesTheClaimAsAlways() {
            WaitingRoom room = open(Room.named("sale").capacity(1).claimWithin(Duration.ofSeconds(5)));
            enter(room, "ann");
            joined(room, "ben");
            String cem = joined(room, "cem");
            call(room, "cem");
            assertThat(stateOf(room, cem)).isEqualTo(Standing.State.READY);
            time.advance(Duration.ofSeconds(6));
            assertThat(stateOf(room, cem)).isEqualTo(Standing.State.EXPIRED);
        }

        @Test
        void whoHasNotHeardOfTheCallWaitsAsBefore() {
            WaitingRoom room = open(Room.named("sale").capacity(1).mode(Room.Mode.PAUSED));
            joined(room, "ann");
            String ben = joined(room, "ben");
            call(room, "ben");
            time.advance(Duration.ofMinutes(2));
            assertThat(status(room, ben))
                    .extracting(Standing::state, Standing::position)
                    .containsExactly(Standing.State.QUEUED, 2L);
        }

        @Test
        void whoIsInsideBeforeTheCursorComesIsInsideOnAGatewayThatBegins() {
            Room.Builder paused = Room.named("sale").capacity(1).mode(Room.Mode.PAUSED);
            WaitingRoom here = open(paused);
            String ann = joined(here, "ann");
            call(here, "ann");
            RoomFace.get(entering(here, "ann", ann));
            time.advance(REFRESH);
            WaitingRoom begun = open(paused);
            for (int refresh = 0; refresh < 3; refresh++) {
                assertThat(stateOf(begun, ann)).isEqualTo(Standing.State.USED);
                time.advance(REFRESH);
            }
        }

        @Test
        void whoIsInsideBeforeTheCursorComesIsInsideOnAGatewayThatRested() {
            Room.Builder paused =
                    Room.named("sale").capacity(2).mode(Room.Mode.PAUSED).stay(Duration.ofHours(1));
            WaitingRoom here = open(paused);
            WaitingRoom rested = open(paused);
            String ann = joined(here, "ann");
            String ben = joined(here, "ben");
            assertThat(stateOf(rested, ann)).isEqualTo(Standing.State.QUEUED);
            assertThat(stateOf(rested, ben)).isEqualTo(Standing.State.QUEUED);
            time.advance(here.room().patience().multipliedBy(2));
            call(here, "ben");
            call(here, "ann");
            RoomFace.get(entering(here, "ben", ben));
            RoomFace.get(entering(here, "ann", ann));
            for (int poll = 0; poll < 10; poll++) {
                time.advance(Duration.ofSeconds(5));
                assertThat(stateOf(here, ann)).isEqualTo(Standing.State.USED);
            }
            assertThat(stateOf(rested, ann)).isEqualTo(Standing.State.USED);
            assertThat(stateOf(rested, ben)).isEqualTo(Standing.State.USED);
        }

        @Test
        void stayThatEndsBeforeTheCursorComesIsOverOnAGatewayThatDidNotRefreshMeanwhile() {
            Room.Builder paused = Room.named("sale").capacity(1).mode(Room.Mode.PAUSED);
            WaitingRoom here = open(paused);
            String ann = joined(here, "ann");
            call(here, "ann");
            RoomFace.get(entering(here, "ann", ann));
            time.advance(REFRESH);
            face.leave(here, "ann");
            time.advance(REFRESH);
            WaitingRoom begun = open(paused);
            for (int refresh = 0; refresh < 3; refresh++) {
                assertThat(stateOf(begun, ann)).isEqualTo(Standing.State.EXPIRED);
                time.advance(REFRESH);
            }
        }

        @Test
        void whoIsInsideBeforeTheCursorComesChangesNothingForThoseWhoWait() {
            WaitingRoom room = fullRoom();
            String ben = joined(room, "ben");
            String cem = joined(room, "cem");
            call(room, "cem");
            face.leave(room, "ann");
            RoomFace.get(entering(room, "cem", cem));
            time.advance(REFRESH);
            String dan = joined(room, "dan");
            WaitingRoom begun = open(1);
            assertThat(stateOf(begun, cem)).isEqualTo(Standing.State.USED);
            assertThat(stateOf(begun, dan)).isEqualTo(Standing.State.QUEUED);
            face.leave(room, "cem");
            time.advance(REFRESH);
            assertThat(stateOf(begun, ben)).isEqualTo(Standing.State.READY);
        }

        @Test
        void whoseStayEndsBeforeTheCursorComesIsExpiredOnEveryGateway() {
            Room.Builder paused =
                    Room.named("sale").capacity(1).mode(Room.Mode.PAUSED).stay(Duration.ofSeconds(30));
            WaitingRoom here = open(paused);
            WaitingRoom elsewhere = open(paused);
            String ann = joined(here, "ann");
            assertThat(stateOf(elsewhere, ann)).isEqualTo(Standing.State.QUEUED);
            call(here, "ann");
            time.advance(REFRESH);
            RoomFace.get(entering(here, "ann", ann));
            for (int refresh = 0; refresh < 3; refresh++) {
                time.advance(REFRESH);
                assertThat(stateOf(here, ann)).isEqualTo(Standing.State.USED);
                assertThat(stateOf(elsewhere, ann)).isEqualTo(Standing.State.USED);
            }
            time.advance(Duration.ofSeconds(30));
            assertThat(stateOf(here, ann)).isEqualTo(Standing.State.EXPIRED);
            assertThat(stateOf(elsewhere, ann)).isEqualTo(Standing.State.EXPIRED);
        }

        @Test
        void whoLeavesBeforeTheCursorComesIsExpiredOnEveryGateway() {
            Room.Builder paused = Room.named("sale").capacity(1).mode(Room.Mode.PAUSED);
            WaitingRoom here = open(paused);
            WaitingRoom elsewhere = open(paused);
            String ann = joined(here, "ann");
            use(elsewhere);
            call(here, "ann");
            time.advance(REFRESH);
            face.leave(here, "ann");
            time.advance(REFRESH);
            assertThat(stateOf(here, ann)).isEqualTo(Standing.State.EXPIRED);
            assertThat(stateOf(elsewhere, ann)).isEqualTo(Standing.State.EXPIRED);
        }

        @Test
        void whoIsGoneCalledOrInsideBeforeTheCursorComesDoesNotCountAsWaiting() {
            Room.Builder paused = Room.named("sale").capacity(1).mode(Room.Mode.PAUSED);
            WaitingRoom here = open(paused);
            joined(here, "ann");
            joined(here, "ben");
            String cem = joined(here, "cem");
            joined(here, "dan");
            face.leave(here, "ben");
            call(here, "cem");
            RoomFace.get(entering(here, "cem", cem));
            call(here, "dan");
            time.advance(REFRESH);
            WaitingRoom begun = open(paused);
            for (WaitingRoom gateway : List.of(here, begun)) {
                assertThat(Objects.requireNonNull(gateway.snapshot()).waiting())
                        .as("ann")
                        .isEqualTo(1);
            }
        }
    }
}
