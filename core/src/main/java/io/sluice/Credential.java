package io.sluice;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * A ticket or a pass that a room gave to the visitor who brings it, read and verified once by {@link WaitingRoom#read}.
 * No method waits for the store; {@link #pass} counts as use of the room. Safe for use by many threads.
 */
public final class Credential {

    private final String token;
    private final Token read;
    private final RoomRefresh refresh;

    Credential(String token, Token read, RoomRefresh refresh) {
        this.token = token;
        this.read = read;
        this.refresh = refresh;
    }

    /** Returns the token of the {@link Ticket} or the {@link Pass}. */
    public String token() {
        return token;
    }

    /** Tells whether this is a ticket; otherwise it is a pass. */
    public boolean isTicket() {
        return read.purpose() == Token.Purpose.TICKET;
    }

    /** Returns how long ago the ticket was issued, by the backend's clock; zero for a pass, which does not carry it. */
    public Duration age() {
        long ageMicros = isTicket() ? refresh.storeMicros() - read.micros() : 0;
        return Duration.of(Math.max(ageMicros, 0), ChronoUnit.MICROS);
    }

    /** Returns the pass if this is one that is good now, as {@link WaitingRoom#verify} says; otherwise null. */
    public @Nullable Pass pass() {
        if (isTicket()) {
            return null;
        }
        // Not waited for: it makes places given up elsewhere become known here.
        refresh.view();
        boolean over =
                read.micros() <= refresh.storeMicros() || refresh.endedPasses().contains(read);
        return over ? null : new Pass(token, RoomTokens.instant(read.micros()));
    }

    /** Omits the token, to keep it out of logs. */
    @Override
    public String toString() {
        return "Credential[" + (isTicket() ? "ticket" : "pass") + ']';
    }
}
