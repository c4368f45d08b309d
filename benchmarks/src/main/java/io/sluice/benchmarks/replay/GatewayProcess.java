package io.sluice.benchmarks.replay;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** A gateway in its own JVM. Its log goes to standard error. */
final class GatewayProcess implements Gateway {

    private static final long START_TIMEOUT_SECONDS = 120;

    private final String name;
    private final Process process;
    private final CompletableFuture<String> uri = new CompletableFuture<>();

    private GatewayProcess(String name, Process process) {
        this.name = name;
        this.process = process;
        Thread reader = new Thread(this::readOutput, name + "-output");
        reader.setDaemon(true);
        reader.start();
    }

    /** Starts the process; {@link #uri} waits until it listens. */
    static GatewayProcess start(String name, Map<String, Object> properties) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                GatewayMain.class.getName(),
                "--" + NAME + "=" + name));
        properties.forEach((property, value) -> command.add("--" + property + "=" + value));
        try {
            return new GatewayProcess(
                    name, new ProcessBuilder(command).redirectErrorStream(true).start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String uri() {
        try {
            return uri.orTimeout(START_TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw new IllegalStateException(name + " does not start; what it said is above", e.getCause());
        }
    }

    @Override
    public long processCpuNanos() {
        return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }

    private void readOutput() {
        try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith(GatewayMain.LISTENS_AT)) {
                    uri.complete(line.substring(GatewayMain.LISTENS_AT.length()));
                } else {
                    System.err.println(name + ": " + line);
                }
            }
            uri.completeExceptionally(new IOException("the process ended"));
        } catch (IOException e) {
            uri.completeExceptionally(e);
        }
    }
}
