package io.sluice.benchmarks;

import io.sluice.benchmarks.LimiterContender.Decider;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * Measures the heap that each contender of {@link LimiterBenchmark} needs per key when 1,000,000 keys are in debt at
 * once, and how many of them it forgot. The keys themselves do not count.
 *
 * <pre>{@code
 * mvn -q -Pjmh -pl benchmarks -am -DskipTests package -Djmh.main=io.sluice.benchmarks.LimiterFootprint
 * }</pre>
 */
public final class LimiterFootprint {

    private static final int KEYS = 1_000_000;

    private LimiterFootprint() {}

    public static void main(String[] arguments) {
        String[] keys = new String[KEYS];
        for (int i = 0; i < KEYS; i++) {
            keys[i] = "caller-%029d".formatted(i);
        }
        System.out.printf("%-32s %14s %10s%n", "contender", "bytes per key", "forgotten");
        for (LimiterContender contender : LimiterContender.values()) {
            if (contender != LimiterContender.KEYLESS_FLOOR) {
                measure(contender, keys);
            }
        }
    }

    private static void measure(LimiterContender contender, String[] keys) {
        long before = usedBytes();
        Decider decider = contender.create(1, Duration.ofDays(1), KEYS);
        for (String key : keys) {
            decider.tryAcquire(key);
        }
        long bytes = usedBytes() - before;
        int forgotten = 0;
        for (String key : keys) {
            if (decider.tryAcquire(key)) {
                forgotten++;
            }
        }
        System.out.printf("%-32s %14.1f %10d%n", contender, (double) bytes / KEYS, forgotten);
    }

    private static long usedBytes() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
