package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class VerdictTest {

    @Test
    void aProtectedArmWithoutErrorsKeepsItsPromise() {
        Verdict verdict = Verdict.on(List.of(Results.of(Arm.SLUICE_2, 2, Results.journeys(2, sample -> false))));

        assertThat(verdict.exitCode()).isZero();
    }

    @Test
    void oneErrorInAProtectedArmIsTooMany() {
        Verdict verdict = Verdict.on(List.of(Results.of(
                Arm.SLUICE_2, 2, Results.journeys(2, sample -> sample.user() == 1 && sample.step() == Step.ENTER))));

        assertThat(verdict.exitCode()).isEqualTo(1);
        assertThat(verdict.lines())
                .anyMatch(line -> line.contains("1 errors of 36"))
                .anyMatch(line -> line.contains("1 of 2 users entered"));
    }

    @Test
    void theUnprotectedArmMayFail() {
        Verdict verdict = Verdict.on(List.of(Results.of(Arm.UNPROTECTED, 2, Results.journeys(2, sample -> true))));

        assertThat(verdict.exitCode()).isZero();
        assertThat(verdict.lines()).singleElement().asString().contains("collapses");
    }

    @Test
    void aClientThatLagsIsToldBeforeAnythingElse() {
        Verdict verdict = Verdict.on(List.of(
                Results.of(Arm.SLUICE_2, 1, Results.journeys(1, sample -> true)),
                Results.of(Arm.SLUICE_3, 1, Results.journeys(1, sample -> false), 401, Optional.empty())));

        assertThat(verdict.exitCode()).isEqualTo(2);
        assertThat(verdict.lines().get(0))
                .contains("lagged 401 ms (p99; bound 400 ms, 100 ms in real time)", "do not count", "--compress 2");
    }

    @Test
    void theLagIsComparedInTheTimeOfTheTest() {
        assertThat(Verdict.on(List.of(Results.of(
                                Arm.SLUICE_3, 1, Results.journeys(1, sample -> false), 400, Optional.empty())))
                        .exitCode())
                .isZero();
    }

    @Test
    void aHostileUserMayGetBurstPlusRateTimesWindowThroughAndNoMore() {
        assertThat(hostile(130).exitCode()).isZero();
        assertThat(hostile(131).exitCode()).isEqualTo(1);
    }

    private static Verdict hostile(long letThrough) {
        HostileFigures.User user = new HostileFigures.User(600, letThrough, Durations.seconds(12));
        HostileFigures figures = new HostileFigures(List.of(user), Map.of(429, 600 - letThrough));
        return Verdict.on(
                List.of(Results.of(Arm.HOSTILE, 1, Results.journeys(1, sample -> false), 0, Optional.of(figures))));
    }
}
