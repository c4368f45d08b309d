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
import java.util.ArrayList;
import java.util.List;
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
            Room.named("sale").capacity(1).enterWait(DEADLINE).build(),
            gateway,
            Signer.of("a secret of the tests, long enough"));

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

    private long positionSoon(Ticket ticket) {
        return soon().until(() -> room.status(ticket.token()), standing -> !standing.holding())
                .position();
    }

    private Standing ready(Ticket ticket) {
        return Awaitility.await()
                .until(() -> room.status(ticket.token()), standing -> standing.state() == Standing.State.READY);
    }

    @Test
    void joinWhoseReplyIsLostTakesNoSecondPlace() throws InterruptedException {
        room.admit("ann");
        proxy.loseReplies();
        Ticket ben = room.join("ben");
        assertThat(ben.standing().holding()).isTrue();
        proxy.awaitLostReply();
        proxy.heal();
        assertThat(positionSoon(ben)).isEqualTo(1);
        assertThat(room.join("ben").standing().position()).isEqualTo(1);
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
        List<Ticket> late = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            long startNanos = System.nanoTime();
            late.add(room.join("late-" + i));
            // A refresh may have to fail too.
            assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
                    .isLessThan(DEADLINE.multipliedBy(2).plusMillis(300));
        }
        assertThat(room.verify("ann", ann.token())).isEqualTo(ann);
        proxy.heal();
        assertThat(positionSoon(ben)).isEqualTo(1);
        for (int i = 0; i < 5; i++) {
            assertThat(positionSoon(late.get(i))).isEqualTo(i + 2L);
        }
        assertThat(room.verify("ann", ann.token())).isEqualTo(ann);
    }
}
