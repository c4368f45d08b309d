package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SightingLogTest {

    private final SightingLog log = new SightingLog();

    private void pollReady(long number, int times) {
        for (int i = 0; i < times; i++) {
            log.ready(number);
        }
    }

    private Sightings drainAll() {
        return log.drain(Long.MAX_VALUE, 0, -1, List.of());
    }

    @Test
    void whoPollsOftenWhileReadyIsHandedInOnce() {
        pollReady(7, 10_000);
        assertThat(drainAll().ready()).containsExactly(7L);
    }

    @Test
    void whoPollsOnWhileNothingCanBeHandedInIsHandedInOnceAfterwards() {
        for (int refresh = 0; refresh < 100; refresh++) {
            pollReady(7, 100);
            log.restore(drainAll());
        }
        pollReady(8, 1);
        assertThat(drainAll().ready()).containsExactlyInAnyOrder(7L, 8L);
        assertThat(drainAll().ready()).isEmpty();
    }

    @Test
    void whoIsBeyondTheNumbersTakenOutIsInALaterDrain() {
        log.alive(3);
        log.alive(1_000_000);
        assertThat(log.drain(10, 0, -1, List.of()).alive().cardinality()).isEqualTo(1);
        Sightings later = drainAll();
        assertThat(later.firstNumber() + later.alive().nextSetBit(0)).isEqualTo(1_000_000);
    }
}
