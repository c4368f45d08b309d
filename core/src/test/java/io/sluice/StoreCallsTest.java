package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Waiting is free: how many calls to the store a room makes. */
class StoreCallsTest {

    private static final Duration REFRESH = Duration.ofMillis(200);

    private final ManualTime time = new ManualTime();
    private final Map<String, Integer> calls = new HashMap<>();
    private final Backend backend = new ForwardingBackend(LocalBackend.create(time), this::counting);
    private final WaitingRoom room =
            WaitingRoom.of(Room.named("sale").capacity(0).build(), backend, Signer.random());

    private RoomStore counting(RoomStore store) {
        return (RoomStore) Proxy.newProxyInstance(
                RoomStore.class.getClassLoader(), new Class<?>[] {RoomStore.class}, (proxy, method, arguments) -> {
                    calls.merge(method.getName(), 1, Integer::sum);
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private List<String> waiting(int visitors) {
        List<String> tickets = new ArrayList<>();
        for (int i = 0; i < visitors; i++) {
            tickets.add(room.join("visitor-" + i).token());
        }
        return tickets;
    }

    /** Returns the ticket of a visitor who was told READY and did not enter in time. */
    private String calledAndNotCome() {
        String ticket = waiting(1).get(0);
        room.configure(1, Room.Mode.OPEN);
        time.advance(REFRESH);
        room.status(ticket);
        time.advance(Duration.ofMinutes(2));
        return ticket;
    }

    @Test
    void pollsOfWaitingVisitorsMakeNoCall() {
        List<String> tickets = waiting(1_000);
        calls.clear();
        for (int round = 0; round < 10; round++) {
            for (String ticket : tickets) {
                assertThat(room.status(ticket).state()).isEqualTo(Standing.State.QUEUED);
            }
        }
        assertThat(calls).isEmpty();
    }

    @Test
    void oneRefreshAnIntervalIsAllThatPollsCost() {
        List<String> tickets = waiting(100);
        calls.clear();
        for (int refresh = 0; refresh < 50; refresh++) {
            time.advance(REFRESH);
            tickets.forEach(room::status);
        }
        assertThat(calls).containsOnly(Map.entry("advance", 50));
    }

    @Test
    void pollsOfCalledVisitorsMakeNoCallEither() {
        List<String> tickets = waiting(100);
        room.configure(100, Room.Mode.OPEN);
        time.advance(REFRESH);
        calls.clear();
        for (String ticket : tickets) {
            assertThat(room.status(ticket).state()).isEqualTo(Standing.State.READY);
        }
        assertThat(calls).isEmpty();
    }

    @Test
    void ticketThatIsOverCostsACallInFiveSeconds() {
        String ticket = calledAndNotCome();
        calls.clear();
        for (int poll = 0; poll < 25; poll++) {
            assertThat(room.status(ticket).state()).isEqualTo(Standing.State.EXPIRED);
            time.advance(REFRESH);
        }
        assertThat(calls).containsEntry("find", 1);
        room.status(ticket);
        assertThat(calls).containsEntry("find", 2);
    }

    @Test
    void oldTicketOfAVisitorWithANewPlaceCostsACallInFiveSecondsToo() {
        String old = calledAndNotCome();
        room.configure(0, Room.Mode.OPEN);
        String next = waiting(1).get(0);
        calls.clear();
        for (int poll = 0; poll < 25; poll++) {
            assertThat(room.status(old).state()).isEqualTo(Standing.State.EXPIRED);
            assertThat(room.status(next).state()).isEqualTo(Standing.State.QUEUED);
            time.advance(REFRESH);
        }
        assertThat(calls).hasEntrySatisfying("find", finds -> assertThat(finds).isLessThanOrEqualTo(1));
    }

    @Test
    void ticketOfAVisitorWhoIsInsideMakesNoCall() {
        room.configure(1, Room.Mode.OPEN);
        String ticket = room.admit("ann").token();
        calls.clear();
        for (int poll = 0; poll < 25; poll++) {
            assertThat(room.status(ticket).state()).isEqualTo(Standing.State.USED);
            time.advance(REFRESH);
        }
        assertThat(calls).containsOnlyKeys("advance");
    }

    @Test
    void whoWasPassedOverAndIsBackCostsACallInFiveSeconds() {
        List<String> back = waiting(2);
        RoomRules.passOverAllWhoWait(room, time);
        calls.clear();
        for (int poll = 0; poll < 25; poll++) {
            for (String ticket : back) {
                assertThat(room.status(ticket).state()).isEqualTo(Standing.State.QUEUED);
            }
            time.advance(REFRESH);
        }
        assertThat(calls).containsEntry("find", 2);
    }

    @Test
    void whoWasPassedOverIsCalledAsSoonAsAPlaceIsFreeAndNotWhenTheStoreIsAskedNext() {
        String back = waiting(1).get(0);
        RoomRules.passOverAllWhoWait(room, time);
        assertThat(room.status(back).state()).isEqualTo(Standing.State.QUEUED);
        time.advance(REFRESH);
        room.leave("newcomer");
        calls.clear();
        time.advance(REFRESH.multipliedBy(2));
        assertThat(room.status(back).state()).isEqualTo(Standing.State.READY);
        assertThat(calls).doesNotContainKey("find");
    }

    @Test
    void allRequestsOfAVisitorThatAreHeldForAPlaceCostOneCallARefresh() {
        room.configure(1, Room.Mode.OPEN);
        room.admit("inside");
        String ticket = room.join("ann").token();
        Stages.await(room.callAsync("ann"));
        String gateToken = Objects.requireNonNull(room.status(ticket).gateToken());
        calls.clear();
        List<CompletableFuture<Pass>> held = Stream.generate(
                        () -> room.enterAsync("ann", ticket, gateToken).toCompletableFuture())
                .limit(100)
                .toList();
        time.advance(REFRESH.multipliedBy(5));
        assertThat(calls).containsEntry("enter", 6);
        room.leave("inside");
        time.advance(REFRESH);
        assertThat(held).allSatisfy(pass -> assertThat(pass).isCompleted());
    }

    @Test
    void forgedTicketsMakeNoCall() {
        waiting(1);
        calls.clear();
        for (int i = 0; i < 100; i++) {
            String forged = "A".repeat(Token.LENGTH);
            assertThat(RoomRules.reasonOf(() -> room.status(forged)))
                    .isEqualTo(AdmissionException.Reason.INVALID_TOKEN);
        }
        assertThat(calls).isEmpty();
    }

    @Test
    void roomThatNobodyUsesMakesNoCalls() {
        waiting(1);
        time.advance(Duration.ofMinutes(2));
        calls.clear();
        time.advance(Duration.ofHours(1));
        assertThat(calls).isEmpty();
        assertThat(time.scheduled()).isEmpty();
    }

    @Test
    void passesAreVerifiedWithoutACall() {
        room.configure(1, Room.Mode.OPEN);
        Pass pass = Objects.requireNonNull(room.admit("ann").pass());
        calls.clear();
        for (int request = 0; request < 100; request++) {
            assertThat(room.verify("ann", pass.token())).isEqualTo(pass);
            assertThat(room.find("ann")).isEqualTo(pass);
        }
        assertThat(calls).isEmpty();
    }

    @Test
    void roomWhoseVisitorsOnlyRenewIsRefreshed() {
        WaitingRoom renewable =
                WaitingRoom.of(Room.named("club").capacity(1).renewable(true).build(), backend, Signer.random());
        renewable.admit("ann");
        time.advance(Duration.ofMinutes(2));
        calls.clear();
        renewable.renew("ann");
        time.advance(REFRESH);
        assertThat(calls).containsOnly(Map.entry("renew", 1), Map.entry("advance", 2));
    }
}
