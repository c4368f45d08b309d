package io.sluice.printed;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Backend;
import io.sluice.Bound;
import io.sluice.Decision;
import io.sluice.Guard;
import io.sluice.Limit;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import io.sluice.Pass;
import io.sluice.RateLimiter;
import io.sluice.Room;
import io.sluice.Signer;
import io.sluice.Standing;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What the documents print as Java of the core stands here word for word, between two marks, and does what they say. This
 * package sees what callers see, and is not null-marked, as most of theirs.
 */
class PrintedJavaTest {

    private static final Pattern BLOCK = Pattern.compile("^```java\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern MARKED =
            Pattern.compile("// Printed in (\\S+)\\n(.*?)// End of what is printed", Pattern.DOTALL);
    private static final String SECRET = "a secret of the tests, long enough";

    private final List<String> calls = new ArrayList<>();

    private static String read(String path) throws IOException {
        return Files.readString(Path.of(path));
    }

    /** A document breaks lines and sets comments in columns where our formatter does not. */
    private static String words(String code) {
        return code.replaceAll("\\s+", "");
    }

    private static void assertIsPrinted(String source) throws IOException {
        Matcher marked = MARKED.matcher(read("src/test/java/io/sluice/printed/" + source));
        assertThat(marked.find()).isTrue();
        assertThat(BLOCK.matcher(read("../" + marked.group(1))).results().map(block -> words(block.group(1))))
                .as(marked.group(1))
                .contains(words(marked.group(2)));
    }

    @Test
    void theDocumentsPrintWhatRunsHere() throws IOException {
        assertIsPrinted("PrintedJavaTest.java");
        assertIsPrinted("TicketOffice.java");
    }

    @Test
    @SuppressWarnings("UnusedVariable") // What is done with the pass is the reader's.
    void aVisitorOfTheReadmeIsLetThrough() throws InterruptedException {
        String secret = SECRET;
        // Printed in README.md
        Backend backend = LocalBackend.create();

        RateLimiter perUser = RateLimiter.of(Limit.of("per-user", 10, Duration.ofSeconds(1)), backend);
        Decision decision = perUser.tryAcquire("user-42"); // allowed? remaining? retryAfter?

        WaitingRoom sale = WaitingRoom.of(Room.named("event-1").capacity(500).build(), backend, Signer.of(secret));
        Ticket ticket = sale.join("user-42"); // a second tab gets the same place
        Standing standing = sale.status(ticket.token()); // QUEUED, READY, USED or EXPIRED
        if (standing.state() == Standing.State.READY) { // QUEUED: ask again after standing.pollAfter()
            Pass pass = sale.enter("user-42", ticket.token(), standing.gateToken());
        }

        Guard shop = Guard.of(Bound.of("shop", 4), backend);
        try (Guard.Permit permit = shop.acquire("user-42")) {
            callTheShop();
        }
        // End of what is printed
        backend.close();
        assertThat(decision.allowed()).isTrue();
        assertThat(standing.state()).isIn(Standing.State.QUEUED, Standing.State.READY);
        assertThat(calls).hasSize(1);
    }

    private void callTheShop() {
        calls.add("the shop");
    }

    @Test
    void aTicketOfficeSellsInTurn() throws InterruptedException {
        ManualTime time = new ManualTime();
        try (TicketOffice office = new TicketOffice(LocalBackend.create(time), SECRET)) {
            Ticket ticket = office.come("ann");
            assertThat(office.buy("ann", "no pass")).isEqualTo("403, not inside");
            time.advance(ticket.standing().pollAfter());

            String pass = office.poll("ann", ticket.token());
            assertThat(office.poll("ann", ticket.token())).isEqualTo("inside, with the pass as before");
            assertThat(office.buy("bob", pass)).isEqualTo("403, not inside");
            assertThat(office.buy("ann", pass)).isEqualTo("an order of ann");
            assertThat(office.buy("ann", pass)).as("after leaving").isEqualTo("403, not inside");
            assertThat(office.poll("ann", ticket.token())).isEqualTo("expired, come again");
        }
    }

    @Test
    void aTicketOfficeTellsWhenToComeBack() throws InterruptedException {
        try (TicketOffice office = new TicketOffice(LocalBackend.create(new ManualTime()), SECRET)) {
            for (int call = 0; call < 10; call++) {
                assertThat(office.buy("ann", "no pass")).startsWith("403");
            }
            assertThat(office.buy("ann", "no pass")).isEqualTo("429, again in 100 ms");
            assertThat(office.poll("ann", "no ticket")).isEqualTo("INVALID_TOKEN, again in 0 ms");
        }
    }
}
