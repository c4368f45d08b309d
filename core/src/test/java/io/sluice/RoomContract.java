package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What every backend's rooms do. A backend's test extends it and says how to create the backend. */
@ParameterizedClass
@EnumSource(RoomFace.class)
public abstract class RoomContract {

    static final Duration REFRESH = Duration.ofMillis(200);
    static final Duration INSTANT = Duration.ofNanos(1000);

    final ManualTime time = new ManualTime();
    final Signer signer = Signer.of("a secret of the tests, long enough");

    @Parameter
    RoomFace face;

    Backend backend;

    protected abstract Backend create(TimeSource time);

    @BeforeEach
    void createBackend() {
        backend = create(time);
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    WaitingRoom open(Room.Builder room) {
        return WaitingRoom.of(room.build(), backend, signer);
    }

    WaitingRoom open(int capacity) {
        return open(Room.named("sale").capacity(capacity));
    }

    /**
     * Joins, and returns the ticket once the gateways have refreshed. If a place was free, the answer to the join said
     * READY, and the claim runs from that refresh on.
     */
    String joined(WaitingRoom room, String visitor) {
        String ticket = face.join(room, visitor).token();
        time.advance(REFRESH);
        return ticket;
    }

    Standing status(WaitingRoom room, String ticket) {
        return face.status(room, ticket);
    }

    Standing.State stateOf(WaitingRoom room, String ticket) {
        return status(room, ticket).state();
    }

    String gate(WaitingRoom room, String ticket) {
        return Objects.requireNonNull(status(room, ticket).gateToken(), "not READY");
    }

    CompletableFuture<Pass> entering(WaitingRoom room, String visitor, String ticket) {
        return room.enterAsync(visitor, ticket, gate(room, ticket)).toCompletableFuture();
    }

    Pass enter(WaitingRoom room, String visitor) {
        String ticket = joined(room, visitor);
        return RoomFace.get(entering(room, visitor, ticket));
    }

    int inside(WaitingRoom room) {
        time.advance(REFRESH);
        return Objects.requireNonNull(room.snapshot()).inside();
    }

    static Standing.State call(WaitingRoom room, String visitor) {
        return RoomFace.get(room.callAsync(visitor));
    }

    static AdmissionException.Reason reasonOf(ThrowingCallable call) {
        return catchThrowableOfType(AdmissionException.class, call).reason();
    }

    @Nested
    @DisplayName("calling out of turn")
    class CallingOutOfTurn {

        /** Ann is inside; ben, cem and dan wait, and ben has been called for the place. */
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
            room.configure(1, Room.Mode.CLOSED);
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
            assertThat(stateOf(room, cem)).isNotEqualTo(Standing.State.READY);
        }
    }

    @Nested
    @DisplayName("joining")
    class Joining {

        @Test
        void visitorIsReadyAtTheNextRefreshWhileAPlaceIsFree() {
            WaitingRoom room = open(1);
            String ticket = joined(room, "ann");
            assertThat(stateOf(room, ticket)).isEqualTo(Standing.State.READY);
        }

        @Test
        void everyVisitorIsReadyAtTheNextRefreshAsLongAsPlacesAreFree() {
            for (int millis = 20; millis <= 400; millis += 20) {
                WaitingRoom room = open(Room.named("sale-" + millis).capacity(8));
                for (int i = 0; i < 8; i++) {
                    face.join(room, "visitor-" + i);
                    time.advance(Duration.ofMillis(millis));
                }
                time.advance(REFRESH);
                String last = face.join(room, "visitor-7").token();
                assertThat(stateOf(room, last)).as("one every %d ms", millis).isEqualTo(Standing.State.READY);
            }
        }

        @Test
        void joiningSixtyTimesTakesOnePlace() {
            WaitingRoom room = open(0);
            for (int i = 0; i < 60; i++) {
                joined(room, "ann");
            }
            String second = joined(room, "ben");
            assertThat(status(room, second).position()).isEqualTo(2);
        }

        @Test
        void joiningAgainKeepsThePosition() {
            WaitingRoom room = open(0);
            joined(room, "ann");
            String first = joined(room, "ben");
            joined(room, "cem");
            String again = joined(room, "ben");
            assertThat(status(room, first).position()).isEqualTo(2);
            assertThat(status(room, again).position()).isEqualTo(2);
        }

        @Test
        void roomKnowsWhatItGaveToWhom() {
            WaitingRoom room = open(2);
            String ticket = joined(room, "ann");
            String pass = enter(room, "ben").token();
            assertThat(room.gave("ann", ticket)).isTrue();
            assertThat(room.gave("ben", pass)).isTrue();
            assertThat(room.gave("ben", ticket)).isFalse();
            assertThat(room.gave("ann", pass)).isFalse();
            assertThat(room.gave("ann", "guess")).isFalse();
        }

        @Test
        void joiningWhileInsideGivesThePassAgain() {
            WaitingRoom room = open(1);
            Pass pass = enter(room, "ann");
            Ticket again = face.join(room, "ann");
            assertThat(again.standing().state()).isEqualTo(Standing.State.USED);
            assertThat(again.pass()).isEqualTo(pass);
        }

        @Test
        void visitorWhoLeftGetsANewPlaceAtTheEnd() {
            WaitingRoom room = open(0);
            String old = joined(room, "ann");
            joined(room, "ben");
            face.leave(room, "ann");
            String again = joined(room, "ann");
            assertThat(status(room, again).position()).isEqualTo(3);
            assertThat(stateOf(room, again)).isEqualTo(Standing.State.QUEUED);
            assertThat(again).isNotEqualTo(old);
        }

        @Test
        void roomsOfDifferentNamesDoNotMeet() {
            WaitingRoom sale = open(0);
            WaitingRoom other = open(Room.named("other").capacity(0));
            joined(sale, "ann");
            assertThat(status(other, joined(other, "ben")).position()).isEqualTo(1);
        }
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
    @DisplayName("waiting")
    class Waiting {

        @Test
        void visitorsAreCalledInTheOrderOfJoining() {
            WaitingRoom room = open(1);
            face.admit(room, "ann");
            String ben = joined(room, "ben");
            String cem = joined(room, "cem");
            assertThat(status(room, ben).position()).isEqualTo(1);
            assertThat(status(room, cem).position()).isEqualTo(2);
            face.leave(room, "ann");
            time.advance(REFRESH);
            assertThat(stateOf(room, ben)).isEqualTo(Standing.State.READY);
        }

        @Test
        void whoIsSilentForLongerThanThePatienceIsPassedOver() {
            WaitingRoom room = open(1);
            face.admit(room, "ann");
            joined(room, "ben");
            time.advance(Duration.ofSeconds(40));
            String cem = joined(room, "cem");
            time.advance(Duration.ofSeconds(40));
            assertThat(stateOf(room, cem)).isEqualTo(Standing.State.QUEUED);
            face.leave(room, "ann");
            time.advance(REFRESH);
            assertThat(stateOf(room, cem)).isEqualTo(Standing.State.READY);
        }

        @Test
        void whoPollsWithinThePatienceIsNotPassedOver() {
            WaitingRoom room = open(1);
            face.admit(room, "ann");
            String ben = joined(room, "ben");
            for (int i = 0; i < 4; i++) {
                time.advance(Duration.ofSeconds(55));
                assertThat(stateOf(room, ben)).isEqualTo(Standing.State.QUEUED);
            }
            face.leave(room, "ann");
            joined(room, "cem");
            assertThat(stateOf(room, ben)).isEqualTo(Standing.State.READY);
        }

        @Test
        void whoWasPassedOverIsCalledBeforeTheCursorMovesOn() {
            WaitingRoom room = open(0);
            String ben = joined(room, "ben");
            time.advance(Duration.ofSeconds(80));
            String cem = joined(room, "cem");
            room.configure(1, Room.Mode.OPEN);
            time.advance(REFRESH);
            assertThat(RoomFace.get(entering(room, "cem", cem))).isNotNull();
            String dan = joined(room, "dan");
            assertThat(stateOf(room, ben)).isEqualTo(Standing.State.QUEUED);
            time.advance(REFRESH);
            face.leave(room, "cem");
            time.advance(REFRESH);
            assertThat(stateOf(room, ben)).isEqualTo(Standing.State.READY);
            assertThat(stateOf(room, dan)).isEqualTo(Standing.State.QUEUED);
        }

        @Test
        void visitorWhoLeavesGivesUpTheTurn() {
            WaitingRoom room = open(1);
            face.admit(room, "ann");
            String ben = joined(room, "ben");
            String cem = joined(room, "cem");
            face.leaveTicket(room, ben);
            face.leave(room, "ann");
            time.advance(REFRESH);
            assertThat(stateOf(room, cem)).isEqualTo(Standing.State.READY);
            assertThat(stateOf(room, ben)).isEqualTo(Standing.State.EXPIRED);
        }

        @Test
        void oldTicketDoesNotGiveUpANewPlace() {
            WaitingRoom room = open(0);
            String old = joined(room, "ann");
            face.leaveTicket(room, old);
            String now = joined(room, "ann");
            face.leaveTicket(room, old);
            time.advance(REFRESH);
            assertThat(stateOf(room, now)).isEqualTo(Standing.State.QUEUED);
        }

        @Test
        void ticketGivenUpFarBehindTheCursorStaysExpired() {
            WaitingRoom room = open(0);
            joined(room, "ann");
            String ben = joined(room, "ben");
            String cem = joined(room, "cem");
            face.leaveTicket(room, ben);
            face.leave(room, "cem");
            String again = joined(room, "cem");
            for (int refresh = 0; refresh < 3; refresh++) {
                assertThat(stateOf(room, ben)).isEqualTo(Standing.State.EXPIRED);
                assertThat(stateOf(room, cem)).isEqualTo(Standing.State.EXPIRED);
                assertThat(stateOf(room, again)).isEqualTo(Standing.State.QUEUED);
                time.advance(REFRESH);
            }
        }

        @Test
        void etaFollowsTheSpeedOfTheCursor() {
            WaitingRoom room = open(Room.named("sale").capacity(10).stay(Duration.ofSeconds(1)));
            List<String> tickets = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                tickets.add(face.join(room, "visitor-" + i).token());
            }
            for (int next = 0; next < 100; ) {
                time.advance(REFRESH);
                String ticket = tickets.get(next);
                if (stateOf(room, ticket) == Standing.State.READY) {
                    room.enterAsync("visitor-" + next, ticket, gate(room, ticket));
                    next++;
                }
            }
            Standing last = status(room, tickets.get(199));
            assertThat(last.eta()).isBetween(Duration.ofSeconds(5), Duration.ofSeconds(60));
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
        void freedPlaceGoesToTheLowestNumberKnocking() {
            WaitingRoom room = open(3);
            enter(room, "ann");
            String ben = joined(room, "ben");
            String cem = joined(room, "cem");
            String gateOfBen = gate(room, ben);
            String gateOfCem = gate(room, cem);
            room.configure(1, Room.Mode.OPEN);
            CompletableFuture<Pass> second =
                    room.enterAsync("cem", cem, gateOfCem).toCompletableFuture();
            CompletableFuture<Pass> first =
                    room.enterAsync("ben", ben, gateOfBen).toCompletableFuture();
            time.advance(REFRESH);
            face.leave(room, "ann");
            time.advance(REFRESH.multipliedBy(2));
            assertThat(first).isCompleted();
            assertThat(second).isNotDone();
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
            time.advance(INSTANT);
            assertThat(room.verify("ann", pass.token())).isNull();
            assertThat(face.find(room, "ann")).isNull();
            assertThat(face.admit(room, "ben").pass()).isNotNull();
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
            assertThat(reasonOf(() -> face.renew(room, "ann"))).isEqualTo(AdmissionException.Reason.NOT_READY);
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

    @Nested
    @DisplayName("steering")
    class Steering {

        @Test
        void pausedRoomTakesVisitorsAndCallsNobody() {
            WaitingRoom room = open(Room.named("sale").capacity(1).mode(Room.Mode.PAUSED));
            String ticket = joined(room, "ann");
            time.advance(REFRESH);
            assertThat(stateOf(room, ticket)).isEqualTo(Standing.State.QUEUED);
            room.configure(1, Room.Mode.OPEN);
            time.advance(REFRESH);
            assertThat(stateOf(room, ticket)).isEqualTo(Standing.State.READY);
        }

        @Test
        void closedRoomTakesNobodyAndKeepsThoseInside() {
            WaitingRoom room = open(2);
            Pass pass = enter(room, "ann");
            String ben = joined(room, "ben");
            String gate = gate(room, ben);
            room.configure(2, Room.Mode.CLOSED);
            assertThat(room.verify("ann", pass.token())).isNotNull();
            assertThat(reasonOf(() -> face.join(room, "cem"))).isEqualTo(AdmissionException.Reason.CLOSED);
            assertThat(reasonOf(() -> face.admit(room, "cem"))).isEqualTo(AdmissionException.Reason.CLOSED);
            assertThat(reasonOf(() -> RoomFace.get(room.enterAsync("ben", ben, gate))))
                    .isEqualTo(AdmissionException.Reason.CLOSED);
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
            room.configure(1, Room.Mode.OPEN);
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
            room.configure(1, Room.Mode.OPEN);
            time.advance(REFRESH);
            assertThat(stateOf(room, ticket)).isEqualTo(Standing.State.READY);
        }

        @Test
        void changeOnOneGatewayIsSeenOnAnother() {
            WaitingRoom here = open(1);
            WaitingRoom elsewhere = open(1);
            elsewhere.snapshot();
            here.configure(7, Room.Mode.PAUSED);
            time.advance(REFRESH);
            RoomSnapshot seen = Objects.requireNonNull(elsewhere.snapshot());
            assertThat(seen.capacity()).isEqualTo(7);
            assertThat(seen.mode()).isEqualTo(Room.Mode.PAUSED);
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
}
