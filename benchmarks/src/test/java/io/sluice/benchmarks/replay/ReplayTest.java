package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real thing on a small scale: HTTP, gateways, client, reports. */
class ReplayTest {

    @Test
    void aFewUsersBuyThroughTwoGatewaysInProcessesOfTheirOwnWithOneRedis(@TempDir Path directory) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        String options = "--arm sluice-2 --backend redis --redis-timeout 10000 --processes --users 30 --ramp 3"
                + " --compress 10 --pods 2x4 --lag-bound 10000 --no-warm-up --out ";

        int exitCode = Replay.run(
                (options + directory).split(" "),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(out, true, StandardCharsets.UTF_8));

        assertThat(exitCode).as(out.toString(StandardCharsets.UTF_8)).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("all 30 users bought and had entered", "Redis used");
        assertThat(Files.readString(directory.resolve("replay.csv"))).contains(",redis,true,none");
        assertThat(ProcessHandle.current()
                        .descendants()
                        .map(child -> child.info().commandLine().orElse("")))
                .noneMatch(command -> command.contains("GatewayMain"));
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
}
