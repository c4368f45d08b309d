package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PacingTest {

    private final Pacing pacing = new Pacing(Duration.ofSeconds(60));

    @ParameterizedTest
    @CsvSource({"PT0S, PT0.5S", "PT2S, PT0.5S", "PT20S, PT5S", "PT60S, PT15S", "P1D, PT15S"})
    void pauseIsAQuarterOfTheWaitWithinBounds(Duration wait, Duration pause) {
        assertThat(pacing.pollAfter(wait)).isBetween(pause.multipliedBy(9).dividedBy(10), pause);
    }

    @Test
    void pausesAreSpreadSoThatACrowdDoesNotPollInStep() {
        assertThat(Stream.generate(pacing::pollSoon).limit(100).distinct()).hasSizeGreaterThan(50);
    }
}
