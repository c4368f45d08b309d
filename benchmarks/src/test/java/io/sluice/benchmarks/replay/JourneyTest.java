package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** A user whose client is late with everything that it has planned. */
class JourneyTest {

    private static final long LATE_NANOS = Durations.millis(500);
    private static final long ANSWER_NANOS = Durations.millis(10);
    private static final long RAMP_START_NANOS = Durations.seconds(1);

    private final LateTimeline timeline = new LateTimeline();
    private final SchedulingLag lag = new SchedulingLag(timeline);
    private final Recorder recorder = new Recorder();
    private boolean finished;

    private static final class LateTimeline implements Timeline {

        private final Deque<Runnable> tasks = new ArrayDeque<>();
        private long nowNanos;

        @Override
        public long nowNanos() {
            return nowNanos;
        }

        @Override
        public void schedule(long delayNanos, Runnable task) {
            long atNanos = nowNanos + delayNanos + LATE_NANOS;
            tasks.add(() -> {
                nowNanos = atNanos;
                task.run();
            });
        }
    }

    private Mono<Answer> answer() {
        return Mono.fromSupplier(() -> {
            timeline.nowNanos += ANSWER_NANOS;
            return new Answer(201, "{}");
        });
    }

    private void walk() {
        Journey journey = new Journey(
                0, (user, request, call) -> answer(), RAMP_START_NANOS, lag, recorder, () -> finished = true);
        lag.schedule(RAMP_START_NANOS, journey::begin);
        while (!timeline.tasks.isEmpty()) {
            timeline.tasks.remove().run();
        }
    }

    @Test
    void whatWasDueAtAPlannedTimeCountsFromThen() {
        walk();

        assertThat(finished).isTrue();
        assertThat(recorder.samples()).hasSameSizeAs(Step.JOURNEY);
        assertThat(recorder.samples().get(0).startNanos()).as("the ramp").isZero();
        assertThat(recorder.samples())
                .filteredOn(sample -> sample.step() == Step.LOGIN || sample.step() == Step.STATUS)
                .hasSize(11)
                .allMatch(sample -> sample.latencyNanos() == LATE_NANOS + ANSWER_NANOS);
    }

    @Test
    void whatFollowsAnAnswerCountsFromTheAnswer() {
        walk();

        assertThat(recorder.samples())
                .filteredOn(sample -> sample.step() != Step.LOGIN && sample.step() != Step.STATUS)
                .hasSize(7)
                .allMatch(sample -> sample.latencyNanos() == ANSWER_NANOS);
    }

    @Test
    void theLagIsThatOfThePlan() {
        walk();

        assertThat(lag.summary()).isEqualTo(new SchedulingLag.Summary(LATE_NANOS, LATE_NANOS));
    }
}
