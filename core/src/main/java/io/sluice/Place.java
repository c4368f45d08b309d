package io.sluice;

/**
 * What a {@link RoomStore} knows of one visitor at one moment: SPI.
 *
 * @param state where the visitor is
 * @param epoch which life of the store gave out the number; changes when the store comes back empty
 * @param number the visitor's number; 0 if none
 * @param untilMicros when the claim ({@code CALLED}, once delivered) or the stay ({@code INSIDE}) ends, in epoch
 *     microseconds of the store; otherwise 0
 */
public record Place(State state, int epoch, long number, long untilMicros) {

    /** Where a visitor can be. */
    public enum State {
        /** Has a number that has not been called, or is to be called again. */
        WAITING,
        /** Has been called and is not inside. As an answer to {@code enter}: no place is free for this number yet. */
        CALLED,
        /** Inside. */
        INSIDE,
        /** The store has no place for this visitor and number. */
        NONE,
        /** The room is closed for what was asked. */
        CLOSED
    }
}
