package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PodTest {

    private static final long LOGIN_NANOS = Durations.millis(98);

    private final VirtualTimeline timeline = new VirtualTimeline();
    private final Pod pod = new Pod("pod-1", 0.4, timeline);
    private final List<String> answers = new ArrayList<>();

    @Test
    void aLoginHoldsThePodForItsCoreTimeDividedByTheShare() {
        accept("login", LOGIN_NANOS);

        timeline.advanceMillis(244);
        assertThat(answers).isEmpty();
        timeline.advanceMillis(1);
        assertThat(answers).containsExactly("login 201 at 245 ms");
    }

    @Test
    void requestsWaitForTheirTurnInTheOrderOfTheirArrival() {
        accept("first", LOGIN_NANOS);
        accept("second", LOGIN_NANOS);
        accept("poll", Durations.millis(0.4));

        assertThat(pod.backlogNanos()).isEqualTo(Durations.millis(491));
        timeline.advanceSeconds(1);
        assertThat(answers).containsExactly("first 201 at 245 ms", "second 201 at 490 ms", "poll 201 at 491 ms");
    }

    @Test
    void aPodThatWasIdleStartsAtOnce() {
        accept("first", LOGIN_NANOS);
        timeline.advanceSeconds(10);
        accept("second", LOGIN_NANOS);

        timeline.advanceSeconds(1);
        assertThat(answers).last().isEqualTo("second 201 at 10245 ms");
    }

    @Test
    void aRequestIsOutstandingUntilItIsAnsweredAndNotOnlyWhileItHoldsTheLoop() {
        List<java.util.function.Consumer<ShopReply>> atTheDatabase = new ArrayList<>();
        pod.accept(Durations.millis(0.4), reply -> answers.add("answered"), atTheDatabase::add);

        timeline.advanceSeconds(1);
        assertThat(pod.outstanding()).isEqualTo(1);
        atTheDatabase.get(0).accept(created());
        assertThat(pod.outstanding()).isZero();
        assertThat(answers).containsExactly("answered");
    }

    @Test
    void aKillAnswers502ToEverythingInsideAndEmptiesTheBacklog() {
        accept("first", LOGIN_NANOS);
        accept("second", LOGIN_NANOS);
        timeline.advanceMillis(100);

        pod.kill();

        assertThat(answers).containsExactly("first 502 at 100 ms", "second 502 at 100 ms");
        assertThat(pod.backlogNanos()).isZero();
        assertThat(pod.outstanding()).isZero();
        assertThat(pod.ready()).isFalse();
    }

    @Test
    void whatAKilledPodWasDoingIsNeverAnsweredAgainAfterTheRestart() {
        accept("lost", LOGIN_NANOS);
        pod.kill();
        pod.restart();
        accept("new", LOGIN_NANOS);

        timeline.advanceSeconds(1);
        assertThat(answers).containsExactly("lost 502 at 0 ms", "new 201 at 245 ms");
    }

    @Test
    void aPodThatIsDownTakesNothingIn() {
        pod.kill();

        assertThatThrownBy(() -> pod.takeTurn(1, () -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("pod-1 is down");
    }

    private void accept(String name, long coreNanos) {
        pod.accept(
                coreNanos,
                reply -> answers.add(name + " " + reply.status() + " at " + timeline.nowNanos() / 1_000_000 + " ms"),
                reply -> reply.accept(created()));
    }

    private static ShopReply created() {
        return ShopReply.of(201, Map.of());
    }
}
