package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CallAheadTest {

    private static final long SECOND_MICROS = 1_000_000;
    private static final int FREED_PER_SECOND = 20;

    private final CallAhead callAhead = new CallAhead(0);
    private long nowMicros;

    private int calledAheadAfterDelaysOf(long delayMicros) {
        for (int second = 0; second < 60; second++) {
            nowMicros += SECOND_MICROS;
            for (int i = 0; i < FREED_PER_SECOND; i++) {
                callAhead.placeFreed(nowMicros);
                callAhead.answered(nowMicros);
                callAhead.came(delayMicros, nowMicros);
            }
        }
        return callAhead.missingClaims(nowMicros, 0, 0, 0, 1);
    }

    @Test
    void slowerVisitorsAreCalledFurtherAhead() {
        int soon = calledAheadAfterDelaysOf(SECOND_MICROS);
        // 20 a second are expected while one is on the way, and twice the root of that.
        assertThat(soon).isBetween(25, 32);
        assertThat(calledAheadAfterDelaysOf(2 * SECOND_MICROS)).isGreaterThan(soon);
    }

    @Test
    void visitorsKeptAwayByAnOutageAreNotTakenForSlowOnes() {
        // As if they had taken 4 s: 82 places are freed meanwhile, and twice the root of that more may be.
        assertThat(calledAheadAfterDelaysOf(30 * SECOND_MICROS)).isLessThan(110);
    }
}
