package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Room;
import io.sluice.Signer;
import io.sluice.Standing;
import io.sluice.WaitingRoom;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a gateway shows of a place that was given up through another one, long before the cursor comes. */
class GivenUpElsewhereTest extends TwoGatewaysFixture {

    private static final Duration REFRESH = Duration.ofMillis(200);
    private static final Room ROOM = Room.named("sale").capacity(0).build();

    private final Signer signer = Signer.of("a secret of the tests, long enough");
    private final WaitingRoom room = open(gateway);
    private final WaitingRoom elsewhere = open(otherGateway);

    GivenUpElsewhereTest() {
        super(ROOM);
    }

    private WaitingRoom open(RedisBackend backend) {
        return WaitingRoom.of(ROOM, SettledBackend.of(backend), signer);
    }

    private String joined(WaitingRoom through, String visitor) {
        String ticket = through.join(visitor).token();
        time.advance(REFRESH);
        return ticket;
    }

    private static void expectToStay(Standing.State state, WaitingRoom shownBy, String ticket) {
        for (int poll = 0; poll < 3; poll++) {
            assertThat(shownBy.status(ticket).state()).isEqualTo(state);
        }
    }

    @Test
    void whoWasRemovedThroughAnotherGatewayIsExpiredFromTheNextRefreshOn() {
        String ann = joined(room, "ann");
        String ben = joined(room, "ben");
        elsewhere.leave("ben");
        time.advance(REFRESH);
        expectToStay(Standing.State.EXPIRED, room, ben);
        expectToStay(Standing.State.QUEUED, room, ann);
    }

    @Test
    void whoWasRemovedIsExpiredOnAGatewayThatBeginsLater() {
        String ann = joined(room, "ann");
        String ben = joined(room, "ben");
        room.leaveTicket(ben);
        time.advance(REFRESH);
        try (RedisBackend begun = server.gateway(storeTime)) {
            WaitingRoom later = open(begun);
            expectToStay(Standing.State.EXPIRED, later, ben);
            expectToStay(Standing.State.QUEUED, later, ann);
        }
    }

    @Test
    void whoseTicketStandsForALowerNumberSinceALossIsNotExpiredThoughTheHigherOneIsOver() {
        String first = joined(elsewhere, "ann");
        String ben = joined(room, "ben");
        pollThisGatewayOnly(ben, ROOM.patience().multipliedBy(2));
        loseEverything();
        pollThisGatewayOnly(ben, Duration.ofSeconds(2));
        String second = joined(room, "ann");
        assertThat(room.status(second).position()).isGreaterThan(1);
        time.advance(REFRESH);
        expectToStay(Standing.State.QUEUED, room, second);
        elsewhere.status(first);
        for (int refresh = 0; refresh < 5; refresh++) {
            time.advance(REFRESH);
            assertThat(room.status(second).state()).isEqualTo(Standing.State.QUEUED);
        }
        assertThat(room.status(second).position()).isEqualTo(1);
    }

    /** After a patience in which nobody used the other gateway, it lets the room rest. */
    private void pollThisGatewayOnly(String ticket, Duration forSoLong) {
        for (Duration polled = Duration.ZERO; polled.compareTo(forSoLong) < 0; polled = polled.plus(REFRESH)) {
            room.status(ticket);
            time.advance(REFRESH);
        }
    }
}
