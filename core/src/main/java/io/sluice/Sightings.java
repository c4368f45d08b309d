package io.sluice;

import java.util.BitSet;
import java.util.List;

/**
 * What one gateway has seen since it last called {@link RoomStore#advance}: SPI.
 *
 * @param firstNumber the number that bit 0 of {@code alive} stands for
 * @param alive the numbers whose visitors polled
 * @param ready the numbers whose visitors were told that they are READY
 * @param sinceRevision the revision of the last snapshot this gateway has; -1 if it has none
 */
public record Sightings(long firstNumber, BitSet alive, List<Long> ready, long sinceRevision) {}
