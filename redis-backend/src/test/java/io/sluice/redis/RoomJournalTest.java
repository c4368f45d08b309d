package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What a gateway remembers of those who join, in a long outage too. */
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

    @Test
    void thoseWhoJoinedLastAreRememberedWithTheirNumbers() {
        LongStream.rangeClosed(1, MOST + 50_000).forEach(visitor -> journal.joined(visitor, visitor, 0));
        assertThat(LongStream.rangeClosed(50_001, MOST + 50_000))
                .allMatch(visitor -> journal.numberOf(visitor) != null);
        assertThat(journal.numberOf(50_000)).isNull();
    }

    @Test
    void whoJoinsAgainIsAmongTheLast() {
        LongStream.rangeClosed(1, MOST).forEach(visitor -> journal.joined(visitor, visitor, 0));
        journal.joined(1, 1, 0);
        journal.joined(MOST + 1, MOST + 1, 0);
        assertThat(journal.numberOf(1)).isEqualTo(1);
        assertThat(journal.numberOf(2)).isNull();
    }
}
