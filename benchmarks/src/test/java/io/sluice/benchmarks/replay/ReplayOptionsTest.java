package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplayOptionsTest {

    @Test
    void byDefaultAllFourArmsRunOnTheReproducedPodsFourTimesFaster() {
        ReplayOptions options = read();

        assertThat(options.plans())
                .extracting(plan -> plan.arm().letter() + " " + plan.gateways() + " " + plan.pods())
                .containsExactly("a 2 2x0.4", "b2 2 2x0.4", "b3 3 2x0.4", "c 3 2x0.4");
        assertThat(options.settings().users()).isEqualTo(1_000);
        assertThat(options.settings().rampNanos()).isEqualTo(Durations.seconds(120));
        assertThat(options.settings().compression()).isEqualTo(4);
        assertThat(options.settings().deployment()).isEqualTo(Deployment.DEFAULT);
        assertThat(options.settings().affinity()).isEqualTo(Affinity.USER);
    }

    @Test
    void theBackendCanBeRedisInProcessesOfTheirOwnAndBeKilled() {
        assertThat(read("--backend", "redis", "--processes", "--chaos", "kill-redis")
                        .settings()
                        .deployment())
                .isEqualTo(new Deployment(
                        Deployment.Backend.REDIS, Optional.empty(), 50, true, Deployment.Chaos.KILL_REDIS));
        assertThat(read("--backend", "redis", "--redis-uri", "redis://shop:6379")
                        .settings()
                        .deployment()
                        .redisUri())
                .contains("redis://shop:6379");
    }

    @Test
    void warmingUpKillsNoRedis() {
        ReplaySettings settings =
                read("--backend", "redis", "--chaos", "kill-redis").settings();

        assertThat(settings.deployment().killsRedis()).isTrue();
        assertThat(settings.forWarmUp().deployment().killsRedis()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "--chaos kill-redis, --chaos kill-redis needs --backend redis",
        "--backend redis --redis-uri redis://shop --chaos kill-redis, kills the replay's own Redis only",
        "--redis-uri redis://shop, --redis-uri needs --backend redis",
        "--processes, --processes needs --backend redis"
    })
    void optionsThatDoNotFitTogetherAreRefusedWithTheReason(String options, String reason) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        int exitCode = Replay.run(options.split(" "), silent(), new PrintStream(err, true, StandardCharsets.UTF_8));

        assertThat(exitCode).isEqualTo(64);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(reason);
    }

    @Test
    void fullRunsAllArmsOnBothPodShapesAtTheReportsPace() {
        ReplayOptions options = read("--full");

        assertThat(options.plans()).hasSize(8);
        assertThat(options.plans()).extracting(plan -> plan.pods().toString()).contains("2x0.4", "3x0.25");
        assertThat(options.settings().compression()).isEqualTo(1);
    }

    @Test
    void armsCanBeRepeatedOrSeparatedByCommasAndGivenByNameOrLetter() {
        assertThat(read("--arm", "unprotected,b3", "--arm=c").plans())
                .extracting(ArmPlan::arm)
                .containsExactly(Arm.UNPROTECTED, Arm.SLUICE_3, Arm.HOSTILE);
    }

    @Test
    void gatewaysAndPodsReplaceThoseOfTheArms() {
        assertThat(read("--arm", "a", "--gateways", "5", "--pods", "4x1").plans())
                .containsExactly(new ArmPlan(Arm.UNPROTECTED, new PodShape(4, 1), 5, 1));
    }

    @Test
    void requestsOfAUserCanGoToOneGatewayAfterTheOther() {
        Affinity none = read("--affinity", "none").settings().affinity();

        assertThat(IntStream.range(0, 4).map(request -> none.gateway(7, request)))
                .containsExactly(7, 8, 9, 10);
        assertThat(IntStream.range(0, 4).map(request -> Affinity.USER.gateway(7, request)))
                .containsOnly(7);
    }

    @Test
    void guardsGetTheBoundsThatSuitThePodsUnlessTheyAreGiven() {
        PodShape pods = new PodShape(3, 0.25);

        assertThat(read().settings().bounds(pods)).isEqualTo(new GuardBounds(5, 12));
        assertThat(read("--logins", "6", "--calls", "36").settings().bounds(pods))
                .isEqualTo(new GuardBounds(6, 36));
    }

    @ParameterizedTest
    @CsvSource({
        "--userz, 10",
        "--users, 0",
        "--users, many",
        "--ramp, -1",
        "--compress, 0.5",
        "--compress, NaN",
        "--gateways, 17",
        "--pods, 2",
        "--pods, 0x1",
        "--arm, d",
        "--seed, x",
        "--seeds, 0",
        "--capacity, 0",
        "--logins, 0",
        "--calls, 1.5",
        "--call-ms, 2",
        "--lag-bound, 0",
        "--affinity, cookie",
        "--backend, oracle",
        "--chaos, monkey",
        "--backend=redis --redis-uri, http://shop"
    })
    void aBadOptionIsNamedAndEndsWithCode64(String option, String value) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        int exitCode = Replay.run(
                (option + " " + value).split(" "), silent(), new PrintStream(err, true, StandardCharsets.UTF_8));

        assertThat(exitCode).isEqualTo(64);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .contains(option.substring(option.lastIndexOf(' ') + 1))
                .contains("--help");
    }

    @Test
    void helpTellsTheOptionsAndTheExitCodes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        int exitCode =
                Replay.run(new String[] {"--help"}, new PrintStream(out, true, StandardCharsets.UTF_8), silent());

        assertThat(exitCode).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("--arm", "--compress", "Exit codes", "64");
    }

    private static ReplayOptions read(String... args) {
        return ReplayOptions.read(ReplayOptions.commandLine(), args);
    }

    private static PrintStream silent() {
        return new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    }
}
