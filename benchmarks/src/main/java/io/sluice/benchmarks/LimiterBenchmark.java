package io.sluice.benchmarks;

import io.sluice.benchmarks.LimiterContender.Decider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the time of one local decision, for keys of 36 characters as requests bring them: each call has its own
 * string, whose characters were just read and whose hash code nobody has computed yet. The keys are random, so
 * finding the record in memory is part of the decision; finding the key is not.
 *
 * <pre>{@code
 * mvn -q -Pjmh -pl benchmarks -am -DskipTests package -Djmh.args="LimiterBenchmark -t 1"
 * mvn -q -Pjmh -pl benchmarks -am -DskipTests package -Djmh.args="LimiterBenchmark.admitted -t 2"
 * }</pre>
 *
 * Quote ratios within one run: the nanoseconds are the machine's. {@link LimiterFootprint} reports the memory.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgs = {"-Xms4g", "-Xmx4g", "-XX:+AlwaysPreTouch", "-XX:+UseG1GC"})
public class LimiterBenchmark {

    /** The contenders and the keys. */
    @State(Scope.Benchmark)
    public abstract static class Callers {

        @Param
        public LimiterContender contender = LimiterContender.SLUICE;

        String[] keys = {};
        Decider decider = key -> false;

        void create(long permits, Duration period, int keyCount, int maxKeys) {
            SplittableRandom random = new SplittableRandom(1);
            keys = new String[keyCount];
            for (int i = 0; i < keyCount; i++) {
                keys[i] = new UUID(random.nextLong(), random.nextLong()).toString();
            }
            decider = contender.create(permits, period, maxKeys);
        }

        /** In another order than that of the measurement, so that no contender's records lie in the latter. */
        void takeOneEach() {
            List<String> shuffled = new ArrayList<>(keys.length);
            for (String key : keys) {
                // A request never brings the very instance that a map holds.
                shuffled.add(new String(key.toCharArray()));
            }
            Collections.shuffle(shuffled, new Random(2));
            shuffled.forEach(decider::tryAcquire);
        }
    }

    /** Callers far below their limit, all of them known. */
    public static class Admitted extends Callers {

        @Param({"10000", "1000000"})
        public int keyCount;

        @Setup
        public void fill() {
            create(1_000_000, Duration.ofSeconds(1), keyCount, keyCount);
            takeOneEach();
        }
    }

    /** Callers at their limit. */
    public static class Denied extends Callers {

        @Param({"10000", "1000000"})
        public int keyCount;

        @Setup
        public void exhaust() {
            create(1, Duration.ofDays(1), keyCount, keyCount);
            takeOneEach();
        }
    }

    /** An attacker who never uses a key twice: 40 times as many keys as there is room for, each left in debt. */
    public static class AlwaysNew extends Callers {

        @Setup
        public void prepare() {
            create(10, Duration.ofMinutes(1), 4_000_000, 100_000);
        }
    }

    /** A million requests of one thread, made anew before each measurement. */
    @State(Scope.Thread)
    public abstract static class Requests {

        static final int COUNT = 1_000_000;

        private final String[] keys = new String[COUNT];
        /** Far from where another thread begins: two threads side by side would meet at each caller. */
        private int next = new SplittableRandom(Thread.currentThread().getId()).nextInt(Integer.MAX_VALUE);

        void arrive(String[] callers) {
            next %= callers.length;
            for (int i = 0; i < COUNT; i++) {
                // Shares the characters. Nobody has asked for the hash code of the original, so the copy has none.
                keys[i] = new String(callers[next]);
                next = next + 1 < callers.length ? next + 1 : 0;
            }
        }

        int admittedBy(Decider decider) {
            int admitted = 0;
            for (String key : keys) {
                if (decider.tryAcquire(key)) {
                    admitted++;
                }
            }
            return admitted;
        }
    }

    /** The requests of {@link Admitted}. */
    public static class AdmittedRequests extends Requests {
        @Setup(Level.Invocation)
        public void arrive(Admitted callers) {
            arrive(callers.keys);
        }
    }

    /** The requests of {@link Denied}. */
    public static class DeniedRequests extends Requests {
        @Setup(Level.Invocation)
        public void arrive(Denied callers) {
            arrive(callers.keys);
        }
    }

    /** The requests of {@link AlwaysNew}. */
    public static class AlwaysNewRequests extends Requests {
        @Setup(Level.Invocation)
        public void arrive(AlwaysNew callers) {
            arrive(callers.keys);
        }
    }

    @Benchmark
    @OperationsPerInvocation(Requests.COUNT)
    public int admitted(Admitted callers, AdmittedRequests requests) {
        return requests.admittedBy(callers.decider);
    }

    @Benchmark
    @OperationsPerInvocation(Requests.COUNT)
    public int denied(Denied callers, DeniedRequests requests) {
        return requests.admittedBy(callers.decider);
    }

    @Benchmark
    @OperationsPerInvocation(Requests.COUNT)
    public int alwaysNew(AlwaysNew callers, AlwaysNewRequests requests) {
        return requests.admittedBy(callers.decider);
    }
}
