package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TimeSeriesTest {

    @Test
    void requestsCountAsStartedWhenTheyStartAndAsAnsweredWhenTheyEnd() {
        Sample slow = new Sample(0, Step.LOGIN, Durations.seconds(0.5), Durations.seconds(2.5), 503, false);
        Sample fast = new Sample(1, Step.LOGIN, Durations.seconds(2.1), Durations.seconds(2.2), 201, true);

        List<TimeSeries.Slice> series = TimeSeries.of(List.of(slow, fast), Durations.seconds(1));

        assertThat(series).hasSize(3);
        assertThat(series.get(0).started()).isEqualTo(1);
        assertThat(series.get(0).answered()).isZero();
        assertThat(series.get(1)).isEqualTo(new TimeSeries.Slice(Durations.seconds(1), 0, 0, 0, 0, 0, 0, 0));
        assertThat(series.get(2).errorRate()).isEqualTo(0.5);
        assertThat(series.get(2).medianNanos()).isEqualTo(Durations.millis(100));
        assertThat(series.get(2).maxNanos()).isEqualTo(Durations.seconds(2));
    }

    @Test
    void nothingGivesAnEmptySeries() {
        assertThat(TimeSeries.of(List.of(), Durations.seconds(1))).isEmpty();
    }
}
