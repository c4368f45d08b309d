package io.sluice.benchmarks.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.sluice.benchmarks.redis.RedisContender.Decider;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Decisions through one connection to one Redis, which this benchmark starts: so many in flight, each followed by the
 * next as soon as it is answered. 100,000 callers, nearly always admitted. The rivals run with and without Netty's
 * FlushConsolidationHandler, which helps them and would hurt Sluice.
 *
 * <pre>{@code
 * mvn -q -Pjmh -pl benchmarks -am -DskipTests package -Djmh.main=io.sluice.benchmarks.redis.RedisLimiterBenchmark
 * mvn -q -Pjmh -pl benchmarks -am -DskipTests package -Djmh.main=io.sluice.benchmarks.redis.RedisLimiterBenchmark -Djmh.args=hot
 * }</pre>
 *
 * With the argument {@code hot}, one key for all, always admitted. Client and server share the machine, so quote ratios within one run.
 * Columns: decisions a second; time of a decision; CPU of Redis and of this process per decision; script calls per
 * decision; all commands per decision, those inside scripts included.
 */
public final class RedisLimiterBenchmark {

    private static final int CALLERS = 100_000;
    private static final int ROUNDS = 3;
    private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final int[] IN_FLIGHT = {1, 16, 256};
    private static final Pattern CALLS = Pattern.compile("cmdstat_([a-z|]+):calls=(\\d+)");
    private static final Pattern CPU = Pattern.compile("used_cpu_(?:user|sys):([0-9.]+)");

    private RedisLimiterBenchmark() {}

    public static void main(String[] arguments) throws InterruptedException {
        boolean hot = arguments.length > 0 && arguments[0].equals("hot");
        String[] keys = keys(hot ? 1 : CALLERS);
        int permits = hot ? 1_000_000 : 10;
        System.out.printf(
                "%-15s %-13s %9s %11s %8s %8s %9s %10s %9s %9s%n",
                "contender",
                "flushes",
                "in flight",
                "per second",
                "p50 µs",
                "p99 µs",
                "Redis µs",
                "client µs",
                "scripts",
                "commands");
        for (RedisContender contender : RedisContender.values()) {
            for (boolean consolidate : new boolean[] {false, true}) {
                if (contender != RedisContender.SLUICE || !consolidate) {
                    measure(contender, consolidate, keys, permits);
                }
            }
        }
    }

    private static String[] keys(int count) {
        SplittableRandom random = new SplittableRandom(1);
        String[] keys = new String[count];
        for (int i = 0; i < count; i++) {
            keys[i] = "caller-%016x".formatted(random.nextLong());
        }
        return keys;
    }

    private static void measure(RedisContender contender, boolean consolidate, String[] keys, int permits)
            throws InterruptedException {
        ClientResources resources = resources(consolidate);
        try (EmbeddedRedis redis = new EmbeddedRedis()) {
            RedisClient client = RedisClient.create(resources, RedisURI.create(redis.uri()));
            try (Decider decider = contender.create(client, permits)) {
                RedisCommands<String, String> observer = client.connect().sync();
                for (int inFlight : IN_FLIGHT) {
                    new Run(decider, keys, inFlight, WARM_UP_NANOS).await();
                    Row best = null;
                    for (int round = 0; round < ROUNDS; round++) {
                        Row row = Row.measure(decider, keys, inFlight, observer);
                        best = best == null || row.perSecond > best.perSecond ? row : best;
                    }
                    System.out.printf(
                            "%-15s %-13s %9d %s%n", contender, consolidate ? "consolidated" : "each", inFlight, best);
                }
            }
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        }
        resources.shutdown(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(1_000);
    }

    private static ClientResources resources(boolean consolidate) {
        ClientResources.Builder resources = ClientResources.builder();
        if (consolidate) {
            resources.nettyCustomizer(new NettyCustomizer() {
                @Override
                public void afterChannelInitialized(Channel channel) {
                    channel.pipeline().addFirst(new FlushConsolidationHandler(256, true));
                }
            });
        }
        return resources.build();
    }

    private record Row(
            double perSecond,
            int p50Micros,
            int p99Micros,
            double redisMicros,
            double clientMicros,
            double scripts,
            double commands) {

        static Row measure(Decider decider, String[] keys, int inFlight, RedisCommands<String, String> observer)
                throws InterruptedException {
            observer.configResetstat();
            double redisSeconds = sum(CPU, 1, observer.info("cpu"));
            long clientNanos = clientCpuNanos();
            Run run = new Run(decider, keys, inFlight, ROUND_NANOS);
            run.await();
            double decisions = run.decisions.get();
            String statistics = observer.info("commandstats");
            double scripts = 0;
            Matcher matcher = CALLS.matcher(statistics);
            while (matcher.find()) {
                scripts += matcher.group(1).startsWith("eval") ? Long.parseLong(matcher.group(2)) : 0;
            }
            return new Row(
                    decisions * 1e9 / ROUND_NANOS,
                    run.percentile(0.50),
                    run.percentile(0.99),
                    (sum(CPU, 1, observer.info("cpu")) - redisSeconds) * 1e6 / decisions,
                    (clientCpuNanos() - clientNanos) / 1e3 / decisions,
                    scripts / decisions,
                    sum(CALLS, 2, statistics) / decisions);
        }

        private static double sum(Pattern pattern, int group, String text) {
            double sum = 0;
            Matcher matcher = pattern.matcher(text);
            while (matcher.find()) {
                sum += Double.parseDouble(matcher.group(group));
            }
            return sum;
        }

        private static long clientCpuNanos() {
            return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                    .getProcessCpuTime();
        }

        @Override
        public String toString() {
            return "%11.0f %8d %8d %9.2f %10.2f %9.3f %9.3f"
                    .formatted(perSecond, p50Micros, p99Micros, redisMicros, clientMicros, scripts, commands);
        }
    }

    /** So many calls in flight for so long. */
    private static final class Run {

        private static final int LONGEST_MICROS = 1_000_000;

        final AtomicLong decisions = new AtomicLong();
        private final AtomicIntegerArray byMicros = new AtomicIntegerArray(LONGEST_MICROS + 1);
        private final Decider decider;
        private final String[] keys;
        private final long endNanos;
        private final CountDownLatch open;

        Run(Decider decider, String[] keys, int inFlight, long nanos) {
            this.decider = decider;
            this.keys = keys;
            this.endNanos = System.nanoTime() + nanos;
            this.open = new CountDownLatch(inFlight);
            for (int i = 0; i < inFlight; i++) {
                next(new SplittableRandom(i));
            }
        }

        /** Loops where an answer is there at once, so that the stack stays flat. */
        private void next(SplittableRandom random) {
            while (true) {
                long startNanos = System.nanoTime();
                if (startNanos >= endNanos) {
                    open.countDown();
                    return;
                }
                CompletionStage<Boolean> answer = decider.tryAcquire(keys[random.nextInt(keys.length)]);
                if (!answer.toCompletableFuture().isDone()) {
                    answer.whenComplete((allowed, failure) -> {
                        count(startNanos);
                        next(random);
                    });
                    return;
                }
                count(startNanos);
            }
        }

        private void count(long startNanos) {
            decisions.incrementAndGet();
            long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - startNanos);
            byMicros.incrementAndGet((int) Math.min(micros, LONGEST_MICROS));
        }

        void await() throws InterruptedException {
            open.await();
        }

        int percentile(double share) {
            long left = (long) (decisions.get() * share);
            for (int micros = 0; micros < LONGEST_MICROS; micros++) {
                left -= byMicros.get(micros);
                if (left < 0) {
                    return micros;
                }
            }
            return LONGEST_MICROS;
        }
    }
}
