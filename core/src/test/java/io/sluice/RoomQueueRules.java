package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What every backend does with those who wait for a room: how they get their place and keep it. */
abstract class RoomQueueRules extends RoomRules {

    private static final int STEPS_PER_REFRESH = 4;

    RoomQueueRules(RoomContract contract) {
        super(contract);
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
        void placeIsKeptForAsLongAsTheLatestTicketIsGood() {
            WaitingRoom room = open(Room.named("sale").capacity(1).mode(Room.Mode.PAUSED));
            joined(room, "ann");
            time.advance(Duration.ofHours(23));
            String again = joined(room, "ann");
            time.advance(Duration.ofHours(23));
            assertThat(stateOf(room, again)).isEqualTo(Standing.State.QUEUED);
            time.advance(Duration.ofSeconds(10));
            room.configure(1, Room.Mode.OPEN);
            time.advance(REFRESH);
            assertThat(RoomFace.get(entering(room, "ann", again))).isNotNull();
        }

        @Test
        void roomReadsWhatItGaveToWhom() {
            WaitingRoom room = open(2);
            String ticket = joined(room, "ann");
            Pass pass = enter(room, "ben");
            Credential ofAnn = Objects.requireNonNull(room.read("ann", ticket));
            assertThat(ofAnn.isTicket()).isTrue();
            assertThat(ofAnn.age()).isEqualTo(REFRESH.multipliedBy(2));
            assertThat(ofAnn.pass()).isNull();
            Credential ofBen = Objects.requireNonNull(room.read("ben", pass.token()));
            assertThat(ofBen.isTicket()).isFalse();
            assertThat(ofBen.pass()).isEqualTo(pass);
            assertThat(room.read("ben", ticket)).isNull();
            assertThat(room.read("ann", pass.token())).isNull();
            assertThat(room.read("ann", gate(room, ticket))).isNull();
            assertThat(room.read("ann", "guess")).isNull();
        }

        @Test
        void roomReadsThePassOfAPlaceThatWasGivenUp() {
            WaitingRoom room = open(1);
            Pass pass = enter(room, "ann");
            Credential before = Objects.requireNonNull(room.read("ann", pass.token()));
            face.leave(room, "ann");
            assertThat(before.pass()).isNull();
            assertThat(room.read("ann", pass.token())).isNotNull();
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

        /** No gateway is more than a refresh behind the others. */
        @Test
        void positionNeverGrowsHereAndElsewhereIsNoHigherARefreshLater() {
            Room.Builder policy = Room.named("sale").capacity(5).stay(Duration.ofSeconds(1));
            List<WaitingRoom> gateways = List.of(open(policy), open(policy));
            List<String> tickets = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                tickets.add(face.join(gateways.get(0), "visitor-" + i).token());
            }
            String last = face.join(gateways.get(0), "last").token();
            // They refresh by turns: the second one half an interval after the first.
            time.advance(REFRESH.dividedBy(2));
            use(gateways.get(1));

            List<List<Long>> shown = new ArrayList<>();
            for (int step = 0, next = 0; step < 120; step++) {
                time.advance(REFRESH.dividedBy(STEPS_PER_REFRESH));
                WaitingRoom door = gateways.get(next % 2);
                String ticket = tickets.get(next);
                if (stateOf(door, ticket) == Standing.State.READY) {
                    door.enterAsync("visitor-" + next, ticket, gate(door, ticket));
                    next++;
                }
                shown.add(gateways.stream()
                        .map(gateway -> status(gateway, last).position())
                        .toList());
            }

            for (int step = 1; step < shown.size(); step++) {
                List<Long> before = shown.get(step - 1);
                assertThat(shown.get(step).get(0)).as("step %d", step).isBetween(1L, before.get(0));
                assertThat(shown.get(step).get(1)).as("step %d", step).isBetween(1L, before.get(1));
            }
            for (int step = STEPS_PER_REFRESH; step < shown.size(); step++) {
                long aRefreshAgo = Collections.min(shown.get(step - STEPS_PER_REFRESH));
                assertThat(shown.get(step)).as("step %d", step).allMatch(position -> position <= aRefreshAgo);
            }
            assertThat(shown).as("one is ahead of the other at times").anyMatch(both -> both.get(0) > both.get(1));
            assertThat(shown).anyMatch(both -> both.get(0) < both.get(1));
        }

        @Test
        void placeGivenUpThroughOneGatewayIsOverOnTheOthersFromTheNextRefreshOn() {
            WaitingRoom here = open(0);
            WaitingRoom elsewhere = open(0);
            String ann = joined(here, "ann");
            String ben = joined(here, "ben");
            String cem = joined(here, "cem");
            face.leaveTicket(elsewhere, ben);
            face.leave(elsewhere, "cem");
            String again = joined(elsewhere, "cem");
            for (int refresh = 0; refresh < 3; refresh++) {
                assertThat(stateOf(here, ann)).isEqualTo(Standing.State.QUEUED);
                assertThat(stateOf(here, ben)).isEqualTo(Standing.State.EXPIRED);
                assertThat(stateOf(here, cem)).isEqualTo(Standing.State.EXPIRED);
                assertThat(stateOf(here, again)).isEqualTo(Standing.State.QUEUED);
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
    @DisplayName("calling more than places are free")
    class CallingAhead {

        private static final int FREE = 10;

        private final WaitingRoom room =
                open(Room.named("sale").capacity(2 * FREE).claimWithin(Duration.ofSeconds(1)));

        private final List<String> tickets = new ArrayList<>();

        @BeforeEach
        void halfOfThePlacesAreFreeAndManyWait() {
            for (int i = 0; i < FREE; i++) {
                assertThat(face.admit(room, "resident-" + i).pass()).isNotNull();
            }
            for (int i = 0; i < 5 * FREE; i++) {
                tickets.add(face.join(room, "visitor-" + i).token());
            }
            time.advance(REFRESH);
        }

        private List<String> called() {
            return tickets.stream()
                    .filter(ticket -> stateOf(room, ticket) == Standing.State.READY)
                    .toList();
        }

        @Test
        void whoLetsAShortClaimLapseCountsAsOneWhoDoesNotCome() {
            assertThat(called()).hasSize(FREE);
            time.advance(Duration.ofSeconds(2));
            assertThat(called()).hasSizeGreaterThan(FREE);
        }

        @Test
        void whoIsCalledAndLeavesCountsAsOneWhoDoesNotCome() {
            List<String> called = called();
            assertThat(called).hasSize(FREE);
            called.forEach(ticket -> face.leaveTicket(room, ticket));
            time.advance(REFRESH.multipliedBy(2));
            assertThat(called()).hasSizeGreaterThan(FREE);
        }
    }
}
