package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class PhysicsTest {

    private static final ShopModel MODEL = ShopModel.withCallMillis(0.4, 500);

    @Test
    void theLastLoginWaitsForWhatThePodsCouldNotDoDuringTheRamp() {
        // 1,000 × 98 ms on 0.8 core are 122.5 s; 5 other calls of 0.4 ms each make it 125 s.
        Physics physics = Physics.of(new PodShape(2, 0.4), MODEL, 1_000, Durations.seconds(120), 0);

        assertThat(seconds(physics.loginsAloneNanos())).isCloseTo(2.5, Offset.offset(0.001));
        assertThat(seconds(physics.withAllCallsNanos())).isCloseTo(5.0, Offset.offset(0.001));
    }

    @Test
    void hostileCallsThatAreLetThroughTakeTheirPartOfThePods() {
        // 200 calls a second of 0.4 ms take 0.08 core: 100 s of work on 0.72 core.
        Physics physics = Physics.of(new PodShape(2, 0.4), MODEL, 1_000, Durations.seconds(120), 200);

        assertThat(seconds(physics.withAllCallsNanos())).isCloseTo(100 / 0.72 - 120, Offset.offset(0.001));
    }

    @Test
    void onPodsThatAreFastEnoughNobodyWaits() {
        assertThat(Physics.of(new PodShape(2, 0.5), MODEL, 1_000, Durations.seconds(120), 0)
                        .loginsAloneNanos())
                .isZero();
    }

    private static double seconds(long nanos) {
        return Durations.toSeconds(nanos);
    }
}
