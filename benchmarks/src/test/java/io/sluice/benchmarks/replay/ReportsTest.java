package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReportsTest {

    private final ArmResult failed =
            Results.of(Arm.UNPROTECTED, 2, Results.journeys(2, sample -> sample.step() == Step.STATUS));
    private final ArmResult clean = Results.of(Arm.SLUICE_3, 2, Results.journeys(2, sample -> false));
    private final ReplayReport report = new ReplayReport(
            List.of(failed, clean),
            List.of("seed 1: <55 %>"),
            List.of("a model"),
            Conditions.of(Results.settings(2), List.of(failed.plan(), clean.plan())),
            Verdict.on(List.of(failed, clean)));

    @Test
    void eachRowStandsBesideTheReportsOwnFigures() {
        assertThat(Row.ERRORS.report2()).isEqualTo("61.73 %");
        assertThat(Row.ERRORS.report3()).isEqualTo("71.81 %");
        assertThat(Row.ERRORS.of(failed)).isEqualTo("55.56 %");
        assertThat(Row.STATUS_503.report3()).isEqualTo("5,620");
        assertThat(Row.STATUS_503.of(failed)).isEqualTo("20");
        assertThat(Row.BUYERS.report2()).isEqualTo("–");
        assertThat(Row.DURATION.of(failed)).isEqualTo("0 min 18 s");
    }

    @Test
    void theReportsFailedPollsAddUpToWhatItsPollsMiss() {
        int failedPolls =
                List.of(Row.STATUS_503, Row.STATUS_404, Row.STATUS_504, Row.STATUS_502, Row.STATUS_TIMEOUT).stream()
                        .mapToInt(row -> Integer.parseInt(row.report2().replace(",", "")))
                        .sum();

        assertThat(failedPolls).isEqualTo(10_000 - 2_601);
    }

    @Test
    void physicsIsToldForProtectedArmsOnly() {
        assertThat(Row.PHYSICS.of(clean)).isEqualTo("2.5");
        assertThat(Row.PHYSICS.of(failed)).isEqualTo("–");
    }

    @Test
    void theConsoleShowsEveryRowAndTheVerdict() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ConsoleReport.print(report, new PrintStream(out, true, StandardCharsets.UTF_8));

        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains(java.util.Arrays.stream(Row.values()).map(Row::label).toArray(String[]::new))
                .contains("it collapses", "seed 1");
    }

    @Test
    void thePageNeedsNeitherNetworkNorScript() {
        String page = HtmlReport.text(report);

        assertThat(page).doesNotContain("http:", "https:", "<script", "@import", "url(");
        assertThat(page).contains("<svg", "&lt;55 %&gt;", "one local backend in one JVM", "4 times faster");
    }

    @Test
    void theCsvHasALineForEachArmAndSecond() {
        List<String> lines = CsvReport.text(report.results()).lines().toList();

        assertThat(lines.get(0))
                .isEqualTo("arm,pods,gateways,seed,second,started,answered,errors,mean_ms,p50_ms,p99_ms,max_ms,"
                        + "backend,processes,chaos");
        assertThat(lines).hasSize(1 + 2 * 19);
        assertThat(lines.get(2)).isEqualTo("unprotected,2x0.4,2,1,1,2,2,0,1000.0,1000.0,1000.0,1000.0,none,false,none");
        assertThat(lines.get(21)).endsWith(",local,false,none");
    }

    @Test
    void allReportsTellTheBackendAndTheChaos() {
        ArmResult killed = Results.onKilledRedis(clean);
        ReplayReport onRedis = new ReplayReport(
                List.of(killed),
                List.of(),
                List.of("a model"),
                Conditions.of(killed.settings(), List.of(killed.plan())),
                Verdict.on(List.of(killed)));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ConsoleReport.print(onRedis, new PrintStream(out, true, StandardCharsets.UTF_8));

        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("Redis used 1.5 CPU seconds; it was killed at 60.0 s, and an empty one listened at 65.0 s.");
        assertThat(HtmlReport.text(onRedis))
                .contains("Redis used 1.5 CPU seconds", "Redis killed", "one Redis on loopback", "Chaos: ")
                .doesNotContain("local backend");
        assertThat(CsvReport.text(List.of(killed)).lines().skip(1))
                .allMatch(line -> line.endsWith(",redis,true,kill-redis"));
    }

    @Test
    void theConditionsTellOfHostileUsersOnlyWhereTheyCome() {
        ArmPlan hostile = new ArmPlan(Arm.HOSTILE, new PodShape(2, 0.4), 3, 1);

        assertThat(report.conditions()).noneMatch(line -> line.contains("hostile"));
        assertThat(Conditions.of(Results.settings(2), List.of(clean.plan(), hostile)))
                .anyMatch(line -> line.startsWith("Arm c: 20 hostile users"));
    }

    @Test
    void onRedisEachGatewayHasAtLeastOneCallOfAGuard() {
        List<ArmPlan> sixGateways = List.of(new ArmPlan(Arm.SLUICE_2, new PodShape(2, 0.4), 6, 1));

        assertThat(Conditions.of(Results.onKilledRedis(clean).settings(), sixGateways))
                .anyMatch(line -> line.contains("at most 6 logins and 24 other calls"));
        assertThat(Conditions.of(Results.settings(2), sixGateways))
                .anyMatch(line -> line.contains("at most 4 logins and 24 other calls"));
    }

    @Test
    void theMedianOfTheSeedsIsARunThatHappened() {
        ArmResult worst = Results.of(Arm.UNPROTECTED, 2, Results.journeys(2, sample -> true));

        assertThat(new SeedSpread(List.of(worst, clean, failed)).median()).isSameAs(failed);
        assertThat(new SeedSpread(List.of(worst, failed)).median()).isSameAs(failed);
    }
}
