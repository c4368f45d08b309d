package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ArmResultTest {

    @Test
    void theJourneyHas18RequestsOfWhich10ArePolls() {
        assertThat(Step.JOURNEY).hasSize(18);
        assertThat(Step.JOURNEY).filteredOn(step -> step == Step.STATUS).hasSize(10);
    }

    @Test
    void withoutErrorsEverybodyFinishesAndBuysAndHadEntered() {
        ArmResult result = Results.of(Arm.SLUICE_2, 3, Results.journeys(3, sample -> false));

        assertThat(result.requests()).isEqualTo(54);
        assertThat(result.errorRate()).isZero();
        assertThat(result.finished()).isEqualTo(3);
        assertThat(result.buyers()).isEqualTo(3);
        assertThat(result.enteredFirst()).isEqualTo(3);
        assertThat(result.statusFailures()).isEmpty();
    }

    @Test
    void aBuyerWhoNeverEnteredIsNotOneWhoEnteredFirst() {
        ArmResult result = Results.of(
                Arm.UNPROTECTED,
                3,
                Results.journeys(
                        3,
                        sample -> (sample.user() == 0 && sample.step() == Step.ENTER)
                                || (sample.user() == 1 && sample.step() == Step.CALLBACK)));

        assertThat(result.buyers()).isEqualTo(2);
        assertThat(result.entered()).isEqualTo(2);
        assertThat(result.enteredFirst()).isEqualTo(1);
        assertThat(result.finished()).isEqualTo(1);
        assertThat(result.ok(Step.CALLBACK)).isEqualTo(2);
    }

    @Test
    void whoeverEntersWhenAnotherSendsTheCallbackIsNotInsideWithThem() {
        List<Sample> samples = List.of(
                sample(0, Step.ENTER, 0, 1),
                sample(1, Step.ENTER, 0, 3),
                sample(0, Step.CALLBACK, 4, 5),
                sample(2, Step.ENTER, 0, 4),
                sample(1, Step.CALLBACK, 6, 9),
                sample(2, Step.CALLBACK, 8, 9));

        assertThat(Results.of(Arm.SLUICE_2, 3, samples).insideAtOnce()).isEqualTo(2);
    }

    @Test
    void whoeverDidNotEnterIsNotInside() {
        List<Sample> samples = Results.journeys(3, sample -> sample.user() == 1 && sample.step() == Step.ENTER);

        assertThat(Results.of(Arm.SLUICE_2, 3, samples).insideAtOnce()).isEqualTo(2);
    }

    @Test
    void failedPollsAreCountedByStatus() {
        ArmResult result = Results.of(
                Arm.UNPROTECTED, 2, Results.journeys(2, sample -> sample.user() == 0 && sample.step() == Step.STATUS));

        assertThat(result.statusFailures()).containsOnlyKeys(503).containsEntry(503, 10L);
        assertThat(result.ok(Step.STATUS)).isEqualTo(10);
        assertThat(result.errorRate()).isCloseTo(10 / 36.0, Offset.offset(1e-9));
    }

    @Test
    void phasesAreQuartersOfTheRunByTheTimeOfTheAnswer() {
        List<Sample> samples = List.of(
                sample(0, 1, true),
                sample(1, 2, false),
                sample(3, 3.9, false),
                sample(4, 4, true),
                sample(5, 7.9, true),
                sample(7, 8, false));

        assertThat(Results.of(Arm.UNPROTECTED, 1, samples).errorRateByPhase()).containsExactly(0, 1, 0, 0.5);
    }

    @Test
    void theRunLastsFromTheFirstRequestToTheLastAnswer() {
        ArmResult result = Results.of(Arm.UNPROTECTED, 1, List.of(sample(2, 3, true), sample(4, 12, true)));

        assertThat(result.durationNanos()).isEqualTo(Durations.seconds(10));
        assertThat(result.requestsPerSecond()).isCloseTo(0.2, Offset.offset(1e-9));
        assertThat(result.meanLatencyNanos()).isEqualTo(Durations.seconds(4.5));
        assertThat(result.latencyNanos(0.5)).isEqualTo(Durations.seconds(1));
        assertThat(result.latencyNanos(0.99)).isEqualTo(Durations.seconds(8));
    }

    private static Sample sample(int user, Step step, double startSeconds, double endSeconds) {
        return new Sample(
                user,
                step,
                Durations.seconds(startSeconds),
                Durations.seconds(endSeconds),
                step.assertedStatus(),
                true);
    }

    private static Sample sample(double startSeconds, double endSeconds, boolean ok) {
        return new Sample(
                0, Step.LOGIN, Durations.seconds(startSeconds), Durations.seconds(endSeconds), ok ? 201 : 503, ok);
    }
}
