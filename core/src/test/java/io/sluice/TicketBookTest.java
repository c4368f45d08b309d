package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** How many tickets a gateway remembers to ask the store about. */
class TicketBookTest {

    private static final int MOST = 100_000;

    private final TicketBook book = new TicketBook(1);

    @Test
    void ticketsBeyondABoundAreNotRemembered() {
        book.restore(LongStream.rangeClosed(1, MOST + 1_000)
                .mapToObj(visitor -> new Sightings.HeldTicket(visitor, 0, visitor))
                .toList());
        int asked = 0;
        for (List<Sightings.HeldTicket> some = book.drain(); !some.isEmpty(); some = book.drain()) {
            asked += some.size();
        }
        assertThat(asked).isEqualTo(MOST);
    }
}
