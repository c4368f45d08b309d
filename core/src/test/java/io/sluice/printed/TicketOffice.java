package io.sluice.printed;

import io.sluice.AdmissionException;
import io.sluice.Backend;
import io.sluice.Bound;
import io.sluice.Decision;
import io.sluice.Guard;
import io.sluice.Limit;
import io.sluice.RateLimiter;
import io.sluice.Room;
import io.sluice.Signer;
import io.sluice.Standing;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.time.Duration;

// Printed in docs/getting-started.md
final class TicketOffice implements AutoCloseable {

    private final Backend backend;
    private final RateLimiter perUser;
    private final WaitingRoom sale;
    private final Guard shop;

    TicketOffice(Backend backend, String secret) {
        this.backend = backend;
        perUser = RateLimiter.of(Limit.of("per-user", 10, Duration.ofSeconds(1)), backend);
        sale = WaitingRoom.of(Room.named("event-1").capacity(500).build(), backend, Signer.of(secret));
        shop = Guard.of(
                Bound.named("shop").limit(4).maxWait(Duration.ofSeconds(25)).build(), backend);
    }

    /** The client keeps ticket.token(), and polls with it after ticket.standing().pollAfter(). */
    Ticket come(String user) {
        return sale.join(user);
    }

    String poll(String user, String ticket) {
        try {
            Standing standing = sale.status(ticket);
            return switch (standing.state()) {
                case QUEUED -> "waiting, again in " + standing.pollAfter().toMillis() + " ms";
                case READY -> sale.enter(user, ticket, standing.gateToken()).token();
                case USED -> "inside, with the pass as before";
                case EXPIRED -> "expired, come again";
            };
        } catch (AdmissionException refused) {
            return refused.reason() + ", again in " + refused.retryAfter().toMillis() + " ms";
        }
    }

    String buy(String user, String pass) throws InterruptedException {
        Decision decision = perUser.tryAcquire(user);
        if (!decision.allowed()) {
            return "429, again in " + decision.retryAfter().toMillis() + " ms";
        }
        if (sale.verify(user, pass) == null) {
            return "403, not inside";
        }
        try (Guard.Permit permit = shop.acquire(user)) {
            String order = orderAtTheShop(user);
            sale.leave(user); // the place is free for the next visitor
            return order;
        } catch (AdmissionException refused) { // OVERLOADED: no turn within 25 s
            return "503, again in " + refused.retryAfter().toMillis() + " ms";
        }
    }

    @Override
    public void close() {
        backend.close();
    }

    private static String orderAtTheShop(String user) {
        return "an order of " + user;
    }
}
// End of what is printed
