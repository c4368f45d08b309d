package io.sluice.redis;

import io.sluice.StoreUnavailableException;

/** The store answers, but the room does not decide yet: gateways are bringing back what the store has lost. */
final class RoomHoldsException extends StoreUnavailableException {

    private static final long serialVersionUID = 1L;

    RoomHoldsException() {
        super("The room takes in what its gateways know, after its store was away or lost something", null);
    }
}
