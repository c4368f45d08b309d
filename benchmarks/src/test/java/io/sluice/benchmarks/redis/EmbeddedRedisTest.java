package io.sluice.benchmarks.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedRedisTest {

    private static final String NO_DIRECTORY = "/dev/null";

    @Test
    void whereTheEmbeddedRedisDoesNotRunTheOneOnThePathDoes(@TempDir Path directory) throws IOException {
        Path server = Files.createFile(directory.resolve("redis-server"));
        assertThat(server.toFile().setExecutable(true)).isTrue();

        assertThat(EmbeddedRedis.binary(null, EmbeddedRedisTest::none, NO_DIRECTORY + File.pathSeparator + directory))
                .isEqualTo(server.toString());
    }

    @Test
    void theOneThatIsNamedComesBeforeAllOthers(@TempDir Path directory) {
        assertThat(EmbeddedRedis.binary("/opt/redis-server", EmbeddedRedisTest::none, directory.toString()))
                .isEqualTo("/opt/redis-server");
    }

    @Test
    void whereThereIsNoneItSaysHowToGetOne(@TempDir Path directory) {
        assertThatThrownBy(() -> EmbeddedRedis.binary(null, EmbeddedRedisTest::none, directory.toString()))
                .hasMessageContaining("redis-server on the PATH")
                .hasMessageContaining("JAVA_TOOL_OPTIONS=-Dsluice.redis.server=");
    }

    private static File none() throws IOException {
        throw new IOException("no binary for this system");
    }
}
