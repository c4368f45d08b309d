package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.Pass;
import io.sluice.Room;
import io.sluice.Signer;
import io.sluice.Standing;
import io.sluice.StoreUnavailableException;
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
    private WaitingRoom room = open("sale");

    private WaitingRoom open(String name) {
        return WaitingRoom.of(
                Room.named(name).capacity(1).enterWait(DEADLINE).build(),
                gateway,
                Signer.of("a secret of the tests, long enough"));
    }

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

    /** Returns the name of a key of the room. */
    private String key(String name) {
        return RoomCalls.keysBegin("sluice", room.room()) + name;
    }

    /** Returns how many are inside, as Redis has it. */
    private long inside() {
        return server.run(redis -> redis.sync().zcard(key("stays")));
    }

    private String numbersIssued() {
        return server.run(redis -> redis.sync().hget(key("meta"), "issued"));
    }

    private Pass enterSoon(String visitor, Ticket ticket, String gate) {
        Pass pass = soon().until(() -> room.enter(visitor, ticket.token(), gate), Objects::nonNull);
        assertThat(room.verify(visitor, pass.token())).isEqualTo(pass);
        assertThat(room.find(visitor)).isEqualTo(pass);
        assertThat(inside()).isEqualTo(1);
        return pass;
    }

    private String gateSoon(Ticket ticket) {
        return soon().until(() -> room.status(ticket.token()).gateToken(), Objects::nonNull);
    }

    /** Runs a call that may fail, and returns whether it did. */
    private static boolean fails(Runnable call) {
        try {
            call.run();
            return false;
        } catch (StoreUnavailableException e) {
            return true;
        }
    }

    @Test
    void callsWhoseRepliesAreCutInTheMiddleLoseNoPlaceAndTakeNoSecond() {
        List<Integer> bytesBeforeCut = List.of(0, 1, 2, 3, 5, 8, 13, 20);
        int cutJoins = 0;
        for (int bytes : bytesBeforeCut) {
            room = open("sale-" + bytes);
            Pass ann = Objects.requireNonNull(room.admit("ann").pass());

            proxy.cutReplyAfter(bytes);
            Ticket ben = room.join("ben");
            proxy.heal();
            cutJoins += ben.standing().holding() ? 1 : 0;
            assertThat(positionSoon(ben)).isEqualTo(1);
            assertThat(positionSoon(room.join("ben"))).isEqualTo(1);
            Ticket cem = room.join("cem");
            assertThat(positionSoon(cem)).isEqualTo(2);

            proxy.cutReplyAfter(bytes);
            room.leave("ann");
            proxy.heal();
            String gate = gateSoon(ben);
            assertThat(room.verify("ann", ann.token())).isNull();
            assertThat(inside()).isZero();

            proxy.cutReplyAfter(bytes);
            fails(() -> room.enter("ben", ben.token(), gate));
            proxy.heal();
            enterSoon("ben", ben, gate);
            assertThat(room.admit("dan").pass()).as("the room is full").isNull();
            room.leave("ben");
            enterSoon("cem", cem, gateSoon(cem));
            assertThat(numbersIssued()).as("one number each").isEqualTo("4");
            assertThat(gateway.recovery(room.room().name()).overfull()).isZero();
        }
        assertThat(cutJoins).as("joins that had no answer").isGreaterThan(bytesBeforeCut.size() / 2);
    }

    private static void expectToTakeNoLongerThanTheDeadline(Runnable call) {
        long startNanos = System.nanoTime();
        call.run();
        // A refresh may have to fail too.
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
                .isLessThan(DEADLINE.multipliedBy(2).plusMillis(300));
    }

    @Test
    void callsThatArriveAfterTheDeadlineLoseNoPlaceAndTakeNoSecond() {
        Pass ann = Objects.requireNonNull(room.admit("ann").pass());
        Ticket ben = room.join("ben");
        Ticket cem = room.join("cem");
        List<Ticket> late = new ArrayList<>();
        proxy.delay(DEADLINE.multipliedBy(2));
        expectToTakeNoLongerThanTheDeadline(() -> late.add(room.join("dan")));
        Ticket dan = late.get(0);
        assertThat(dan.standing().holding()).isTrue();
        expectToTakeNoLongerThanTheDeadline(() -> room.leave("ann"));
        expectToTakeNoLongerThanTheDeadline(() -> room.status(ben.token()));
        proxy.heal();
        String gate = gateSoon(ben);
        assertThat(room.verify("ann", ann.token())).isNull();
        assertThat(positionSoon(dan)).isGreaterThan(positionSoon(cem));

        proxy.delay(DEADLINE.multipliedBy(2));
        expectToTakeNoLongerThanTheDeadline(() ->
                assertThat(fails(() -> room.enter("ben", ben.token(), gate))).isTrue());
        proxy.heal();
        enterSoon("ben", ben, gate);
        // A room calls ahead once places have become free, so that cem may be READY and dan the first who waits.
        assertThat(positionSoon(dan)).isGreaterThan(positionSoon(cem));
        assertThat(room.join("dan").standing().position()).isPositive();
        room.leave("ben");
        enterSoon("cem", cem, gateSoon(cem));
        room.leave("cem");
        enterSoon("dan", dan, gateSoon(dan));
        assertThat(numbersIssued()).as("one number each").isEqualTo("4");
        assertThat(gateway.recovery("sale").overfull()).isZero();
    }
}
