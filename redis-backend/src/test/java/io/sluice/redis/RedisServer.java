package io.sluice.redis;

import io.lettuce.core.FlushMode;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.RestoreArgs;
import io.lettuce.core.api.StatefulRedisConnection;
import io.sluice.TimeSource;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import redis.embedded.RedisExecProvider;

/**
 * A Redis process of a test's own, on loopback and a free port, in a directory of its own. It is the binary of the system
 * property {@code sluice.redis.server}, or else the embedded one, or else {@code redis-server} on the PATH.
 */
public final class RedisServer implements AutoCloseable {

    private static final Duration START_TIMEOUT = Duration.ofMinutes(1);

    private final Path directory;
    private final int port;
    private final List<String> command;
    private int tlsPort;
    private Process process;

    private RedisServer(Path directory, int port, List<String> options) {
        this.directory = directory;
        this.port = port;
        this.command = new ArrayList<>(List.of(binary()));
        command.addAll(options);
        this.process = launch();
    }

    /** Starts a server that keeps nothing on disk. */
    public static RedisServer start(String... options) {
        try {
            Path directory = Files.createTempDirectory("sluice-redis");
            int port = freePort();
            List<String> all = new ArrayList<>(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
            all.addAll(List.of("--save", "", "--appendonly", "no", "--dir", directory.toString()));
            all.addAll(List.of(options));
            return new RedisServer(directory, port, all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a server that also speaks TLS, at {@link #tlsUri}. */
    static RedisServer startTls(Certificate certificate) {
        try {
            int port = freePort();
            RedisServer server = start(
                    "--tls-port", Integer.toString(port),
                    "--tls-cert-file", certificate.certificate().toString(),
                    "--tls-key-file", certificate.key().toString(),
                    "--tls-ca-cert-file", certificate.certificate().toString(),
                    "--tls-auth-clients", "no");
            server.tlsPort = port;
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a Sentinel that alone decides on the failover of a master, under the name that the examples use. */
    static RedisServer startSentinel(RedisServer master) {
        try {
            Path directory = Files.createTempDirectory("sluice-sentinel");
            int port = freePort();
            Path configuration = directory.resolve("sentinel.conf");
            Files.writeString(configuration, """
                    port %d
                    bind 127.0.0.1
                    dir %s
                    sentinel monitor mymaster 127.0.0.1 %d 1
                    sentinel down-after-milliseconds mymaster 500
                    sentinel failover-timeout mymaster 2000
                    """.formatted(port, directory, master.port));
            return new RedisServer(directory, port, List.of(configuration.toString(), "--sentinel"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            // A cluster's bus uses the port 10,000 above.
            return socket.getLocalPort() <= 55_000 ? socket.getLocalPort() : freePort();
        }
    }

    private Process launch() {
        try {
            Process started = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
            process = started;
            awaitAnswer();
            return started;
        } catch (ConditionTimeoutException e) {
            kill();
            throw e;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void awaitAnswer() {
        Awaitility.await("Redis on port " + port)
                .atMost(START_TIMEOUT)
                .pollInterval(Duration.ofMillis(5))
                .ignoreExceptions()
                .until(() -> run(redis -> redis.sync().ping().equals("PONG")));
    }

    private static String binary() {
        String property = System.getProperty("sluice.redis.server");
        if (property != null) {
            return property;
        }
        File embedded = embedded();
        if (embedded != null) {
            return embedded.getPath();
        }
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(entry -> Path.of(entry, "redis-server"))
                .filter(Files::isExecutable)
                .findFirst()
                .map(Path::toString)
                .orElseThrow(
                        () -> new IllegalStateException("These tests need a Redis server, and the embedded one does"
                                + " not run here. Install redis-server (apt-get install redis-server, brew install redis), or"
                                + " give its path: mvn -Dsluice.redis.server=/path/to/redis-server"));
    }

    private static @Nullable File embedded() {
        try {
            File file = RedisExecProvider.defaultProvider().get();
            return new ProcessBuilder(file.getPath(), "--version").start().waitFor() == 0 ? file : null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        } catch (IOException | RuntimeException e) {
            return null;
        }
    }

    public String uri() {
        return "redis://127.0.0.1:" + port;
    }

    String tlsUri() {
        return "rediss://127.0.0.1:" + tlsPort;
    }

    public int port() {
        return port;
    }

    /** Connects a gateway that goes by a controlled time, and waits for Redis however busy this machine is. */
    RedisBackend gateway(TimeSource time) {
        return RedisBackend.builder()
                .uri(uri())
                .controlledTime(time)
                .decisionTimeout(Duration.ofSeconds(10))
                .build();
    }

    /** Connects a gateway whose decisions wait so long for Redis. */
    RedisBackend gateway(Duration decisionTimeout) {
        return RedisBackend.builder()
                .uri(uri())
                .decisionTimeout(decisionTimeout)
                .build();
    }

    /** Runs commands on a connection of their own. */
    <T> T run(Function<StatefulRedisConnection<String, String>, T> commands) {
        RedisURI uri = RedisURI.create(uri());
        uri.setTimeout(Duration.ofSeconds(30));
        RedisClient client = RedisClient.create(uri);
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            return commands.apply(connection);
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        }
    }

    /** Returns all that it holds, for {@link #goBackTo}. */
    Map<String, byte[]> state() {
        return stateOf("*");
    }

    /** Returns all that it holds of a room, for {@link #goBackTo}. */
    Map<String, byte[]> state(String room) {
        return stateOf("sluice:{room:" + room + "}:*");
    }

    private Map<String, byte[]> stateOf(String keys) {
        return run(redis -> redis.sync().keys(keys).stream()
                .collect(Collectors.toMap(key -> key, key -> redis.sync().dump(key))));
    }

    /** Lets it hold what it held before, as after a failover that has lost the last writes. */
    void goBackTo(Map<String, byte[]> state) {
        run(redis -> {
            // In one transaction: between them a gateway's timer may write.
            redis.sync().multi();
            redis.sync().flushall(FlushMode.SYNC);
            state.forEach((key, value) -> redis.sync().restore(key, value, RestoreArgs.Builder.ttl(0)));
            return redis.sync().exec();
        });
    }

    /** Returns how often clients and scripts have called a command. */
    long calls(String command) {
        String statistics = run(redis -> redis.sync().info("commandstats"));
        String line = "cmdstat_" + command + ":calls=";
        int at = statistics.indexOf(line);
        return at < 0
                ? 0
                : Long.parseLong(statistics.substring(at + line.length(), statistics.indexOf(',', at + line.length())));
    }

    /** Stops the process in the middle of whatever it does; it keeps its memory and its connections. */
    public void freeze() {
        signal("STOP");
    }

    public void thaw() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            int status = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IllegalStateException("kill -" + name + " answered " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Ends the process by SIGKILL. */
    public void kill() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Redis does not end: process " + process.pid());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Starts an empty server where the killed one was. */
    public void restart() {
        process = launch();
    }

    @Override
    public void close() {
        kill();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
