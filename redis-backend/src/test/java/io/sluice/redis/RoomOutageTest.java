package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.Pass;
import io.sluice.Room;
import io.sluice.Signer;
import io.sluice.Standing;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A room while its Redis hangs or is gone, on the machine's time. */
class RoomOutageTest {

    private static final Duration DEADLINE = Duration.ofMillis(500);

    private final RedisServer server = RedisServer.start();
    private final RedisBackend gateway =
            RedisBackend.builder().uri(server.uri()).decisionTimeout(DEADLINE).build();
    private final WaitingRoom room = WaitingRoom.of(
            Room.named("sale").capacity(1).build(), gateway, Signer.of("a secret of the tests, long enough"));

    @AfterEach
    void stop() {
        gateway.close();
        server.close();
    }

    private Standing await(String ticket, Standing.State state) {
        return Awaitility.await().until(() -> room.status(ticket), standing -> standing.state() == state);
    }

    @Test
    void whoIsInsideStaysInsideAndWhoWaitsIsTold() {
        Pass pass = Objects.requireNonNull(room.admit("ann").pass());
        String waiting = room.join("ben").token();
        server.freeze();
        assertThat(room.verify("ann", pass.token())).isEqualTo(pass);
        Standing holding = Awaitility.await().until(() -> room.status(waiting), Standing::holding);
        assertThat(holding.state()).isEqualTo(Standing.State.QUEUED);
        assertThatThrownBy(() -> room.join("cem")).isInstanceOf(RuntimeException.class);
        server.thaw();
        Standing back = Awaitility.await().until(() -> room.status(waiting), standing -> !standing.holding());
        assertThat(back.position()).isEqualTo(1);
        assertThat(room.verify("ann", pass.token())).isEqualTo(pass);
    }

    @Test
    void joinThatHadNoAnswerTakesNoSecondPlace() {
        room.join("ann");
        server.freeze();
        assertThatThrownBy(() -> room.join("ben")).isInstanceOf(RuntimeException.class);
        server.thaw();
        String ben = Awaitility.await()
                .ignoreExceptions()
                .until(() -> room.join("ben").token(), Objects::nonNull);
        String cem = room.join("cem").token();
        room.leave("ann");
        Standing ready = await(ben, Standing.State.READY);
        assertThat(room.enter("ben", ben, Objects.requireNonNull(ready.gateToken())))
                .isNotNull();
        room.leave("ben");
        await(cem, Standing.State.READY);
    }

    @Test
    void ticketsOfARedisThatComesBackEmptyAreOverAndVisitorsJoinAgain() {
        Pass pass = Objects.requireNonNull(room.admit("ann").pass());
        String waiting = room.join("ben").token();
        server.kill();
        server.restart();
        await(waiting, Standing.State.EXPIRED);
        assertThat(room.verify("ann", pass.token())).as("good until it ends").isEqualTo(pass);
        String again = room.join("ben").token();
        await(again, Standing.State.READY);
    }
}
