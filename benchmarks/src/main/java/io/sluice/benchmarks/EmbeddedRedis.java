package io.sluice.benchmarks;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import redis.embedded.RedisExecProvider;

/** A Redis process for a benchmark, on loopback and a free port, that keeps nothing on disk. */
final class EmbeddedRedis implements AutoCloseable {

    private static final long START_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final int port;
    private final Process process;

    EmbeddedRedis() throws IOException, InterruptedException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Path directory = Files.createTempDirectory("sluice-benchmark");
        directory.toFile().deleteOnExit();
        String binary = System.getProperty("sluice.redis.server");
        process = new ProcessBuilder(
                        binary != null
                                ? binary
                                : RedisExecProvider.defaultProvider().get().getPath(),
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        "127.0.0.1",
                        "--save",
                        "",
                        "--dir",
                        directory.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectErrorStream(true)
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        awaitPort();
    }

    private void awaitPort() throws IOException, InterruptedException {
        long startNanos = System.nanoTime();
        while (true) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return;
            } catch (ConnectException e) {
                if (!process.isAlive() || System.nanoTime() - startNanos > START_TIMEOUT_NANOS) {
                    throw e;
                }
                Thread.sleep(10);
            }
        }
    }

    String uri() {
        return "redis://127.0.0.1:" + port;
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
