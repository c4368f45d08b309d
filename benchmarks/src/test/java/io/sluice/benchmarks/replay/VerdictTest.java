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
    void moreUsersInsideThanTheRoomHasPlacesAreTooMany() {
        List<Sample> threeAtOnce = Results.journeys(3, sample -> false);

        assertThat(Verdict.on(List.of(Results.withCapacity(3, 3, threeAtOnce))).exitCode())
                .isZero();
        Verdict verdict = Verdict.on(List.of(Results.withCapacity(2, 3, threeAtOnce)));
        assertThat(verdict.exitCode()).isEqualTo(1);
        assertThat(verdict.lines()).singleElement().asString().contains("at least 3 users were inside", "of 2 places");
    }

    @Test
    void aHostileUserMayBeGrantedBurstPlusRateTimesWindowAndNoMore() {
        assertThat(hostile(Map.of(201, 130L, 429, 470L), 130).exitCode()).isZero();
        assertThat(hostile(Map.of(201, 131L, 429, 469L), 131).exitCode()).isEqualTo(1);
    }

    @Test
    void whatTheGuardRefusedTheLimitHadGranted() {
        Verdict verdict = hostile(Map.of(201, 130L, 503, 100L, 429, 370L), 130);

        assertThat(verdict.exitCode()).isEqualTo(1);
        assertThat(verdict.lines()).singleElement().asString().contains("most 230", "bound is 130");
    }

    @Test
    void whatWasNeverAnsweredCountsOnlyIfItReachedTheShop() {
        Map<Integer, Long> answers = Map.of(201, 100L, Answer.TIMED_OUT, 250L, Answer.BROKEN, 250L);

        assertThat(hostile(answers, 130).exitCode()).isZero();
        assertThat(hostile(answers, 131).exitCode()).isEqualTo(1);
    }

    @Test
    void onRedisTheVerdictSaysThatSlowDecisionsMayHaveAdded() {
        HostileFigures.User user = new HostileFigures.User(600, Map.of(201, 600L), 600, Durations.seconds(12));
        HostileFigures figures = new HostileFigures(List.of(user), new LimitBound(5, 0));
        ArmResult result = Results.onKilledRedis(
                Results.of(Arm.HOSTILE, 1, Results.journeys(1, sample -> false), 0, Optional.of(figures)));

        assertThat(Verdict.on(List.of(result)).lines())
                .singleElement()
                .asString()
                .contains("most 600", "bound is 170", "not made within 50 ms", "--redis-timeout");
    }

    @Test
    void aKilledRedisGivesAHostileUserABurstOfEachGatewayAndOneOfTheEmptyRedis() {
        Deployment killed =
                new Deployment(Deployment.Backend.REDIS, Optional.empty(), 50, true, Deployment.Chaos.KILL_REDIS);
        LimitBound bound = LimitBound.of(killed, 3, 4);

        assertThat(bound.bursts()).isEqualTo(5);
        // The gateways come back to Redis at most 2 s apart, which is 8 s of the test.
        assertThat(bound.permitsIn(Durations.seconds(12))).isEqualTo(5 * 10 + 10 * (12 + 8));
        assertThat(bound.toString()).startsWith("5 × burst + rate × (T + 8.0 s)");
        assertThat(LimitBound.of(killed.withoutChaos(), 3, 4).permitsIn(Durations.seconds(12)))
                .isEqualTo(130);
    }

    private static Verdict hostile(Map<Integer, Long> answersByStatus, long reachedShop) {
        HostileFigures.User user = new HostileFigures.User(600, answersByStatus, reachedShop, Durations.seconds(12));
        HostileFigures figures = new HostileFigures(List.of(user), new LimitBound(1, 0));
        return Verdict.on(
                List.of(Results.of(Arm.HOSTILE, 1, Results.journeys(1, sample -> false), 0, Optional.of(figures))));
    }
}
