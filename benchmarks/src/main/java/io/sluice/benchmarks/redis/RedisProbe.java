package io.sluice.benchmarks.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks a Redis, over a connection of its own, what it has done. */
final class RedisProbe implements AutoCloseable {

    private static final Pattern CALLS = Pattern.compile("cmdstat_([a-z|]+):calls=(\\d+)");
    private static final Pattern CPU = Pattern.compile("used_cpu_(?:user|sys):([0-9.]+)");
    private static final Pattern MEMORY = Pattern.compile("used_memory:(\\d+)");

    /** What the probe itself calls, and what clients call when they connect. */
    private static final Pattern OWN = Pattern.compile("config.*|info|client.*|hello|ping|script.*");

    private final RedisClient client;
    private final RedisCommands<String, String> redis;
    private double startCpuSeconds;
    private long startNanos;

    /**
     * What Redis has done since the probe was {@linkplain RedisProbe#start started}.
     *
     * @param scripts script calls, each of which a client sent
     * @param commands all commands, those inside scripts and the script calls themselves included
     */
    record Work(double seconds, double cpuSeconds, long scripts, long commands) {}

    RedisProbe(String uri) {
        client = RedisClient.create(uri);
        redis = client.connect().sync();
    }

    RedisCommands<String, String> redis() {
        return redis;
    }

    void start() {
        redis.configResetstat();
        startCpuSeconds = cpuSeconds();
        startNanos = System.nanoTime();
    }

    Work work() {
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        double cpuSeconds = cpuSeconds() - startCpuSeconds;
        long scripts = 0;
        long commands = 0;
        Matcher matcher = CALLS.matcher(redis.info("commandstats"));
        while (matcher.find()) {
            String command = matcher.group(1);
            long calls = Long.parseLong(matcher.group(2));
            scripts += command.startsWith("eval") ? calls : 0;
            commands += OWN.matcher(command).matches() ? 0 : calls;
        }
        return new Work(seconds, cpuSeconds, scripts, commands);
    }

    long usedMemory() {
        Matcher matcher = MEMORY.matcher(redis.info("memory"));
        if (!matcher.find()) {
            throw new IllegalStateException("INFO memory does not tell used_memory");
        }
        return Long.parseLong(matcher.group(1));
    }

    private double cpuSeconds() {
        double seconds = 0;
        Matcher matcher = CPU.matcher(redis.info("cpu"));
        while (matcher.find()) {
            seconds += Double.parseDouble(matcher.group(1));
        }
        return seconds;
    }

    @Override
    public void close() {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
    }
}
