package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.Pass;
import io.sluice.Room;
import io.sluice.Signer;
import io.sluice.Standing;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a bad network between a gateway and Redis does to rooms. */
class RoomFaultsTest {

    private static final Duration DEADLINE = Duration.ofMillis(300);

    private final RedisServer server = RedisServer.start();
    private final FaultProxy proxy = FaultProxy.to(server);
    private final RedisBackend gateway =
            RedisBackend.builder().uri(proxy.uri()).decisionTimeout(DEADLINE).build();
    private final WaitingRoom room = WaitingRoom.of(
            Room.named("sale").capacity(1).build(), gateway, Signer.of("a secret of the tests, long enough"));

    @AfterEach
    void stop() {
        gateway.close();
        proxy.close();
        server.close();
    }

    private static ConditionFactory soon() {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(2))
                .pollInterval(Duration.ofMillis(20))
                .ignoreExceptions();
    }

    private Ticket joinedSoon(String visitor) {
        return soon().until(() -> room.join(visitor), Objects::nonNull);
    }

    private Standing ready(Ticket ticket) {
        return Awaitility.await()
                .until(() -> room.status(ticket.token()), standing -> standing.state() == Standing.State.READY);
    }

    @Test
    void joinWhoseReplyIsLostTakesNoSecondPlace() throws InterruptedException {
        room.admit("ann");
        proxy.loseReplies();
        assertThatThrownBy(() -> room.join("ben")).isInstanceOf(RuntimeException.class);
        proxy.awaitLostReply();
        proxy.heal();
        assertThat(joinedSoon("ben").standing().position()).isEqualTo(1);
        assertThat(room.join("cem").standing().position()).isEqualTo(2);
    }

    @Test
    void entryWhoseReplyIsLostTakesNoSecondPlace() throws InterruptedException {
        room.admit("ann");
        Ticket ben = room.join("ben");
        Ticket cem = room.join("cem");
        room.leave("ann");
        String gate = Objects.requireNonNull(ready(ben).gateToken());
        proxy.loseReplies();
        assertThatThrownBy(() -> room.enter("ben", ben.token(), gate)).isInstanceOf(RuntimeException.class);
        proxy.awaitLostReply();
        proxy.heal();
        Pass pass = soon().until(() -> room.enter("ben", ben.token(), gate), Objects::nonNull);
        assertThat(room.verify("ben", pass.token())).isEqualTo(pass);
        room.leave("ben");
        ready(cem);
    }

    @Test
    void visitorsWaitNoLongerThanTheDeadlineAndAreServedSoonAfterTheNetworkIsBack() {
        Pass ann = Objects.requireNonNull(room.admit("ann").pass());
        Ticket ben = room.join("ben");
        proxy.vanish();
        for (int i = 0; i < 5; i++) {
            long startNanos = System.nanoTime();
            assertThatThrownBy(() -> room.join("cem")).isInstanceOf(RuntimeException.class);
            assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(DEADLINE.plusMillis(300));
        }
        assertThat(room.verify("ann", ann.token())).isEqualTo(ann);
        proxy.heal();
        assertThat(joinedSoon("cem").standing().position()).isEqualTo(2);
        Standing standing = soon().until(() -> room.status(ben.token()), each -> !each.holding());
        assertThat(standing.position()).isEqualTo(1);
        assertThat(room.verify("ann", ann.token())).isEqualTo(ann);
    }
}
