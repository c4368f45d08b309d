package io.sluice.benchmarks.redis;

import static picocli.CommandLine.Help.Visibility.ALWAYS;

import io.sluice.benchmarks.redis.RedisContender.Decider;
import io.sluice.benchmarks.redis.RedisContender.Rule;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Measures decisions on one Redis, which each measurement starts for itself: Sluice beside Bucket4j over Lettuce,
 * Redisson's RRateLimiter, the script of Spring Cloud Gateway called through Lettuce, and one plain GET per decision
 * as the floor. The rivals run with and without Netty's FlushConsolidationHandler, which helps them and would hurt
 * Sluice.
 *
 * <pre>{@code
 * mvn -q -Pjmh -pl benchmarks -am -DskipTests package -Djmh.main=io.sluice.benchmarks.redis.RedisLimiterBenchmark
 * mvn -q -Pjmh -pl benchmarks -am -DskipTests package -Djmh.main=io.sluice.benchmarks.redis.RedisLimiterBenchmark -Djmh.args="attack --seconds 1"
 * }</pre>
 *
 * {@code decisions}: a fixed number in flight, each followed by the next as soon as it is answered, 100,000 callers,
 * nearly always admitted. {@code hot}: one caller for all, always admitted. {@code attack}: one in a hundred callers
 * sends 99 % of the requests, 20 and 200 times the limit. {@code exactness}: what is let through, against burst +
 * rate × time. Decisions are measured in three rounds, each contender once in each, on its own Redis and connections;
 * each round begins with another contender. Attack and exactness only count, so their order does not matter.
 * Everything takes about eleven minutes. Client and server share the machine, so quote ratios within one run.
 */
@Command(
        name = "RedisLimiterBenchmark",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "What decisions on Redis cost, with Sluice and with others.")
public final class RedisLimiterBenchmark implements Callable<Integer> {

    private enum Part {
        DECISIONS,
        HOT,
        ATTACK,
        EXACTNESS
    }

    private static final int CALLERS = 100_000;
    private static final int PERMITS = 10;
    private static final Rule RULE = new Rule(PERMITS, PERMITS);

    /** The highest rate there is, because Sluice counts whole microseconds; the burst lasts for the whole run. */
    private static final Rule ALWAYS_ADMITTED = new Rule(1_000_000, 100_000_000);

    private static final int ROUNDS = 3;
    private static final int HOT_IN_FLIGHT = 256;
    private static final int ATTACK_PER_SECOND = 20_000;
    private static final int[] OVERLOADS = {20, 200};
    private static final int EXACT_KEYS = 20;
    private static final int EXACT_OVERLOAD = 20;

    @Parameters(paramLabel = "PART", description = "decisions, hot, attack, exactness. Default: all four.")
    private Set<Part> parts = EnumSet.noneOf(Part.class);

    @Option(
            names = "--contenders",
            split = ",",
            paramLabel = "NAME",
            description = "sluice, bucket4j, redisson, gateway_script, plain_get. Default: all.")
    private Set<RedisContender> contenders = EnumSet.allOf(RedisContender.class);

    @Option(names = "--in-flight", split = ",", showDefaultValue = ALWAYS, description = "Decisions at once.")
    private List<Integer> inFlights = List.of(1, 16, 256);

    @Option(
            names = "--seconds",
            showDefaultValue = ALWAYS,
            description = {
                "How long a measurement takes, and the warm-up before it.",
                "  There are three rounds; the one with the median of decisions a second is shown."
            })
    private double seconds = 2;

    @Option(names = "--exact-seconds", showDefaultValue = ALWAYS, description = "How long exactness takes.")
    private double exactSeconds = 20;

    private RedisLimiterBenchmark() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new RedisLimiterBenchmark()).setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public Integer call() throws InterruptedException {
        for (Part part : parts.isEmpty() ? EnumSet.allOf(Part.class) : parts) {
            switch (part) {
                case DECISIONS -> decisions(keys(CALLERS), RULE, inFlights, "%,d callers".formatted(CALLERS));
                case HOT -> decisions(keys(1), ALWAYS_ADMITTED, List.of(HOT_IN_FLIGHT), "One hot caller");
                case ATTACK -> attack();
                case EXACTNESS -> exactness();
            }
            System.out.println();
        }
        return CommandLine.ExitCode.OK;
    }

    private static List<String> keys(int count) {
        SplittableRandom random = new SplittableRandom(1);
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            keys.add("caller-%016x".formatted(random.nextLong()));
        }
        return keys;
    }

    /** Who takes part, and whether with consolidated flushes: rivals both ways. */
    private record Entrant(RedisContender contender, boolean consolidated) {}

    private List<Entrant> entrants() {
        List<Entrant> entrants = new ArrayList<>();
        for (RedisContender contender : contenders) {
            entrants.add(new Entrant(contender, false));
            if (contender != RedisContender.SLUICE) {
                entrants.add(new Entrant(contender, true));
            }
        }
        return entrants;
    }

    private record Series(Entrant entrant, int inFlight) {}

    /** Measures everybody once a round. Each round begins with another one: no order and no minute favours one. */
    private void decisions(List<String> keys, Rule rule, List<Integer> inFlights, String title)
            throws InterruptedException {
        List<Entrant> order = entrants();
        Map<Series, List<Row>> rounds = new LinkedHashMap<>();
        for (Entrant entrant : order) {
            inFlights.forEach(inFlight -> rounds.put(new Series(entrant, inFlight), new ArrayList<>()));
        }
        for (int round = 0; round < ROUNDS; round++) {
            for (Entrant entrant : order) {
                measure(entrant, keys, rule, inFlights, rounds);
            }
            Collections.rotate(order, -((order.size() + ROUNDS - 1) / ROUNDS));
        }
        print(
                "%s; decisions a second, median of %d rounds, lowest and highest; of the median's round: time of a"
                        + " decision; CPU of Redis and of this process, script calls and all commands (those in scripts"
                        + " too) per decision",
                title, ROUNDS);
        print(
                "%-15s %-13s %9s %11s %11s %11s %8s %8s %9s %10s %9s %9s",
                "contender",
                "flushes",
                "in flight",
                "per second",
                "lowest",
                "highest",
                "p50 µs",
                "p99 µs",
                "Redis µs",
                "client µs",
                "scripts",
                "commands");
        rounds.forEach((series, rows) -> print(
                "%-15s %-13s %9d %s",
                series.entrant.contender, flushes(series.entrant.consolidated), series.inFlight, Row.describe(rows)));
    }

    private void measure(
            Entrant entrant, List<String> keys, Rule rule, List<Integer> inFlights, Map<Series, List<Row>> rounds)
            throws InterruptedException {
        try (EmbeddedRedis redis = new EmbeddedRedis();
                RedisProbe probe = new RedisProbe(redis.uri());
                Decider decider = entrant.contender.create(new Target(redis.uri(), entrant.consolidated), rule, keys)) {
            Load.Call call = random -> decider.tryAcquire(keys.get(random.nextInt(keys.size())));
            for (int inFlight : inFlights) {
                Load.lasting(seconds, inFlight, call);
                Row row = Row.measure(call, inFlight, seconds, probe);
                Objects.requireNonNull(rounds.get(new Series(entrant, inFlight)))
                        .add(row);
            }
        }
    }

    private record Row(
            double perSecond,
            int p50Micros,
            int p99Micros,
            double redisMicros,
            double clientMicros,
            double scripts,
            double commands,
            String trouble) {

        static Row measure(Load.Call call, int inFlight, double seconds, RedisProbe probe) throws InterruptedException {
            long clientNanos = clientCpuNanos();
            probe.start();
            Load load = Load.lasting(seconds, inFlight, call);
            RedisProbe.Work work = probe.work();
            double decisions = load.answered();
            return new Row(
                    load.perSecond(),
                    load.percentileMicros(0.50),
                    load.percentileMicros(0.99),
                    work.cpuSeconds() * 1e6 / decisions,
                    (clientCpuNanos() - clientNanos) / 1e3 / decisions,
                    work.scripts() / decisions,
                    work.commands() / decisions,
                    load.trouble());
        }

        private static long clientCpuNanos() {
            return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                    .getProcessCpuTime();
        }

        /** Describes the round with the median of decisions a second, between the lowest and the highest of all. */
        static String describe(List<Row> rounds) {
            List<Row> sorted = rounds.stream()
                    .sorted(Comparator.comparingDouble(Row::perSecond))
                    .toList();
            Row median = sorted.get((sorted.size() - 1) / 2);
            return String.format(
                    Locale.ROOT,
                    "%11.0f %11.0f %11.0f %8d %8d %9.2f %10.2f %9.3f %9.3f%s",
                    median.perSecond,
                    sorted.get(0).perSecond,
                    sorted.get(sorted.size() - 1).perSecond,
                    median.p50Micros,
                    median.p99Micros,
                    median.redisMicros,
                    median.clientMicros,
                    median.scripts,
                    median.commands,
                    rounds.stream().map(Row::trouble).collect(Collectors.joining()));
        }
    }

    private void attack() throws InterruptedException {
        print(
                "Attack: 1 %% of the callers send 99 %% of %,d requests a second; what clients sent to Redis per request",
                ATTACK_PER_SECOND);
        print("%-15s %9s %11s %9s %9s %9s", "contender", "overload", "answered/s", "commands", "inside", "allowed");
        for (RedisContender contender : deciding()) {
            for (int overload : OVERLOADS) {
                attack(contender, overload);
            }
        }
    }

    private List<RedisContender> deciding() {
        return contenders.stream()
                .filter(contender -> contender != RedisContender.PLAIN_GET)
                .toList();
    }

    private void attack(RedisContender contender, int overload) throws InterruptedException {
        int attackers = Math.round(ATTACK_PER_SECOND * 0.99f / (overload * PERMITS));
        List<String> keys = keys(attackers * 100);
        LongAdder allowed = new LongAdder();
        try (EmbeddedRedis redis = new EmbeddedRedis();
                RedisProbe probe = new RedisProbe(redis.uri());
                Decider decider = contender.create(new Target(redis.uri(), false), RULE, keys)) {
            Load.Call call = random -> {
                int caller = random.nextInt(100) == 0
                        ? attackers + random.nextInt(keys.size() - attackers)
                        : random.nextInt(attackers);
                return decider.tryAcquire(keys.get(caller)).thenAccept(let -> allowed.add(let ? 1 : 0));
            };
            PacedLoad.run(seconds, ATTACK_PER_SECOND, call);
            allowed.reset();
            probe.start();
            PacedLoad load = PacedLoad.run(ROUNDS * seconds, ATTACK_PER_SECOND, call);
            RedisProbe.Work work = probe.work();
            double requests = load.answered();
            long sent = contender.sentByClients(work);
            print(
                    "%-15s %8d× %11.0f %9.4f %9.4f %9.4f%s",
                    contender,
                    overload,
                    load.perSecond(),
                    sent / requests,
                    (work.commands() - sent) / requests,
                    allowed.sum() / requests,
                    load.trouble());
        }
    }

    private void exactness() throws InterruptedException {
        print(
                "Exactness: %d callers at %d times a limit of %d/s, for %.0f s; let through, against burst + rate × time",
                EXACT_KEYS, EXACT_OVERLOAD, PERMITS, exactSeconds);
        print("%-15s %9s %9s %9s", "contender", "bound", "least", "most");
        for (RedisContender contender : deciding()) {
            exactness(contender);
        }
    }

    private void exactness(RedisContender contender) throws InterruptedException {
        List<String> keys = keys(EXACT_KEYS);
        AtomicLongArray allowed = new AtomicLongArray(EXACT_KEYS);
        try (EmbeddedRedis redis = new EmbeddedRedis();
                Decider decider = contender.create(new Target(redis.uri(), false), RULE, keys)) {
            long startNanos = System.nanoTime();
            PacedLoad load = PacedLoad.run(exactSeconds, EXACT_KEYS * PERMITS * EXACT_OVERLOAD, random -> {
                int caller = random.nextInt(EXACT_KEYS);
                return decider.tryAcquire(keys.get(caller))
                        .thenApply(let -> let && allowed.incrementAndGet(caller) > 0);
            });
            double bound = PERMITS * (1 + (System.nanoTime() - startNanos) / 1e9);
            LongSummaryStatistics counts =
                    IntStream.range(0, EXACT_KEYS).mapToLong(allowed::get).summaryStatistics();
            print(
                    "%-15s %9.1f %7.1f %% %7.1f %%%s",
                    contender, bound, counts.getMin() * 100 / bound, counts.getMax() * 100 / bound, load.trouble());
        }
    }

    private static String flushes(boolean consolidated) {
        return consolidated ? "consolidated" : "each";
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
