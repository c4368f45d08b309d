package io.sluice.spring;

import io.sluice.Backend;
import io.sluice.Decision;
import io.sluice.Standing;
import java.time.Duration;

/**
 * Observes what the gates decide, so that they need no metrics library. It is asked once for each gate. The observers
 * that it returns are called on the threads of requests: they must not block, and those of limits must not allocate.
 */
interface GateObserver {

    /** Observes nothing. */
    GateObserver NONE = new GateObserver() {};

    /** How a decision ended for the request. */
    enum Outcome {
        /** It may pass. */
        ALLOWED,
        /** It is refused. */
        REFUSED,
        /** It would be refused, but the protection is in shadow mode. */
        SHADOWED;

        static Outcome of(boolean allowed, boolean shadow) {
            return allowed ? ALLOWED : shadow ? SHADOWED : REFUSED;
        }
    }

    /** Observes one call while it is held. */
    interface Held {

        /** Observes nothing. */
        Held UNOBSERVED = new Held() {};

        /** The call goes on, or is refused. */
        default void end(Outcome outcome) {}

        /** The caller has gone. */
        default void abandon() {}
    }

    /** Observes one limit. */
    @FunctionalInterface
    interface OfLimit {
        void decided(Outcome outcome, Decision.Source source);
    }

    /** Observes one room. */
    interface OfRoom {

        /** A call is held because the room does not answer at once. Called on the thread that brought the call. */
        default Held held() {
            return Held.UNOBSERVED;
        }

        /** A request on a protected route was let through, or not. */
        default void decided(Outcome outcome) {}

        /** A visitor joined, or came back to the same place. */
        default void joined() {}

        /**
         * A visitor entered.
         *
         * @param waited the time since the visitor's ticket was issued; zero for a visitor who went straight in
         */
        default void entered(Duration waited) {}

        /** A visitor gave up a place. */
        default void left(Standing.State from) {}
    }

    /** Observes one guard. */
    @FunctionalInterface
    interface OfGuard {
        void decided(Outcome outcome, long waitedNanos);

        /** A call is held because its turn has not come. Called on the thread that brought the call. */
        default Held held() {
            return Held.UNOBSERVED;
        }
    }

    /** Returns the backend, observed. */
    default Backend backend(Backend backend) {
        return backend;
    }

    default OfLimit limit(LimitGate gate) {
        return (outcome, source) -> {};
    }

    default OfRoom room(RoomGate gate) {
        return new OfRoom() {};
    }

    default OfGuard guard(GuardGate gate) {
        return (outcome, waitedNanos) -> {};
    }
}
