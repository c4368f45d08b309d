package io.sluice;

/**
 * What a {@link RoomStore} knows of one visitor at one moment: SPI.
 *
 * @param state where the visitor is
 * @param epoch the room of this name that gave out the number; a store that forgets the room begins another epoch
 * @param number the visitor's number; 0 if none. {@code QUEUED} with 0 comes from a join while the store was away:
 *     the visitor is behind everybody who has a number, and gets one afterwards
 * @param untilMicros when the claim ({@code READY}, once told) or the stay ({@code USED}) ends, in epoch
 *     microseconds of the store; when a visitor without a number joined; otherwise 0
 */
public record Place(State state, int epoch, long number, long untilMicros) {

    /** Where a visitor can be: the states of a {@link Standing}, as the store knows them, and {@code CLOSED}. */
    public enum State {
        /** Has a number that has not been called, or will be called again. */
        QUEUED,
        /**
         * Has been called, whether told so or not, and is not inside. As an answer to {@code enter}: no place is
         * free for this number yet.
         */
        READY,
        /** Inside. */
        USED,
        /** The store has no place for this visitor and number. */
        EXPIRED,
        /** The room is closed for what was asked. */
        CLOSED
    }
}
