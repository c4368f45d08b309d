package io.sluice;

import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;

/** What the rules of {@link RoomContract} share: an empty backend, its time, and what visitors do. */
abstract class RoomRules {

    static final Duration REFRESH = Duration.ofMillis(200);
    static final Duration INSTANT = Duration.ofNanos(1000);

    final ManualTime time = new ManualTime();
    final Signer signer = Signer.of("a secret of the tests, long enough");
    final RoomFace face;
    final Backend backend;

    RoomRules(RoomContract contract) {
        face = contract.face;
        backend = contract.create(time);
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    WaitingRoom open(Room.Builder room) {
        return WaitingRoom.of(room.build(), backend, signer);
    }

    WaitingRoom open(int capacity) {
        return open(Room.named("sale").capacity(capacity));
    }

    /**
     * Joins, and returns the ticket once the gateways have refreshed. If a place was free, the answer to the join said
     * READY, and the claim runs from that refresh on.
     */
    String joined(WaitingRoom room, String visitor) {
        String ticket = face.join(room, visitor).token();
        time.advance(REFRESH);
        return ticket;
    }

    Standing status(WaitingRoom room, String ticket) {
        return face.status(room, ticket);
    }

    Standing.State stateOf(WaitingRoom room, String ticket) {
        return status(room, ticket).state();
    }

    String gate(WaitingRoom room, String ticket) {
        return Objects.requireNonNull(status(room, ticket).gateToken(), "not READY");
    }

    CompletableFuture<Pass> entering(WaitingRoom room, String visitor, String ticket) {
        return room.enterAsync(visitor, ticket, gate(room, ticket)).toCompletableFuture();
    }

    Pass enter(WaitingRoom room, String visitor) {
        String ticket = joined(room, visitor);
        return RoomFace.get(entering(room, visitor, ticket));
    }

    /** Has a gateway refresh the room from now on, as each request that it serves does. */
    static void use(WaitingRoom gateway) {
        gateway.find("nobody");
    }

    int inside(WaitingRoom room) {
        time.advance(REFRESH);
        return Objects.requireNonNull(room.snapshot()).inside();
    }

    static Standing.State call(WaitingRoom room, String visitor) {
        return RoomFace.get(room.callAsync(visitor));
    }

    /** Fills the room with a newcomer, because all others have been silent for too long. */
    static void passOverAllWhoWait(WaitingRoom room, ManualTime time) {
        time.advance(room.room().patience().multipliedBy(2));
        String newcomer = room.join("newcomer").token();
        room.configure(1, Room.Mode.OPEN);
        time.advance(REFRESH);
        String gateToken = Objects.requireNonNull(room.status(newcomer).gateToken());
        room.enter("newcomer", newcomer, gateToken);
        time.advance(REFRESH);
    }

    static AdmissionException.Reason reasonOf(ThrowingCallable call) {
        return catchThrowableOfType(AdmissionException.class, call).reason();
    }
}
