package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProberTest {

    private final VirtualTimeline timeline = new VirtualTimeline();
    private final Pod pod = new Pod("pod-1", 1, timeline);
    private final List<String> events = new ArrayList<>();
    private int probesMissed;

    @BeforeEach
    void probeFromTheVeryStart() {
        ShopModel model = ShopModel.withCallMillis(0.4, 500);
        new Prober(pod, model, timeline, this::note).start(0);
    }

    private void note(PodEvent event) {
        if (event.kind() == PodEvent.Kind.PROBE_MISSED) {
            probesMissed++;
        } else {
            events.add(event.kind() + " at " + event.atNanos() / Durations.NANOS_PER_SECOND);
        }
    }

    @Test
    void aPodThatAnswersStaysReady() {
        timeline.advanceSeconds(300);

        assertThat(events).isEmpty();
        assertThat(pod.ready()).isTrue();
    }

    @Test
    void aBacklogOfLessThanTheTimeoutFailsNoProbe() {
        for (int second = 0; second < 120; second++) {
            hold(900);
            timeline.advanceSeconds(1);
        }

        assertThat(probesMissed).isZero();
        assertThat(events).isEmpty();
    }

    @Test
    void threeMissedReadinessProbesTakeAPodOutAndOneThatSucceedsPutsItBack() {
        hold(25_000);

        timeline.advanceSeconds(22);
        assertThat(events).containsExactly("UNREADY at 21");
        timeline.advanceSeconds(9);
        assertThat(events).containsExactly("UNREADY at 21", "READY at 30");
        assertThat(pod.ready()).isTrue();
    }

    @Test
    void twoMissedProbesInARowAreForgivenByOneThatSucceeds() {
        hold(15_000);
        timeline.advanceSeconds(25);
        hold(20_000);
        timeline.advanceSeconds(60);

        assertThat(probesMissed).isPositive();
        assertThat(events).isEmpty();
    }

    @Test
    void threeMissedLivenessProbesKillThePodWhichIsReadyAgainAfterRestartAndTheNextReadinessProbe() {
        List<Integer> statuses = new ArrayList<>();
        hold(100_000);
        pod.accept(1, reply -> statuses.add(reply.status()), reply -> reply.accept(ShopReply.of(200, Map.of())));

        timeline.advanceSeconds(45);
        assertThat(statuses).containsExactly(502);
        assertThat(pod.living()).isFalse();
        timeline.advanceSeconds(30);
        assertThat(events).containsExactly("UNREADY at 21", "KILLED at 41", "RESTARTED at 49", "READY at 50");
    }

    @Test
    void aProbeOfTheProcessThatWasKilledSaysNothingAboutTheNewOne() {
        hold(100_000);
        timeline.advanceSeconds(41);
        assertThat(pod.living()).isFalse();

        timeline.advanceSeconds(120);
        assertThat(events).endsWith("READY at 50");
        assertThat(pod.living()).isTrue();
    }

    private void hold(long millis) {
        pod.takeTurn(millis * Durations.NANOS_PER_MILLI, () -> {});
    }
}
