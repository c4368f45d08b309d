package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What makes no sense is refused with an exception that says what is wrong, and changes nothing. */
@SuppressWarnings("NullAway") // that null is refused is what is tested
class BadInputTest {

    private static final String HUGE = "x".repeat(1 << 20);
    private static final Duration MOST = Duration.ofSeconds(Long.MAX_VALUE);

    private final ManualTime time = new ManualTime();
    private final LocalBackend backend = LocalBackend.create(time);
    private final Signer signer = Signer.random();
    private final WaitingRoom room =
            WaitingRoom.of(Room.named("sale").capacity(1).build(), backend, signer);

    private RoomSnapshot snapshot() {
        time.advance(Duration.ofMillis(200));
        return Objects.requireNonNull(room.snapshot());
    }

    private void assertUnchanged() {
        RoomSnapshot snapshot = snapshot();
        assertThat(snapshot.issued()).isZero();
        assertThat(snapshot.capacity()).isEqualTo(1);
        assertThat(snapshot.mode()).isEqualTo(Room.Mode.OPEN);
    }

    @Nested
    @DisplayName("a room's policy")
    class Policies {

        private Room.Builder good() {
            return Room.named("sale").capacity(1);
        }

        @ParameterizedTest
        @ValueSource(strings = {"", " ", "with space", "ünï", "a/b", "\n", "{sale}", "\uD83C\uDFAB"})
        void namesAreSafeEverywhere(String name) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Room.named(name).capacity(1).build())
                    .withMessageContaining("name");
        }

        @Test
        void longNamesAreNotEchoedWhole() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Room.named(HUGE).capacity(1).build())
                    .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(300));
        }

        @Test
        void nullsAreNamed() {
            assertThatNullPointerException()
                    .isThrownBy(() -> Room.named(null).capacity(1).build())
                    .withMessageContaining("name");
            assertNull("stay", () -> good().stay(null).build());
            assertNull("claimWithin", () -> good().claimWithin(null).build());
            assertNull("patience", () -> good().patience(null).build());
            assertNull("refresh", () -> good().refresh(null).build());
            assertNull("enterWait", () -> good().enterWait(null).build());
            assertNull("mode", () -> good().mode(null).build());
        }

        private void assertNull(String what, ThrowingCallable call) {
            assertThatNullPointerException().isThrownBy(call).withMessageContaining(what);
        }

        @ParameterizedTest
        @ValueSource(ints = {-1, Integer.MIN_VALUE, 10_000_001, Integer.MAX_VALUE})
        void capacityIsInItsRange(int capacity) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Room.named("sale").capacity(capacity).build())
                    .withMessageContaining("capacity")
                    .withMessageContaining(Integer.toString(capacity));
        }

        @Test
        void capacityMustBeSet() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Room.named("sale").build())
                    .withMessageContaining("capacity");
        }

        @Test
        void durationsAreInTheirRanges() {
            for (Duration bad :
                    List.of(Duration.ZERO, Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE), MOST)) {
                assertRefused("stay", bad, () -> good().stay(bad).build());
                assertRefused("claimWithin", bad, () -> good().claimWithin(bad).build());
                assertRefused("patience", bad, () -> good().patience(bad).build());
                assertRefused("refresh", bad, () -> good().refresh(bad).build());
                if (!bad.isZero()) {
                    assertRefused("enterWait", bad, () -> good().enterWait(bad).build());
                }
            }
            assertThat(good().enterWait(Duration.ZERO).build().enterWait()).isZero();
        }

        @Test
        void patienceTooShortForThePacingIsRefused() {
            assertRefused(
                    "patience",
                    Duration.ofMillis(1249),
                    () -> good().patience(Duration.ofMillis(1249)).build());
            assertThat(good().patience(Duration.ofMillis(1250)).build()).isNotNull();
            assertRefused(
                    "patience",
                    Duration.ofSeconds(4),
                    () -> good().refresh(Duration.ofSeconds(1))
                            .patience(Duration.ofSeconds(4))
                            .build());
        }

        private void assertRefused(String what, Duration value, ThrowingCallable call) {
            assertThatIllegalArgumentException()
                    .isThrownBy(call)
                    .withMessageContaining(what)
                    .withMessageContaining(value.toString());
        }
    }

    @Nested
    @DisplayName("a waiting room")
    class Rooms {

        @Test
        void partsAreNotNull() {
            Room policy = room.room();
            assertThatNullPointerException().isThrownBy(() -> WaitingRoom.of(null, backend, signer));
            assertThatNullPointerException().isThrownBy(() -> WaitingRoom.of(policy, null, signer));
            assertThatNullPointerException().isThrownBy(() -> WaitingRoom.of(policy, backend, null));
        }

        @Test
        void anotherPolicyOfTheSameNameIsRefused() {
            assertThatIllegalArgumentException()
                    .isThrownBy(
                            () -> WaitingRoom.of(Room.named("sale").capacity(2).build(), backend, signer))
                    .withMessageContaining("sale");
            assertUnchanged();
        }

        @Test
        void nullVisitorsAndTokensAreRefused() {
            String ticket = room.join("ann").token();
            List<ThrowingCallable> calls = List.of(
                    () -> room.join(null),
                    () -> room.joinAsync(null),
                    () -> room.admit(null),
                    () -> room.admitAsync(null),
                    () -> room.status(null),
                    () -> room.statusAsync(null),
                    () -> room.enter(null, ticket, ticket),
                    () -> room.enter("ann", null, ticket),
                    () -> room.enter("ann", ticket, null),
                    () -> room.enterAsync(null, ticket, ticket),
                    () -> room.verify(null, ticket),
                    () -> room.verify("ann", null),
                    () -> room.find(null),
                    () -> room.findAsync(null),
                    () -> room.renew(null),
                    () -> room.renewAsync(null),
                    () -> room.leave(null),
                    () -> room.leaveAsync(null),
                    () -> room.leaveTicket(null),
                    () -> room.leaveTicketAsync(null),
                    () -> room.isTokenOfThisRoom(null),
                    () -> room.read(null, ticket),
                    () -> room.read("ann", null),
                    () -> room.callAsync(null),
                    () -> room.callTicketAsync(null),
                    () -> room.remaining(null),
                    () -> room.setMode(null),
                    () -> room.configure(1, null));
            calls.forEach(call -> assertThatNullPointerException().isThrownBy(call));
            assertThat(snapshot().issued()).isEqualTo(1);
        }

        @Test
        void emptyVisitorsAreRefused() {
            String ticket = room.join("ann").token();
            List<ThrowingCallable> calls = List.of(
                    () -> room.join(""),
                    () -> room.admit(""),
                    () -> room.enter("", ticket, ticket),
                    () -> room.verify("", ticket),
                    () -> room.read("", ticket),
                    () -> room.find(""),
                    () -> room.renew(""),
                    () -> room.leave(""),
                    () -> room.callAsync(""));
            calls.forEach(call ->
                    assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining("visitor"));
            assertThat(snapshot().issued()).isEqualTo(1);
        }

        @Test
        void hugeVisitorsAreTreatedLikeAnyOther() {
            Ticket ticket = room.admit(HUGE);
            assertThat(ticket.token()).hasSizeLessThanOrEqualTo(200);
            assertThat(room.find(HUGE)).isEqualTo(ticket.pass());
            assertThat(room.find(HUGE + "x")).isNull();
            room.leave(HUGE);
            assertThat(snapshot().inside()).isZero();
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "ERROR", "NONE", "\uD800", "票"})
        void garbageIsNoToken(String garbage) {
            for (String token : List.of(garbage, HUGE + garbage)) {
                String ticket = room.join("ann").token();
                assertInvalid(() -> room.status(token));
                assertInvalid(() -> room.leaveTicket(token));
                assertInvalid(() -> RoomFace.get(room.callTicketAsync(token)));
                assertInvalid(() -> room.enter("ann", token, token));
                assertInvalid(() -> room.enter("ann", ticket, token));
                assertThat(room.verify("ann", token)).isNull();
                assertThat(room.isTokenOfThisRoom(token)).isFalse();
                assertThat(room.read("ann", token)).isNull();
            }
            assertThat(snapshot().issued()).isEqualTo(1);
            assertThat(snapshot().inside()).isZero();
        }

        @Test
        void tokensOfAnotherPurposeAreRefused() {
            Ticket ticket = room.admit("ann");
            String pass = Objects.requireNonNull(ticket.pass()).token();
            assertInvalid(() -> room.status(pass));
            assertInvalid(() -> room.leaveTicket(pass));
            assertInvalid(() -> RoomFace.get(room.callTicketAsync(pass)));
            assertInvalid(() -> room.enter("ann", ticket.token(), pass));
            assertInvalid(() -> room.enter("ann", ticket.token(), ticket.token()));
            assertThat(room.verify("ann", ticket.token())).isNull();
            assertThat(snapshot().inside()).isEqualTo(1);
        }

        @Test
        void tokensOfAnotherRoomAreRefused() {
            WaitingRoom other = WaitingRoom.of(Room.named("other").capacity(1).build(), backend, signer);
            Ticket ticket = other.admit("ann");
            assertInvalid(() -> room.status(ticket.token()));
            assertInvalid(() -> room.leaveTicket(ticket.token()));
            assertInvalid(() -> RoomFace.get(room.callTicketAsync(ticket.token())));
            assertThat(other.find("ann")).isNotNull();
            assertThat(room.isTokenOfThisRoom(ticket.token())).isFalse();
            assertThat(room.read("ann", ticket.token())).isNull();
            assertThat(other.isTokenOfThisRoom(ticket.token())).isTrue();
            assertThat(room.verify("ann", Objects.requireNonNull(ticket.pass()).token()))
                    .isNull();
            assertUnchanged();
        }

        @Test
        void ticketThatHasWaitedForADayIsExpired() {
            WaitingRoom shut = WaitingRoom.of(Room.named("shut").capacity(0).build(), backend, signer);
            String ticket = shut.join("ann").token();
            time.advance(Duration.ofHours(24).minusNanos(1000));
            assertThat(shut.status(ticket).state()).isEqualTo(Standing.State.QUEUED);
            time.advance(Duration.ofNanos(1000));
            assertThat(shut.status(ticket).state()).isEqualTo(Standing.State.EXPIRED);
            assertThat(shut.join("ann").standing().position()).as("a new place").isEqualTo(2);
        }

        @Test
        void visitorWhoStaysForDaysKeepsNobodyElseInMemory() {
            WaitingRoom fair = WaitingRoom.of(
                    Room.named("fair").capacity(1).stay(Duration.ofDays(3)).build(), backend, signer);
            fair.admit("ann");
            fair.join("ben");
            time.advance(Duration.ofHours(25));
            assertThat(fair.join("ben").standing().position())
                    .as("a new place behind the forgotten one")
                    .isEqualTo(2);
        }

        @ParameterizedTest
        @ValueSource(ints = {-1, Integer.MIN_VALUE, 10_000_001})
        void capacityIsInItsRange(int capacity) {
            assertThatIllegalArgumentException().isThrownBy(() -> room.configure(capacity, Room.Mode.PAUSED));
            assertThatIllegalArgumentException().isThrownBy(() -> room.setCapacity(capacity));
            assertUnchanged();
        }

        private void assertInvalid(ThrowingCallable call) {
            assertThat(RoomRules.reasonOf(call)).isEqualTo(AdmissionException.Reason.INVALID_TOKEN);
        }
    }

    @Nested
    @DisplayName("a guard")
    class Guards {

        private Bound.Builder good() {
            return Bound.named("login").limit(1);
        }

        @Test
        void boundsAreInTheirRanges() {
            for (int limit : new int[] {0, -1, Integer.MIN_VALUE, 1_000_001}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> Bound.of("login", limit))
                        .withMessageContaining("limit");
            }
            for (int calls : new int[] {-1, Integer.MIN_VALUE, 1_000_001}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> good().maxWaiting(calls).build())
                        .withMessageContaining("maxWaiting");
            }
            for (Duration wait :
                    List.of(Duration.ofNanos(-1), Duration.ofHours(1).plusNanos(1), MOST)) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> good().maxWait(wait).build())
                        .withMessageContaining("maxWait");
            }
            for (Duration hold : List.of(
                    Duration.ofNanos(-1),
                    Duration.ofMillis(30),
                    Duration.ofHours(24).plusNanos(1),
                    MOST)) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> good().maxHold(hold).build())
                        .withMessage(
                                "A guard's maxHold lies between PT1S and PT24H, or is 0 to take no permit back, but it"
                                        + " was " + hold);
            }
            assertThatNullPointerException()
                    .isThrownBy(() -> good().maxWait(null).build());
            assertThatNullPointerException()
                    .isThrownBy(() -> good().maxHold(null).build());
            assertThatNullPointerException().isThrownBy(() -> Bound.of(null, 1));
            assertThatIllegalArgumentException().isThrownBy(() -> Bound.of("", 1));
            assertThatIllegalArgumentException().isThrownBy(() -> Bound.of(HUGE, 1));
        }

        @Test
        void nullsAreRefused() {
            Guard guard = Guard.of(Bound.of("login", 1), backend);
            assertThatNullPointerException().isThrownBy(() -> Guard.of(null, backend));
            assertThatNullPointerException().isThrownBy(() -> Guard.of(guard.bound(), null));
            assertThatNullPointerException().isThrownBy(() -> guard.acquire(null));
            assertThatNullPointerException().isThrownBy(() -> guard.acquireAsync(null));
            assertThatNullPointerException().isThrownBy(() -> guard.redefine(null));
            assertThat(guard.inFlight()).isZero();
            assertThat(guard.bound().limit()).isEqualTo(1);
        }

        @Test
        void emptyAndHugeCallersAreCallersLikeAnyOther() throws InterruptedException {
            Guard guard = Guard.of(Bound.of("login", 2), backend);
            try (Guard.Permit empty = guard.acquire("");
                    Guard.Permit huge = guard.acquire(HUGE)) {
                assertThat(List.of(empty, huge)).hasSize(2);
                assertThat(guard.inFlight()).isEqualTo(2);
            }
            assertThat(guard.inFlight()).isZero();
        }
    }

    @Nested
    @DisplayName("a backend")
    class Backends {

        @Test
        void nullsAreRefused() {
            assertThatNullPointerException().isThrownBy(() -> LocalBackend.create(null));
            assertThatNullPointerException().isThrownBy(() -> backend.room(null));
            assertThatNullPointerException().isThrownBy(() -> backend.guard(null));
        }

        @Test
        void closedBackendOpensNothing() {
            backend.close();
            assertThatIllegalStateException().isThrownBy(() -> backend.room(room.room()));
            assertThatIllegalStateException().isThrownBy(() -> backend.guard(Bound.of("login", 1)));
        }

        @Test
        void enterHeldWhileTheBackendClosesEnds() {
            Ticket ann = room.admit("ann");
            room.configure(2, Room.Mode.OPEN);
            String ben = room.join("ben").token();
            time.advance(Duration.ofMillis(200));
            String gate = Objects.requireNonNull(room.status(ben).gateToken());
            room.configure(1, Room.Mode.OPEN);
            var held = room.enterAsync("ben", ben, gate).toCompletableFuture();
            assertThat(held).isNotDone();
            backend.close();
            time.advance(Duration.ofMillis(200));
            assertThat(held).isCompletedExceptionally();
            assertThat(ann.pass()).isNotNull();
        }

        @Test
        void roomOnTheMachinesTimeDoesNotHangOnceClosed() {
            LocalBackend real = LocalBackend.create();
            WaitingRoom other = WaitingRoom.of(room.room(), real, signer);
            real.close();
            assertThatIllegalStateException().isThrownBy(() -> other.join("ann"));
            assertThatIllegalStateException().isThrownBy(other::snapshot);
            assertThat(other.verify("ann", "no pass")).isNull();
        }
    }
}
