package io.sluice;

import java.util.BitSet;
import java.util.List;

/**
 * What one gateway has seen since it last called {@link RoomStore#advance}: SPI.
 *
 * @param firstNumber the number that bit 0 of {@code alive} stands for
 * @param alive the numbers whose visitors polled
 * @param ready the numbers whose visitors were told that they are READY
 * @param epoch the epoch of the last snapshot this gateway has: that of all numbers here; 0 if it has none
 * @param sinceRevision the revision of that snapshot; -1 if there is none
 * @param tickets the tickets to ask the store about: those without a number, and after a loss in the store each
 *     ticket, once more after the patience
 */
public record Sightings(
        long firstNumber, BitSet alive, List<Long> ready, int epoch, long sinceRevision, List<HeldTicket> tickets) {

    /**
     * A ticket that a visitor has shown.
     *
     * @param visitor the visitor's hash
     * @param number the number on it; 0 if it was handed out while the store was away, or before this epoch
     * @param issuedMicros when it was handed out, in epoch microseconds of the store
     */
    public record HeldTicket(long visitor, long number, long issuedMicros) {}
}
