package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Pass;
import io.sluice.Room;
import io.sluice.Signer;
import io.sluice.Standing;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;

/** Rooms over a failover that loses the last writes: nobody loses a place, nobody has two, and the order stays. */
class RoomFailoverTest {

    private static final int CAPACITY = 3;
    private static final Room ROOM = Room.named("sale").capacity(CAPACITY).build();

    private static RedisBackend connect(ReplicatedRedis redis) {
        return RedisBackend.builder()
                .uri(redis.uri())
                .decisionTimeout(Duration.ofMillis(500))
                .build();
    }

    private static WaitingRoom room(RedisBackend gateway) {
        return WaitingRoom.of(ROOM, gateway, Signer.of("a secret of the tests, long enough"));
    }

    private static int inside(WaitingRoom room) {
        return Objects.requireNonNull(room.snapshot()).inside();
    }

    /** As soon as a fresh client can write, and the room has heard its gateways. */
    private static ConditionFactory soon() {
        return Awaitility.await().atMost(Duration.ofSeconds(2)).pollInterval(Duration.ofMillis(20));
    }

    private static Pass enterOnceReady(WaitingRoom room, String visitor, String ticket) {
        Standing ready = Awaitility.await()
                .until(() -> room.status(ticket), standing -> standing.state() == Standing.State.READY);
        return room.enter(visitor, ticket, Objects.requireNonNull(ready.gateToken()));
    }

    @Test
    void whatHappenedInTheLastMomentsIsBroughtBackByTheGateways() {
        try (ReplicatedRedis redis = ReplicatedRedis.start();
                RedisBackend one = connect(redis);
                RedisBackend other = connect(redis)) {
            Awaitility.await().until(() -> one.gateways() == 2 && other.gateways() == 2);
            WaitingRoom atOne = room(one);
            WaitingRoom atOther = room(other);
            Pass ann = Objects.requireNonNull(atOne.admit("ann").pass());
            Pass bob = Objects.requireNonNull(atOther.admit("bob").pass());
            Pass cat = Objects.requireNonNull(atOne.admit("cat").pass());
            Ticket dan = atOne.join("dan");
            Ticket eve = atOther.join("eve");
            redis.awaitReplication();

            redis.cutReplication();
            atOther.leave("bob");
            Pass danInside = enterOnceReady(atOther, "dan", dan.token());
            Ticket fay = atOne.join("fay");
            Ticket gil = atOther.join("gil");
            redis.killMaster();
            redis.awaitFailover();

            List<Ticket> waiting = List.of(eve, fay, gil);
            for (WaitingRoom room : List.of(atOne, atOther)) {
                soon().until(() -> waiting.stream()
                        .noneMatch(ticket -> room.status(ticket.token()).holding()));
                assertThat(inside(room)).isEqualTo(CAPACITY);
                assertThat(room.find("ann")).isEqualTo(ann);
                assertThat(room.find("cat")).isEqualTo(cat);
                assertThat(room.find("dan")).isEqualTo(danInside);
                assertThat(room.find("bob")).isNull();
                assertThat(room.verify("bob", bob.token())).isNull();
                List<Long> positions = waiting.stream()
                        .map(ticket -> room.status(ticket.token()).position())
                        .toList();
                assertThat(positions).doesNotHaveDuplicates().isSorted();
                assertThat(room.join("fay").standing().position()).isEqualTo(positions.get(1));
            }
            assertThat(atOne.admit("hal").pass()).as("the room is full").isNull();
            atOne.leave("ann");
            enterOnceReady(atOther, "eve", eve.token());
            atOther.leave("cat");
            enterOnceReady(atOne, "fay", fay.token());
            assertThat(inside(atOther)).isLessThanOrEqualTo(CAPACITY);
            atOne.leave("dan");
            enterOnceReady(atOther, "gil", gil.token());
            assertThat(one.recovery("sale").overfull()).isZero();
        }
    }

    @Test
    void gatewayThatIsKilledWithTheMasterTakesNobodysPlaceAlong() {
        try (ReplicatedRedis redis = ReplicatedRedis.start();
                RedisBackend gateway = connect(redis)) {
            WaitingRoom room = GatewayProcess.room(gateway);
            // The room is in use here, so this gateway follows what happens in it.
            room.join("zoe");
            room.leave("zoe");
            try (GatewayProcess killed = GatewayProcess.start(redis.uri())) {
                redis.awaitReplication();
                redis.cutReplication();
                killed.act();
                Awaitility.await().until(() -> room.status(killed.ticket()).position() == 1 && inside(room) == 1);
                killed.kill();
                redis.killMaster();
                redis.awaitFailover();
                soon().until(() -> !room.status(killed.ticket()).holding());
                Pass ann = Objects.requireNonNull(room.verify("ann", killed.pass()));
                assertThat(room.find("ann")).isEqualTo(ann);
                assertThat(inside(room)).isEqualTo(1);
                Ticket cem = room.join("cem");
                assertThat(cem.standing().position())
                        .isGreaterThan(room.status(killed.ticket()).position());
                room.leave("ann");
                enterOnceReady(room, "ben", killed.ticket());
                room.leave("ben");
                enterOnceReady(room, "cem", cem.token());
            }
        }
    }
}
