package io.sluice;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Where a {@link Backend} keeps one room: SPI, called by {@link WaitingRoom}. Each call is one atomic decision. Any
 * gateway may make any call at any time; none is a leader. Visitors are given as 64-bit keyed hashes. No call
 * throws. Stages complete exceptionally only with {@link StoreUnavailableException} if the store cannot answer in
 * time, or with {@link IllegalStateException} once the backend is closed.
 *
 * <p>Numbers are given out in order from 1. The cursor {@code served} is the number up to which all have had their
 * turn; a higher one may have been called. A called number holds a claim, not a place; {@code enter} turns a claim into
 * a stay while fewer than the capacity are inside.
 */
public interface RoomStore {

    /** Stands for any number that the visitor has. */
    long ANY_NUMBER = 0;

    /**
     * Gives a visitor a number, or finds the visitor's number. Counts as a sign of life.
     *
     * @param straightIn also {@link #enter} if the visitor has been called, or go in if the room is
     *     {@link Room.Mode#OPEN}, nobody waits and there are more free places than claims
     */
    CompletionStage<Place> join(long visitor, boolean straightIn);

    /** Returns the visitor's place, and changes nothing. */
    CompletionStage<Place> find(long visitor);

    /**
     * Turns a claim into a stay if a place is free for this number. Otherwise the number knocks: for a short lease
     * its claim does not run, and a freed place is kept for the lowest knocking number. The caller asks again within
     * the lease. Repeating it while inside gives the same answer.
     *
     * @param number as in a signed token, so this room has given it out; a store that does not know it has lost it
     */
    CompletionStage<Place> enter(long number, long visitor);

    /**
     * Calls a waiting visitor now, before those ahead, who keep their order. Counts as a sign of life.
     *
     * @param number the number to call, or {@link #ANY_NUMBER}
     * @return the visitor's place; {@code CLOSED} if the room is closed
     */
    CompletionStage<Place> call(long number, long visitor);

    /** Starts the stay anew if the room allows it; otherwise like {@link #find}. */
    CompletionStage<Place> renew(long number, long visitor);

    /**
     * Gives up the place, waiting or inside. Has no effect without a place.
     *
     * @param number the number to give up, or {@link #ANY_NUMBER}
     * @return the place that was given up
     */
    CompletionStage<Place> leave(long number, long visitor);

    /** Takes in what this gateway has seen, ends what has expired, and calls the next numbers. Idempotent. */
    CompletionStage<RoomSnapshot> advance(Sightings sightings);

    /**
     * Changes capacity and mode for all gateways. Lowering the capacity puts nobody out. No claim ends while the
     * room is closed. When it opens, the claims of visitors who were told READY begin anew.
     *
     * @param capacity null to leave it as it is
     * @param mode null to leave it as it is
     */
    CompletionStage<Void> configure(@Nullable Integer capacity, Room.@Nullable Mode mode);
}
