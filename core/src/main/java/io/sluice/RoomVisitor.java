package io.sluice;

/** What a {@link LocalRoom} knows of one visitor; guarded by the room's lock. */
final class RoomVisitor {

    final long number;
    final long hash;

    /** When the visitor was given the latest ticket. */
    long joinedMicros;

    Place.State state = Place.State.QUEUED;
    long heardMicros;

    long calledMicros;
    /** When the claim ends; 0 until the visitor has been told READY. */
    long readyUntilMicros;
    /** When the knock ends; 0 if not knocking. */
    long knockUntilMicros;
    /** What was left of the claim when the knocking began. */
    long claimLeftMicros;
    /** Whether the visitor has tried to enter since the call. */
    boolean cameToTheDoor;
    /** Whether the call has counted as answered, by coming or by silence. */
    boolean answered;

    long stayUntilMicros;

    RoomVisitor(long number, long hash) {
        this.number = number;
        this.hash = hash;
    }

    /** Leaves out a time in which the visitor could neither poll nor enter. A stay has its end in the pass. */
    void stoodStill(long micros) {
        heardMicros += micros;
        calledMicros += micros;
        if (readyUntilMicros != 0) {
            readyUntilMicros += micros;
        }
        if (knockUntilMicros != 0) {
            knockUntilMicros += micros;
        }
    }
}
