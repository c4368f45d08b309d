package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A process that stands still, as in a paused container: its visitors can neither poll nor enter meanwhile. */
class StandstillTest {

    private static final int CROWD = 300;
    private static final Duration REFRESH = Duration.ofMillis(200);
    private static final Duration LONGER_THAN_THE_PATIENCE = Duration.ofSeconds(65);

    private final ManualTime time = new ManualTime();

    private WaitingRoom open(int capacity) {
        return WaitingRoom.of(
                Room.named("sale").capacity(capacity).build(), LocalBackend.create(time), Signer.random());
    }

    /** Has as many visitors join, and each poll once in 15 s, one after the other, for 45 s. */
    private List<String> crowdThatPolls(WaitingRoom room) {
        List<String> tickets = IntStream.range(0, CROWD)
                .mapToObj(visitor -> room.join("visitor-" + visitor).token())
                .toList();
        for (int poll = 0; poll < 3 * CROWD; poll++) {
            time.advance(Duration.ofSeconds(15).dividedBy(CROWD));
            room.status(tickets.get(poll % CROWD));
        }
        return tickets;
    }

    @Test
    void newcomerGoesBehindThoseWhoWaited() {
        WaitingRoom room = open(1);
        room.admit("inside");
        crowdThatPolls(room);
        time.standStill(LONGER_THAN_THE_PATIENCE);
        room.leave("inside");
        assertThat(room.admit("newcomer").standing().position())
                .as("behind all but the one who is called")
                .isEqualTo(CROWD);
    }

    @Test
    void thoseCalledNextAreTheFirstWhoWaited() {
        WaitingRoom room = open(1);
        room.admit("inside");
        List<String> tickets = crowdThatPolls(room);
        time.standStill(LONGER_THAN_THE_PATIENCE);
        room.leave("inside");
        room.status(tickets.get(CROWD - 1));
        time.advance(REFRESH);
        assertThat(Objects.requireNonNull(room.snapshot()).served()).isEqualTo(2);
        assertThat(room.status(tickets.get(0)).state()).isEqualTo(Standing.State.READY);
    }

    /** Returns the ticket of a visitor whose claim begins now. */
    private String calledTicket(WaitingRoom room) {
        String ticket = room.join("ann").token();
        time.advance(REFRESH);
        assertThat(room.status(ticket).state()).isEqualTo(Standing.State.READY);
        return ticket;
    }

    @Test
    void claimHasAsMuchTimeLeftAsBefore() {
        WaitingRoom room = open(1);
        String ticket = calledTicket(room);
        time.standStill(LONGER_THAN_THE_PATIENCE);
        assertThat(room.status(ticket).state()).isEqualTo(Standing.State.READY);
        time.advance(room.room().claimWithin().minus(REFRESH));
        assertThat(room.status(ticket).state()).isEqualTo(Standing.State.READY);
        time.advance(REFRESH);
        assertThat(room.status(ticket).state()).isEqualTo(Standing.State.EXPIRED);
    }

    @Test
    void visitorAtTheDoorIsStillThere() {
        WaitingRoom room = open(1);
        String ticket = calledTicket(room);
        String gate = Objects.requireNonNull(room.status(ticket).gateToken());
        room.configure(0, Room.Mode.OPEN);
        room.enterAsync("ann", ticket, gate);
        time.standStill(LONGER_THAN_THE_PATIENCE);
        room.setCapacity(1);
        assertThat(room.enter("ann", ticket, gate)).isNotNull();
    }

    @Test
    void stayEndsWhenItsPassDoes() {
        WaitingRoom room = open(1);
        Pass pass = Objects.requireNonNull(room.admit("ann").pass());
        time.advance(REFRESH);
        time.standStill(room.remaining(pass));
        assertThat(room.find("ann")).isNull();
    }

    @Test
    void silenceAfterAStandstillDoesNotProlongIt() {
        WaitingRoom room = open(1);
        crowdThatPolls(room);
        time.standStill(Duration.ofSeconds(10));
        time.advance(Duration.ofHours(3));
        assertThat(room.admit("newcomer").pass()).isNotNull();
    }

    @Test
    void silenceInAnUnusedRoomIsNoStandstill() {
        WaitingRoom room = open(1);
        room.admit("inside");
        crowdThatPolls(room);
        room.leave("inside");
        room.setMode(Room.Mode.PAUSED);
        time.advance(Duration.ofHours(1));
        room.setMode(Room.Mode.OPEN);
        assertThat(room.admit("newcomer").pass()).isNotNull();
    }
}
