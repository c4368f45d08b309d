package io.sluice.benchmarks.redis;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import redis.embedded.RedisExecProvider;

/**
 * A separate Redis process, on loopback and a free port, that keeps nothing on disk. Its binary is that of the system
 * property {@code sluice.redis.server}, or else the embedded one, or else {@code redis-server} on the PATH. It ends
 * with the JVM at the latest.
 */
public final class EmbeddedRedis implements AutoCloseable {

    private static final long START_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);

    /**
     * Below the ports that systems give to outgoing connections. Such a connection could take the port of a Redis
     * that is down for a moment; even the very connection that looks for it could.
     */
    private static final int LOWEST_PORT = 20_000;

    private static final int HIGHEST_PORT = 32_000;

    private final int port;
    private final Path directory;
    private final List<String> command;
    private final Thread killAtExit = new Thread(this::end, "redis-kill");
    private Process process;
    private Duration cpuBefore = Duration.ZERO;
    private boolean closed;

    /** Starts Redis and waits until it listens. */
    public EmbeddedRedis() {
        try {
            port = freePort();
            directory = Files.createTempDirectory("sluice-benchmark");
            directory.toFile().deleteOnExit();
            command = List.of(
                    binary(
                            System.getProperty("sluice.redis.server"),
                            () -> RedisExecProvider.defaultProvider().get(),
                            System.getenv().getOrDefault("PATH", "")),
                    "--port",
                    Integer.toString(port),
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--dir",
                    directory.toString());
            process = launch();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(killAtExit);
    }

    private static int freePort() throws IOException {
        while (true) {
            int candidate = ThreadLocalRandom.current().nextInt(LOWEST_PORT, HIGHEST_PORT);
            try (ServerSocket socket = new ServerSocket(candidate, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (BindException taken) {
                // Then try another port.
            }
        }
    }

    /** Finds the binary as {@code RedisServer} does, which the tests of the other modules use. */
    static String binary(@Nullable String property, Callable<File> embedded, String searchPath) {
        if (property != null) {
            return property;
        }
        return runnable(embedded)
                .or(() -> Stream.of(searchPath.split(File.pathSeparator))
                        .map(entry -> Path.of(entry, "redis-server"))
                        .filter(Files::isExecutable)
                        .findFirst()
                        .map(Path::toString))
                .orElseThrow(
                        () -> new IllegalStateException(
                                "No Redis: the embedded one does not run here. Put a"
                                        + " redis-server on the PATH, or give its path: JAVA_TOOL_OPTIONS=-Dsluice.redis.server=/path/to/redis-server"));
    }

    private static Optional<String> runnable(Callable<File> embedded) {
        try {
            String path = embedded.call().getPath();
            boolean runs = new ProcessBuilder(path, "--version").start().waitFor() == 0;
            return runs ? Optional.of(path) : Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (Exception doesNotRunHere) {
            return Optional.empty();
        }
    }

    private Process launch() throws IOException {
        Process started = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectErrorStream(true)
                .start();
        long startNanos = System.nanoTime();
        while (!listens()) {
            if (!started.isAlive() || System.nanoTime() - startNanos > START_TIMEOUT_NANOS) {
                started.destroyForcibly();
                throw new IOException("Redis does not start: " + String.join(" ", command));
            }
            sleep();
        }
        return started;
    }

    private boolean listens() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }

    private static void sleep() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while Redis started", e);
        }
    }

    public String uri() {
        return "redis://127.0.0.1:" + port;
    }

    /** CPU time of this Redis, including the killed ones. */
    public synchronized Duration cpu() {
        return cpuBefore.plus(process.info().totalCpuDuration().orElse(Duration.ZERO));
    }

    /** Ends the process by SIGKILL; everything in it is lost. */
    public synchronized void kill() {
        cpuBefore = cpu();
        destroy();
    }

    /** Starts an empty Redis on the port of the killed one, unless closed. */
    public synchronized void restart() {
        try {
            if (!closed) {
                process = launch();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void destroy() {
        process.destroyForcibly().onExit().join();
    }

    private synchronized void end() {
        closed = true;
        destroy();
    }

    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(killAtExit);
        } catch (IllegalStateException endingAlready) {
            // The hook has nothing left to do.
        }
    }
}
