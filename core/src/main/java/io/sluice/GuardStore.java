package io.sluice;

import java.util.concurrent.CompletionStage;

/** Where a {@link Backend} keeps one guard: SPI, called by {@link Guard}. */
public interface GuardStore {

    /**
     * Asks for a turn. Turns go round the callers, so a caller with many waiting calls does not keep another waiting
     * longer. No caller has more calls under way than {@link #share} permits, including those whose permit was taken
     * back.
     *
     * @return completes with the permit, or exceptionally with {@link AdmissionException} of reason
     *     {@code OVERLOADED} ({@link AdmissionException#overloaded}), or with {@link IllegalStateException} once the
     *     backend is closed; cancelling it gives up the wait
     */
    CompletionStage<Guard.Permit> acquire(String caller);

    /** Returns the bound in force. */
    Bound bound();

    /** Puts another bound of the same name in force, as {@link Guard#redefine} says. */
    void redefine(Bound bound);

    /** Returns how many calls may have a permit at once in this process: the bound, or its part of it. */
    int share();

    /** Returns how many calls have a permit. */
    int inFlight();

    /** Returns how many calls wait for one. */
    int waiting();

    /** Returns how many calls are under way whose permit was taken back after {@link Bound#maxHold}. */
    int overdue();

    /** Returns how many permits were ever taken back. */
    long takenBack();
}
