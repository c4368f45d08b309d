package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.Decision;
import io.sluice.Limit;
import io.sluice.ManualTime;
import io.sluice.Pass;
import io.sluice.Place;
import io.sluice.RateLimiter;
import io.sluice.Room;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import io.sluice.Signer;
import io.sluice.Standing;
import io.sluice.StoreUnavailableException;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A room while its Redis hangs or is gone, on the machine's time. */
class RoomOutageTest {

    private static final Duration DEADLINE = Duration.ofMillis(500);

    /** After which a room counts as unused, or Redis as having been away. */
    private static final Duration SILENCE = Duration.ofSeconds(1);

    private static final Room QUIET = Room.named("quiet").capacity(1).build();

    private final RedisServer server = RedisServer.start();
    private final RedisBackend gateway = server.gateway(DEADLINE);
    private final WaitingRoom room = WaitingRoom.of(
            Room.named("sale").capacity(1).build(), gateway, Signer.of("a secret of the tests, long enough"));

    @AfterEach
    void stop() {
        gateway.close();
        server.close();
    }

    /** From the moment when Redis can be written to again. */
    private static ConditionFactory soon() {
        return Awaitility.await("service resumes").atMost(Duration.ofSeconds(2)).pollInterval(Duration.ofMillis(20));
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
        server.thaw();
        Standing back = soon().until(() -> room.status(waiting), standing -> !standing.holding());
        assertThat(back.position()).isEqualTo(1);
        assertThat(room.verify("ann", pass.token())).isEqualTo(pass);
    }

    private static void joined(CompletionStage<?> stage) throws Throwable {
        try {
            stage.toCompletableFuture().join();
        } catch (CompletionException e) {
            throw e.getCause();
        }
    }

    @Test
    void whatCannotBeDecidedWithoutRedisSaysSo() {
        room.admit("ann");
        server.freeze();
        List<ThrowingCallable> calls = List.of(
                () -> room.configure(2, Room.Mode.OPEN),
                () -> room.renew("stranger"),
                () -> joined(room.callAsync("stranger")));
        calls.forEach(call -> assertThatThrownBy(call).isInstanceOf(StoreUnavailableException.class));
        server.thaw();
    }

    @Test
    void whatIsNotAskedOfARedisThatDoesNotAnswerNamesNoDeadline() {
        room.admit("ann");
        server.kill();
        Awaitility.await().until(() -> {
            room.join("ben");
            return !gateway.isAvailable();
        });
        assertThatThrownBy(() -> room.configure(2, Room.Mode.OPEN))
                .isInstanceOf(StoreUnavailableException.class)
                .hasMessageContaining("is not asked");
        server.restart();
    }

    @Test
    void whoJoinsMeanwhileIsBehindEverybodyWithANumberAndKeepsTheTicket() {
        room.admit("ann");
        String ben = room.join("ben").token();
        server.freeze();
        Ticket cem = room.join("cem");
        assertThat(cem.standing().state()).isEqualTo(Standing.State.QUEUED);
        assertThat(cem.standing().holding()).isTrue();
        assertThat(room.join("cem").token()).as("joining again").isEqualTo(cem.token());
        server.thaw();
        Standing back = soon().until(() -> room.status(cem.token()), standing -> !standing.holding());
        assertThat(back.position()).isEqualTo(2);
        assertThat(room.status(ben).position()).isEqualTo(1);
        room.leave("ann");
        enterOnceReady("ben", ben);
        room.leave("ben");
        enterOnceReady("cem", cem.token());
    }

    private void enterOnceReady(String visitor, String ticket) {
        Standing ready = await(ticket, Standing.State.READY);
        assertThat(room.enter(visitor, ticket, Objects.requireNonNull(ready.gateToken())))
                .isNotNull();
    }

    @Test
    void joinThatHadNoAnswerTakesNoSecondPlace() {
        room.join("ann");
        server.freeze();
        String ben = room.join("ben").token();
        server.thaw();
        String again = soon().until(
                        () -> room.join("ben"), ticket -> !ticket.standing().holding())
                .token();
        String cem = room.join("cem").token();
        room.leave("ann");
        enterOnceReady("ben", ben);
        await(again, Standing.State.USED);
        room.leave("ben");
        await(cem, Standing.State.READY);
    }

    @Test
    void redisThatComesBackEmptyIsToldWhoIsInsideAndWhoWaits() {
        Pass pass = Objects.requireNonNull(room.admit("ann").pass());
        String ben = room.join("ben").token();
        String cem = room.join("cem").token();
        Awaitility.await().until(() -> Objects.requireNonNull(room.snapshot()).inside() == 1);
        server.kill();
        Ticket dan = room.join("dan");
        server.restart();
        assertThat(room.verify("ann", pass.token())).isEqualTo(pass);
        Standing back = soon().until(() -> room.status(dan.token()), standing -> !standing.holding());
        assertThat(back.position())
                .as("behind everybody")
                .isGreaterThan(room.status(cem).position());
        assertThat(room.admit("eve").pass()).as("the room is full").isNull();
        assertThat(Objects.requireNonNull(room.snapshot()).inside()).isEqualTo(1);
        assertThat(room.find("ann")).isEqualTo(pass);
        room.leave("ann");
        enterOnceReady("ben", ben);
        room.leave("ben");
        enterOnceReady("cem", cem);
        assertThat(gateway.recovery("sale").losses()).isEqualTo(1);
        assertThat(gateway.recovery("sale").numberedLater()).isEqualTo(1);
    }

    @Test
    void roomThatNobodyUsedAdmitsAtOnceAlthoughOtherGatewaysUsedItBefore() {
        try (RedisBackend other = server.gateway(DEADLINE)) {
            RoomStore here = gateway.room(QUIET);
            RoomStore there = other.room(QUIET);
            advance(here);
            advance(there);
            advance(here);
            long lastUseMicros = redisMicros();
            Awaitility.await("longer by Redis's clock than a room in use is silent")
                    .until(() -> redisMicros() - lastUseMicros > SILENCE.toMillis() * 1_000);
            assertThat(here.join(1, true).toCompletableFuture().join().state()).isEqualTo(Place.State.USED);
        }
    }

    @Test
    void numbersInDoubtArePassedOverByAGatewayThatMadeNoCallDuringTheOutage() {
        try (RedisBackend missing = server.gateway(DEADLINE)) {
            RoomStore here = gateway.room(QUIET);
            RoomStore there = missing.room(QUIET);
            advance(here);
            advance(there);
            Map<String, byte[]> before = server.state("quiet");
            long lost = join(there, 1).number();
            server.kill();
            breakHeartbeats();
            server.restart();
            server.goBackTo(before);
            awaitThatTheGatewayIsBack();
            assertThat(join(here, 2).number()).as("held").isZero();
            awaitEndOfHold(here);
            assertThat(join(here, 2).number()).isGreaterThan(lost);
        }
    }

    @Test
    void numbersGoOnWithoutAGapInARoomThatHadRestedForLongWhenHeartbeatsBroke() {
        StoreTime anHourAgo = new StoreTime(new ManualTime());
        anHourAgo.set(TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis()) - TimeUnit.HOURS.toMicros(1));
        try (RedisBackend other = server.gateway(anHourAgo)) {
            RoomStore here = gateway.room(QUIET);
            RoomStore there = other.room(QUIET);
            long last = join(there, 1).number();
            advance(there);
            server.freeze();
            breakHeartbeats();
            server.thaw();
            awaitThatTheGatewayIsBack();
            assertThat(join(here, 2).number()).as("held").isZero();
            awaitEndOfHold(here);
            assertThat(join(here, 2).number()).isEqualTo(last + 1);
        }
    }

    @Test
    void whoLeavesThroughAGatewayThatDoesNotKnowTheRoomYetHasLeft() {
        RoomStore here = gateway.room(QUIET);
        assertThat(here.join(1, true).toCompletableFuture().join().state()).isEqualTo(Place.State.USED);
        try (RedisBackend newGateway = server.gateway(DEADLINE)) {
            RoomStore there = newGateway.room(QUIET);
            server.freeze();
            assertThat(there.leave(RoomStore.ANY_NUMBER, 1)
                            .toCompletableFuture()
                            .join()
                            .state())
                    .as("not known at this gateway")
                    .isEqualTo(Place.State.EXPIRED);
            server.thaw();
            soon().ignoreExceptions().until(() -> {
                advance(there);
                return here.find(1).toCompletableFuture().join().state() == Place.State.EXPIRED;
            });
        }
    }

    /** Waits for longer than a heartbeat and its timeout. */
    private static void breakHeartbeats() {
        Awaitility.await().pollDelay(Duration.ofSeconds(2)).until(() -> true);
    }

    /** Makes no call of a room. */
    private void awaitThatTheGatewayIsBack() {
        RateLimiter limiter = RateLimiter.of(
                Limit.named("limit").bandwidth(1_000, Duration.ofDays(1)).build(), gateway);
        Awaitility.await().until(() -> limiter.tryAcquire("caller").source() == Decision.Source.STORE);
    }

    private static void awaitEndOfHold(RoomStore room) {
        Awaitility.await().ignoreExceptions().until(() -> {
            advance(room);
            return true;
        });
    }

    private static Place join(RoomStore room, long visitor) {
        return room.join(visitor, false).toCompletableFuture().join();
    }

    private long redisMicros() {
        List<String> secondsAndMicros = server.run(redis -> redis.sync().time());
        return Long.parseLong(secondsAndMicros.get(0)) * 1_000_000 + Long.parseLong(secondsAndMicros.get(1));
    }

    private static void advance(RoomStore room) {
        room.advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of()))
                .toCompletableFuture()
                .join();
    }
}
