package io.sluice.spring;

import io.sluice.Pass;
import io.sluice.Standing;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a room says to a visitor who wants to be inside: the pass of whoever is, or the ticket of whoever has to wait and
 * where it stands.
 */
record Admission(
        @Nullable Pass pass,
        @Nullable String ticket,
        @Nullable Standing standing) {

    static Admission inside(Pass pass) {
        return new Admission(pass, null, null);
    }

    static Admission waiting(String ticket, Standing standing) {
        return new Admission(null, ticket, standing);
    }

    boolean isInside() {
        return pass != null;
    }

    /** Returns the ticket of a visitor who has to wait. */
    String requiredTicket() {
        return Objects.requireNonNull(ticket);
    }

    /** Returns where a visitor stands who has to wait. */
    Standing requiredStanding() {
        return Objects.requireNonNull(standing);
    }
}
