package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class LoadClientTest {

    @Test
    void aQuestionThatFailsIsAnsweredByItsFailure() {
        try (LoadClient client = new LoadClient(List.of("http://127.0.0.1:1"), 1, System.nanoTime(), new Failures())) {
            assertThatThrownBy(() -> client.ask(() -> {
                        throw new IllegalArgumentException("a bad question");
                    }))
                    .hasRootCauseMessage("a bad question");
        }
    }
}
