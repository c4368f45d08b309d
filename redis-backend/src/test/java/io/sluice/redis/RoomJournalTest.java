package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a gateway remembers of those who join in a long outage. */
class RoomJournalTest {

    private static final int MOST = 100_000;

    private final RoomJournal journal = new RoomJournal();

    @Test
    void thoseBeyondABoundAreNotRememberedButHaveTheirTime() {
        for (long visitor = 1; visitor <= MOST; visitor++) {
            assertThat(journal.joinedWithoutNumber(visitor, 1_000)).isEqualTo(999 + visitor);
        }
        assertThat(journal.joinedWithoutNumber(MOST + 1, 1_000))
                .as("behind all")
                .isEqualTo(1_000 + MOST);
        journal.joinedLater(MOST + 2, 2_000_000);
        assertThat(journal.unnumbered(0)).hasSize(MOST);
        assertThat(journal.joinedWithoutNumber(1, 3_000_000)).as("remembered").isEqualTo(1_000);
    }
}
