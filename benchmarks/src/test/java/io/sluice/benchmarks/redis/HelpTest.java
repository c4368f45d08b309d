package io.sluice.benchmarks.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class HelpTest {

    @Test
    void helpTellsTheOptionsAndEndsWithCode0() {
        assertThat(help(RedisLimiterBenchmark.commandLine())).contains("exactness", "--contenders");
        assertThat(help(RoomBenchmark.commandLine())).contains("liveness", "--polling");
    }

    private static String help(CommandLine command) {
        StringWriter out = new StringWriter();
        assertThat(command.setOut(new PrintWriter(out)).execute("--help")).isZero();
        return out.toString();
    }
}
