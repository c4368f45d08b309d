package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import io.sluice.benchmarks.redis.EmbeddedRedis;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real thing on a small scale: HTTP, gateways, client, reports. */
class ReplayTest {

    @Test
    void aFewUsersBuyThroughTwoGatewaysWithOneRedis(@TempDir Path directory) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String options = "--arm sluice-2 --backend redis --redis-timeout 10000 --users 30 --ramp 3 --compress 10"
                + " --pods 2x4 --lag-bound 10000 --no-warm-up --out ";

        int exitCode = Replay.run(
                (options + directory).split(" "),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(out, true, StandardCharsets.UTF_8));

        assertThat(exitCode).as(out.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("all 30 users bought and had entered", "Redis used");
        assertThat(Files.readString(directory.resolve("replay.csv"))).contains(",redis,false,none");
    }

    @Test
    void aReplayThatFailsItselfDoesNotSayThatAnArmBrokeItsPromise() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        int exitCode = Replay.run(
                "--arm sluice-2 --backend redis --redis-uri redis://127.0.0.1:1 --users 1 --no-warm-up".split(" "),
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));

        assertThat(exitCode).isEqualTo(3);
        assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("The replay failed: ");
    }

    /**
     * The room must be back before the last poll of whoever joins when Redis is killed: 8 s of real time later, of
     * which the outage takes 2 s. Those who came first are to enter during the outage.
     */
    @Test
    void everybodyBuysThroughGatewayProcessesWhoseRedisIsKilledAndComesBackEmpty() throws InterruptedException {
        String options = "--arm sluice-2 --backend redis --redis-timeout 10000 --processes --chaos kill-redis"
                + " --users 40 --ramp 36 --compress 2.5 --pods 2x4";

        try (ArmRun run = run(options)) {
            ArmResult result = run.play();

            assertThat(errors(result)).isEmpty();
            assertThat(result.buyers()).isEqualTo(40);
            assertThat(result.enteredFirst()).isEqualTo(40);
            RedisFigures.Outage outage =
                    result.redis().flatMap(RedisFigures::outage).orElseThrow();
            assertThat(result.samples())
                    .anyMatch(sample -> result.rampStartNanos() + sample.endNanos() < outage.killedNanos())
                    .anyMatch(sample -> result.rampStartNanos() + sample.startNanos() > outage.backNanos());
            assertThat(keysIn(run.redis().orElseThrow()))
                    .as("what the gateways have in the Redis that was empty")
                    .isPositive();
            assertThat(programs())
                    .filteredOn(program -> program.endsWith("java"))
                    .hasSize(2);
        }
        assertThat(programs()).noneMatch(program -> program.endsWith("java") || program.contains("redis"));
    }

    @Test
    void aRedisThatCannotBeKilledFailsTheReplayAndNotTheArm() {
        ReplayOptions read = ReplayOptions.read(
                ReplayOptions.commandLine(), "--arm sluice-2 --users 5 --ramp 2 --compress 5 --pods 2x4".split(" "));
        try (EmbeddedRedis somebodys = new EmbeddedRedis();
                ArmRun run = run(read, killing(somebodys, read.settings()))) {
            assertThatThrownBy(run::play)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("A Redis of the caller's is left alone");
        }
    }

    @Test
    void anArmThatEndsBeforeRedisIsKilledHasNoFigures() {
        try (EmbeddedRedis somebodys = new EmbeddedRedis();
                RedisStore store =
                        RedisStore.open(killing(somebodys, Results.settings(1)).deployment());
                RedisWatch watch = new RedisWatch(store, 1, System.nanoTime(), new Failures())) {
            watch.killAt(Durations.seconds(3_600));

            assertThatThrownBy(watch::figures).hasMessageContaining("had finished before Redis was killed");
        }
    }

    @Test
    void hostileUsersGetNoMoreThanTheirLimitAndHarmNobody() throws InterruptedException {
        String options = "--arm hostile --users 20 --ramp 2 --compress 4 --pods 2x4 --hostile 2 --hostile-rate 20";

        try (ArmRun run = run(options)) {
            ArmResult result = run.play();

            assertThat(errors(result)).isEmpty();
            assertThat(result.enteredFirst()).isEqualTo(20);
            HostileFigures hostile = result.hostile().orElseThrow();
            assertThat(hostile.users())
                    .hasSize(2)
                    .allSatisfy(user -> assertThat(user.granted()).isBetween(1L, hostile.boundOf(user)));
            assertThat(hostile.answersByStatus()).containsKey(429);
        }
    }

    @Test
    void whatAFullRoomRefusesCountsAsGrantedByTheLimit() throws InterruptedException {
        String options = "--arm hostile --users 1 --ramp 1 --compress 4 --pods 2x4 --hostile 4 --hostile-rate 20";

        try (ArmRun run = run(options + " --capacity 1")) {
            HostileFigures hostile = run.play().hostile().orElseThrow();
            assertThat(hostile.answersByStatus()).containsKey(503);
            assertThat(hostile.users())
                    .allSatisfy(user -> assertThat(user.granted()).isGreaterThan(hostile.boundOf(user) / 2));
        }
    }

    @Test
    void moreHostileUsersThanTheLoginGuardHoldsAtOnceLogIn() throws InterruptedException {
        String options = "--arm hostile --users 1 --ramp 1 --compress 10 --pods 1x0.8 --hostile 300 --hostile-rate 0.1";

        try (ArmRun run = run(options)) {
            assertThat(run.play().hostile().orElseThrow().users()).hasSize(300);
        }
    }

    @Test
    void aFewUsersBuyFromAnUnprotectedShopThatHasPodsEnough(@TempDir Path directory) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String options = "--arm unprotected --users 10 --ramp 2 --compress 10 --pods 2x4"
                + " --gateways 1 --no-warm-up --lag-bound 10000 --out ";

        int exitCode = Replay.run(
                (options + directory).split(" "),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(out, true, StandardCharsets.UTF_8));

        assertThat(exitCode).as(out.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("0.00 % errors: it did not collapse");
        assertThat(directory.resolve("index.html")).isNotEmptyFile();
        assertThat(directory.resolve("replay.csv")).isNotEmptyFile();
    }

    /** The run of an arm by itself: no verdict, so it counts however late the client is on a busy machine. */
    private static ArmRun run(String options) {
        ReplayOptions read = ReplayOptions.read(ReplayOptions.commandLine(), options.split(" "));
        return run(read, read.settings());
    }

    private static ArmRun run(ReplayOptions options, ReplaySettings settings) {
        return new ArmRun(options.plans().get(0), settings, false, new Progress(System.out));
    }

    /** Lets a run kill a Redis that is not its own, which the options forbid, and which fails. */
    private static ReplaySettings killing(EmbeddedRedis redis, ReplaySettings settings) {
        return Results.on(
                new Deployment(
                        Deployment.Backend.REDIS, Optional.of(redis.uri()), 10_000, false, Deployment.Chaos.KILL_REDIS),
                settings);
    }

    private static List<Sample> errors(ArmResult result) {
        return result.samples().stream().filter(sample -> !sample.ok()).toList();
    }

    private static long keysIn(RedisStore redis) {
        RedisClient client = RedisClient.create(redis.uri());
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            return connection.sync().dbsize();
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        }
    }

    /**
     * Returns the programs of all processes that run below this JVM. Of a command line as long as a gateway's Java shows
     * too little to find the main class in it.
     */
    private static List<String> programs() {
        return ProcessHandle.current()
                .descendants()
                .map(process -> process.info().command().orElse(""))
                .toList();
    }
}
