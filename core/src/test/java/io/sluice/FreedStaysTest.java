package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FreedStaysTest {

    private static final int EPOCH = -7;

    private final FreedStays freed = new FreedStays();

    @Test
    void stayIsKnownUntilItWouldHaveEnded() {
        freed.add(EPOCH, 1, 1_000);
        freed.dropDue(999);
        assertThat(freed.contains(EPOCH, 1)).isTrue();
        freed.dropDue(1_000);
        assertThat(freed.contains(EPOCH, 1)).isFalse();
    }

    @Test
    void onlyWhatIsDueIsDropped() {
        // The later a number, the sooner its end.
        for (long number = 1; number <= 100; number++) {
            freed.add(EPOCH, number, 1_000 - number);
        }
        freed.dropDue(950);
        for (long number = 1; number <= 100; number++) {
            assertThat(freed.contains(EPOCH, number)).isEqualTo(number < 50);
        }
    }

    @Test
    void numberOfAnotherEpochIsAnotherStay() {
        freed.add(EPOCH, 1, 1_000);
        assertThat(freed.contains(EPOCH + 1, 1)).isFalse();
        freed.add(EPOCH + 1, 1, 1_000);
        freed.dropDue(1_000);
        assertThat(freed.contains(EPOCH, 1)).isFalse();
        assertThat(freed.contains(EPOCH + 1, 1)).isFalse();
    }

    @Test
    void endThatWasNotedLastHolds() {
        freed.add(EPOCH, 1, 1_000);
        freed.add(EPOCH, 1, 3_000);
        freed.add(EPOCH, 2, 3_000);
        freed.add(EPOCH, 2, 1_000);
        freed.dropDue(2_000);
        assertThat(freed.contains(EPOCH, 1)).isTrue();
        assertThat(freed.contains(EPOCH, 2)).isFalse();
        freed.dropDue(3_000);
        assertThat(freed.contains(EPOCH, 1)).isFalse();
    }

    @Test
    void stayNotedAgainAfterItWasDroppedIsKnownAgainUntilTheNextDrop() {
        freed.add(EPOCH, 1, 1_000);
        freed.dropDue(1_000);
        freed.add(EPOCH, 1, 1_000);
        assertThat(freed.contains(EPOCH, 1)).isTrue();
        freed.dropDue(1_000);
        assertThat(freed.contains(EPOCH, 1)).isFalse();
    }
}
