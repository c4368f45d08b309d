package io.sluice;

import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * What a gateway knows of a room until the next refresh.
 *
 * @param snapshot the store's answer
 * @param receivedNanos when it came, on the gateway's monotonic clock
 * @param places what the store has said of single visitors since it was asked for the snapshot, by visitor; dropped
 *     with the view
 */
record RoomView(RoomSnapshot snapshot, long receivedNanos, Map<Long, Place> places) {

    /** Returns the store's time now: its last word, carried on by the gateway's monotonic clock. */
    long storeMicros(long nowNanos) {
        return snapshot.storeMicros() + TimeUnit.NANOSECONDS.toMicros(nowNanos - receivedNanos);
    }

    /** Tells whether a token is of another epoch, whose numbers belong to other visitors here. */
    boolean isOfAnotherEpoch(Token token) {
        return token.epoch() != snapshot.epoch();
    }
}
