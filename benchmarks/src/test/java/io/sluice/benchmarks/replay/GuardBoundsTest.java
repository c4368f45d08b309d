package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GuardBoundsTest {

    private static final ShopModel MODEL = ShopModel.withCallMillis(0.4, 500);

    @Test
    void podThatAnswersItsProbesInTimeHasOneLoginRunningAndOneWaiting() {
        assertThat(GuardBounds.of(new PodShape(2, 0.4), MODEL)).isEqualTo(new GuardBounds(4, 24));
    }

    @Test
    void slowerPodsGetNoMoreLoginsThanFillTwoThirdsOfAProbesTimeout() {
        assertThat(GuardBounds.of(new PodShape(3, 0.25), MODEL)).isEqualTo(new GuardBounds(5, 12));
    }

    @Test
    void smallestShopStillGetsOneOfEach() {
        assertThat(GuardBounds.of(new PodShape(1, 0.01), MODEL)).isEqualTo(new GuardBounds(1, 4));
    }
}
