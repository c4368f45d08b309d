package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BalancerTest {

    private final VirtualTimeline timeline = new VirtualTimeline();
    private final Pod first = new Pod("pod-1", 1, timeline);
    private final Pod second = new Pod("pod-2", 1, timeline);
    private final Balancer balancer = new Balancer(List.of(first, second));

    @Test
    void thePodWithTheFewestRequestsOutstandingIsPicked() {
        occupy(first, 2);
        occupy(second, 1);

        assertThat(balancer.pick()).contains(second);
        assertThat(balancer.pick()).contains(second);
    }

    @Test
    void equalPodsTakeTurns() {
        Map<Pod, Integer> picks = new HashMap<>();
        for (int i = 0; i < 10; i++) {
            picks.merge(balancer.pick().orElseThrow(), 1, Integer::sum);
        }

        assertThat(picks).containsEntry(first, 5).containsEntry(second, 5);
    }

    @Test
    void aPodThatIsNotReadyIsNotPickedHoweverIdle() {
        occupy(first, 5);
        second.ready(false);

        assertThat(balancer.pick()).contains(first);
    }

    @Test
    void withNoPodReadyNoneIsPicked() {
        first.ready(false);
        second.kill();

        assertThat(balancer.pick()).isEmpty();
    }

    private static void occupy(Pod pod, int requests) {
        for (int i = 0; i < requests; i++) {
            pod.accept(Durations.seconds(1), reply -> {}, reply -> {});
        }
    }
}
