package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DatabasePoolTest {

    private final VirtualTimeline timeline = new VirtualTimeline();
    private final DatabasePool pool = new DatabasePool(2, timeline);
    private final List<String> done = new ArrayList<>();

    @Test
    void noMoreStatementsRunAtOnceThanThereAreConnections() {
        for (int i = 1; i <= 5; i++) {
            execute("s" + i, 10);
        }

        assertThat(pool.busy()).isEqualTo(2);
        assertThat(pool.longestQueue()).isEqualTo(3);
    }

    @Test
    void theOthersWaitInOrder() {
        execute("s1", 10);
        execute("s2", 30);
        execute("s3", 10);
        execute("s4", 10);

        timeline.advanceMillis(100);
        assertThat(done).containsExactly("s1 at 10", "s3 at 20", "s2 at 30", "s4 at 30");
        assertThat(pool.busy()).isZero();
    }

    private void execute(String name, long millis) {
        pool.execute(
                millis * Durations.NANOS_PER_MILLI, () -> done.add(name + " at " + timeline.nowNanos() / 1_000_000));
    }
}
