package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class PercentilesTest {

    @Test
    void aPercentileIsTheValueAtTheNearestRank() {
        long[] values = Percentiles.sorted(LongStream.rangeClosed(1, 200).map(value -> 201 - value));

        assertThat(Percentiles.of(values, 0.5)).isEqualTo(100);
        assertThat(Percentiles.of(values, 0.99)).isEqualTo(198);
        assertThat(Percentiles.of(values, 1)).isEqualTo(200);
        assertThat(Percentiles.of(values, 0)).isEqualTo(1);
    }

    @Test
    void ofOneValueEveryPercentileIsThatValue() {
        assertThat(Percentiles.of(new long[] {7}, 0.01)).isEqualTo(7);
        assertThat(Percentiles.of(new long[] {7}, 0.99)).isEqualTo(7);
    }

    @Test
    void ofNothingItIsZero() {
        assertThat(Percentiles.of(new long[0], 0.99)).isZero();
    }
}
