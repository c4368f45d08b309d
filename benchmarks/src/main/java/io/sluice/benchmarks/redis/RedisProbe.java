package io.sluice.benchmarks.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Asks a Redis, over a connection of its own, what it has done. */
final class RedisProbe implements AutoCloseable {

    private static final Pattern CALLS = Pattern.compile("cmdstat_([a-z|]+):calls=(\\d+)");
    private static final Pattern CPU = Pattern.compile("used_cpu_(?:user|sys):([0-9.]+)");
    private static final Pattern MEMORY = Pattern.compile("used_memory:(\\d+)");
    private static final Pattern ALLOCATOR = Pattern.compile("mem_allocator:(\\S+)");

    /** The commands that the probe itself calls, and those that clients call when they connect. */
    private static final Pattern OWN = Pattern.compile("config.*|info|client.*|hello|ping|script.*");

    private final RedisClient client;
    private final RedisCommands<String, String> redis;
    private double startCpuSeconds;
    private long startNanos;

    /**
     * What Redis has done since the probe was {@linkplain RedisProbe#start started}.
     *
     * @param calls how often each command was called, by clients and inside scripts
     */
    record Work(double seconds, double cpuSeconds, Map<String, Long> calls) {

        /** Returns the number of script calls, each of which a client sent. */
        long scripts() {
            return calls("eval") + calls("evalsha");
        }

        /** Returns the number of all commands, including those inside scripts and the script calls themselves. */
        long commands() {
            return calls.values().stream().mapToLong(Long::longValue).sum();
        }

        long calls(String command) {
            return calls.getOrDefault(command, 0L);
        }
    }

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
        Map<String, Long> calls = new HashMap<>();
        Matcher matcher = CALLS.matcher(redis.info("commandstats"));
        while (matcher.find()) {
            String command = matcher.group(1);
            if (!OWN.matcher(command).matches()) {
                calls.put(command, Long.parseLong(matcher.group(2)));
            }
        }
        return new Work(seconds, cpuSeconds, calls);
    }

    long usedMemory() {
        return Long.parseLong(memory(MEMORY));
    }

    /** Returns the allocator of Redis: jemalloc as usual, or something that rounds up more. */
    String allocator() {
        return memory(ALLOCATOR);
    }

    private String memory(Pattern pattern) {
        Matcher matcher = pattern.matcher(redis.info("memory"));
        if (!matcher.find()) {
            throw new IllegalStateException("INFO memory does not tell " + pattern);
        }
        return matcher.group(1);
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
