package io.sluice.spring;

import io.sluice.Pass;
import io.sluice.Standing;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A room's answer to a visitor who wants to be inside: a pass, or a ticket and its standing. */
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

    /** Returns the standing of a visitor who has to wait. */
    Standing requiredStanding() {
        return Objects.requireNonNull(standing);
    }
}
