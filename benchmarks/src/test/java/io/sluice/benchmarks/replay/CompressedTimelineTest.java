package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class CompressedTimelineTest {

    @Test
    void whatATaskThrowsIsNotLost() throws InterruptedException {
        ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
        Failures failures = new Failures();
        Timeline timeline = new CompressedTimeline(thread, 4, System.nanoTime(), failures);

        timeline.schedule(0, () -> {});
        assertThatCode(failures::check).doesNotThrowAnyException();
        timeline.schedule(0, () -> {
            throw new IllegalArgumentException("a bad model");
        });
        timeline.schedule(0, () -> {
            throw new IllegalArgumentException("a consequence");
        });
        thread.shutdown();
        thread.awaitTermination(1, TimeUnit.MINUTES);

        assertThatThrownBy(failures::check).hasMessageContaining("a bad model");
    }
}
