package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How often those who wait are told to poll. */
class PollPaceTest {

    private static final Duration REFRESH = Duration.ofMillis(200);
    /** A tenth less than the longest pace, by the jitter. */
    private static final Duration SELDOM = Duration.ofMillis(13_500);

    private static final Duration SOON = Duration.ofSeconds(2);

    private final ManualTime time = new ManualTime();
    private final StoreSwitch store = new StoreSwitch();
    private final Backend backend = new ForwardingBackend(LocalBackend.create(time), store);

    private WaitingRoom room(int capacity, Room.Mode mode) {
        return WaitingRoom.of(Room.named("sale").capacity(capacity).mode(mode).build(), backend, Signer.random());
    }

    private List<String> waiting(WaitingRoom room, int visitors) {
        List<String> tickets = new ArrayList<>();
        for (int i = 1; i <= visitors; i++) {
            tickets.add(room.join("visitor-" + i).token());
        }
        time.advance(REFRESH);
        return tickets;
    }

    private static Duration pollAfter(WaitingRoom room, List<String> tickets, int position) {
        return room.status(tickets.get(position - 1)).pollAfter();
    }

    @Test
    void whoCannotBeNextPollsSeldomWhereTheWaitIsUnknown() {
        WaitingRoom room = room(500, Room.Mode.PAUSED);
        List<String> tickets = waiting(room, 501);
        assertThat(room.status(tickets.get(500)).eta()).isNull();
        assertThat(pollAfter(room, tickets, 501)).isBetween(SELDOM, Duration.ofSeconds(15));
        assertThat(pollAfter(room, tickets, 500)).isLessThanOrEqualTo(SOON);
    }

    @Test
    void whoWouldWaitForDaysPollsSeldom() {
        WaitingRoom room = room(1, Room.Mode.OPEN);
        room.admit("ann");
        time.advance(Duration.ofMinutes(4));
        List<String> tickets = waiting(room, 1_000);
        assertThat(room.status(tickets.get(999)).eta()).isNull();
        assertThat(pollAfter(room, tickets, 1_000)).isGreaterThanOrEqualTo(SELDOM);
    }

    @Test
    void firstInASmallRoomPollSoonSoThatTheyAreThereWhenItIsOpenedWider() {
        WaitingRoom room = room(0, Room.Mode.OPEN);
        List<String> tickets = waiting(room, 101);
        assertThat(pollAfter(room, tickets, 1)).isLessThanOrEqualTo(SOON);
        assertThat(pollAfter(room, tickets, 100)).isLessThanOrEqualTo(SOON);
        assertThat(pollAfter(room, tickets, 101)).isGreaterThanOrEqualTo(SELDOM);
    }

    @Test
    void whoCannotBeNextPollsSeldomWhileTheStoreIsAwayToo() {
        WaitingRoom room = room(0, Room.Mode.OPEN);
        List<String> tickets = waiting(room, 101);
        store.away = true;
        time.advance(REFRESH.multipliedBy(3));
        assertThat(room.status(tickets.get(0)).holding()).isTrue();
        assertThat(pollAfter(room, tickets, 1)).isLessThanOrEqualTo(SOON);
        assertThat(pollAfter(room, tickets, 101)).isGreaterThanOrEqualTo(SELDOM);
    }

    @Test
    void wholeQueueThatWasPassedOverPollsSeldomWhenItIsBack() {
        WaitingRoom room = room(0, Room.Mode.OPEN);
        List<String> tickets = waiting(room, 1_000);
        RoomRules.passOverAllWhoWait(room, time);
        tickets.forEach(room::status);
        assertThat(pollAfter(room, tickets, 1)).isGreaterThanOrEqualTo(SELDOM);
        assertThat(pollAfter(room, tickets, 1_000)).isGreaterThanOrEqualTo(SELDOM);
    }

    @Test
    void fewWhoWerePassedOverPollSoonWhenTheyAreBack() {
        WaitingRoom room = room(0, Room.Mode.OPEN);
        List<String> tickets = waiting(room, 10);
        RoomRules.passOverAllWhoWait(room, time);
        tickets.forEach(room::status);
        assertThat(pollAfter(room, tickets, 1)).isLessThanOrEqualTo(SOON);
    }

    @Test
    void firstInTheQueueOfAPausedRoomPollSoonHoweverFastItMovedBefore() {
        WaitingRoom room = room(10, Room.Mode.QUEUE_EVERYBODY);
        List<String> tickets = waiting(room, 100);
        time.advance(REFRESH);
        room.setMode(Room.Mode.PAUSED);
        time.advance(Duration.ofSeconds(10));
        String next = tickets.get(20);
        assertThat(room.status(next).eta()).isNull();
        assertThat(room.status(next).pollAfter()).isLessThanOrEqualTo(SOON);
    }

    @Test
    void paceNeverExceedsWhatThePatienceAllows() {
        Room impatient =
                Room.named("sale").capacity(0).patience(Duration.ofSeconds(5)).build();
        WaitingRoom room = WaitingRoom.of(impatient, backend, Signer.random());
        assertThat(pollAfter(room, waiting(room, 101), 101)).isLessThanOrEqualTo(Duration.ofSeconds(2));
    }
}
