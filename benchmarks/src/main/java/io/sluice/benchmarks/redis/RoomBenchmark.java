package io.sluice.benchmarks.redis;

import static picocli.CommandLine.Help.Visibility.ALWAYS;

import io.lettuce.core.api.StatefulRedisConnection;
import io.sluice.Room;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import io.sluice.Signer;
import io.sluice.WaitingRoom;
import io.sluice.redis.RedisBackend;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Measures what a waiting room costs a Redis, which each part starts for itself.
 *
 * <pre>{@code
 * mvn -q -Pjmh -pl benchmarks -am -DskipTests package -Djmh.main=io.sluice.benchmarks.redis.RoomBenchmark
 * mvn -q -Pjmh -pl benchmarks -am -DskipTests package -Djmh.main=io.sluice.benchmarks.redis.RoomBenchmark -Djmh.args="join --seconds 2"
 * }</pre>
 *
 * {@code join}: joins of new visitors a second, beside a queue made of a sorted set. {@code memory}: bytes of Redis
 * for a waiting visitor. {@code liveness}: CPU time of Redis for knowing who still waits. {@code polls}: the cost to
 * Redis of visitors who poll through three gateways. Client and server share the machine, so quote ratios within one
 * run.
 */
@Command(
        name = "RoomBenchmark",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "What a waiting room costs a Redis.")
public final class RoomBenchmark implements Callable<Integer> {

    private enum Part {
        JOIN,
        MEMORY,
        LIVENESS,
        POLLS
    }

    private static final int GATEWAYS = 3;
    private static final int POLL_PERIOD_SECONDS = 10;

    @Parameters(paramLabel = "PART", description = "join, memory, liveness, polls. Default: all four.")
    private Set<Part> parts = EnumSet.noneOf(Part.class);

    @Option(
            names = "--seconds",
            showDefaultValue = ALWAYS,
            description = "How long each measurement takes; a third of it more to warm up.")
    private int seconds = 10;

    @Option(names = "--in-flight", showDefaultValue = ALWAYS, description = "Joins at once.")
    private int inFlight = 256;

    @Option(names = "--waiting", showDefaultValue = ALWAYS, description = "Visitors of memory and liveness.")
    private int waiting = 1_000_000;

    @Option(names = "--polling", showDefaultValue = ALWAYS, description = "Visitors of polls.")
    private int polling = 100_000;

    private final AtomicLong visitors = new AtomicLong();

    private RoomBenchmark() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new RoomBenchmark()).setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public Integer call() throws InterruptedException {
        for (Part part : parts.isEmpty() ? EnumSet.allOf(Part.class) : parts) {
            switch (part) {
                case JOIN -> join();
                case MEMORY -> memory();
                case LIVENESS -> liveness();
                case POLLS -> polls();
            }
            System.out.println();
        }
        return CommandLine.ExitCode.OK;
    }

    private void join() throws InterruptedException {
        print("Joins of new visitors, %d in flight", inFlight);
        print(
                "%-42s %10s %8s %8s %9s %8s %9s",
                "", "per second", "p50 µs", "p99 µs", "Redis µs", "scripts", "commands");
        double sorted = measureJoins("sorted set: MULTI, ZADD, HSET, SADD", false, this::sortedSetJoins);
        double consolidated = measureJoins("  the same, flushes consolidated", true, this::sortedSetJoins);
        double sluice = measureJoins("Sluice", false, this::sluiceJoins);
        print("Sluice ÷ sorted set: %.1f (%.1f with consolidated flushes)", sluice / sorted, sluice / consolidated);
    }

    /** Opens something to join, and closes it after the measurement. */
    private interface Joins {
        void with(Target.Client client, Measured measured) throws InterruptedException;
    }

    private interface Measured {
        void take(Load.Call join) throws InterruptedException;
    }

    private double measureJoins(String name, boolean consolidated, Joins joins) throws InterruptedException {
        double[] perSecond = new double[1];
        try (EmbeddedRedis redis = new EmbeddedRedis();
                RedisProbe probe = new RedisProbe(redis.uri());
                Target.Client client = new Target(redis.uri(), consolidated).newClient()) {
            joins.with(client, join -> {
                Load.lasting(seconds / 3.0, inFlight, join);
                probe.start();
                Load load = Load.lasting(seconds, inFlight, join);
                RedisProbe.Work work = probe.work();
                perSecond[0] = load.perSecond();
                print(
                        "%-42s %10.0f %8d %8d %9.2f %8.3f %9.3f%s",
                        name,
                        load.perSecond(),
                        load.percentileMicros(0.50),
                        load.percentileMicros(0.99),
                        work.cpuSeconds() * 1e6 / load.answered(),
                        (double) work.scripts() / load.answered(),
                        (double) work.commands() / load.answered(),
                        load.trouble());
            });
        }
        return perSecond[0];
    }

    private void sortedSetJoins(Target.Client client, Measured measured) throws InterruptedException {
        try (StatefulRedisConnection<String, String> connection = client.redis().connect()) {
            SortedSetQueue queue = new SortedSetQueue(connection);
            measured.take(random -> queue.join(Long.toString(visitor(), Character.MAX_RADIX)));
        }
    }

    private void sluiceJoins(Target.Client client, Measured measured) throws InterruptedException {
        try (RedisBackend backend = backend(client)) {
            RoomStore room = backend.room(fullRoom());
            measured.take(random -> room.join(visitor(), false));
        }
    }

    private void memory() throws InterruptedException {
        try (EmbeddedRedis redis = new EmbeddedRedis();
                RedisProbe probe = new RedisProbe(redis.uri());
                Target.Client client = new Target(redis.uri(), false).newClient();
                RedisBackend backend = backend(client)) {
            RoomStore room = backend.room(fullRoom());
            room.advance(new Sightings(0, new BitSet(), List.of(), 0, -1, List.of()))
                    .toCompletableFuture()
                    .join();
            print("Memory of %,d waiting visitors, as %s gives it", waiting, probe.allocator());
            long before = probe.usedMemory();
            fill(room, waiting);
            long grown = probe.usedMemory() - before;
            print("%-42s %12s %10s", "", "bytes", "a visitor");
            print("%-42s %,12d %10.1f", "growth of used_memory", grown, (double) grown / waiting);
            Map<String, Long> usage = new TreeMap<>();
            for (String key : probe.redis().keys("*room*")) {
                Long bytes = probe.redis().memoryUsage(key);
                usage.put(key, bytes == null ? 0 : bytes);
            }
            usage.forEach((key, bytes) -> print("  %-40s %,12d %10.1f", key, bytes, (double) bytes / waiting));
        }
    }

    private void liveness() throws InterruptedException {
        print("Liveness of %,d visitors who poll every %d s", waiting, POLL_PERIOD_SECONDS);
        print("%-42s %14s", "", "Redis CPU ms/s");
        for (int count : new int[] {1, GATEWAYS}) {
            try (Gateways gateways = new Gateways(count, waiting)) {
                double empty = gateways.measure(0).cpuSeconds() * 1_000 / seconds;
                double full = gateways.measure(seconds).cpuSeconds() * 1_000 / seconds;
                print("%-42s %14.2f", count + " gateway(s), nobody polls", empty);
                print("%-42s %14.2f", count + " gateway(s), all poll", full);
                print("%-42s %14.2f", "  so the liveness of the visitors takes", full - empty);
            }
        }
    }

    private void polls() throws InterruptedException {
        print("%,d visitors poll every %d s through %d gateways", polling, POLL_PERIOD_SECONDS, GATEWAYS);
        try (Gateways gateways = new Gateways(GATEWAYS, polling)) {
            RedisProbe.Work work = gateways.measure(seconds);
            print("%-42s %10s", "", "a second");
            print("%-42s %10.1f", "polls answered", gateways.polls / work.seconds());
            print("%-42s %10.1f", "script calls (EVALSHA), heartbeats too", work.scripts() / work.seconds());
            print(
                    "%-42s %10.1f",
                    "calls inside the scripts and others", (work.commands() - work.scripts()) / work.seconds());
            print("%-42s %10.2f", "Redis CPU, ms", work.cpuSeconds() * 1_000 / work.seconds());
        }
    }

    /** Gateways with visitors who wait, on a Redis of their own. */
    private final class Gateways implements AutoCloseable {

        private final EmbeddedRedis redis = new EmbeddedRedis();
        private final RedisProbe probe = new RedisProbe(redis.uri());
        private final Target.Client client = new Target(redis.uri(), false).newClient();
        private final List<RedisBackend> backends = new ArrayList<>();
        private final List<WaitingRoom> rooms = new ArrayList<>();
        private final String[] tickets;
        private long polls;

        Gateways(int count, int visitors) throws InterruptedException {
            Signer signer = Signer.random();
            for (int i = 0; i < count; i++) {
                RedisBackend backend = backend(client);
                backends.add(backend);
                rooms.add(WaitingRoom.of(fullRoom(), backend, signer));
            }
            tickets = new String[visitors];
            AtomicLong joined = new AtomicLong();
            Load load = Load.counting(visitors, inFlight, random -> {
                int visitor = (int) joined.getAndIncrement();
                return rooms.get(visitor % count)
                        .joinAsync("visitor-" + visitor)
                        .thenAccept(ticket -> tickets[visitor] = ticket.token());
            });
            checkAll(load);
        }

        /** Lets everybody poll in turn for some seconds of the measurement; the gateways refresh all the time. */
        RedisProbe.Work measure(int pollSeconds) {
            poll(Math.max(pollSeconds, 1) / 3.0);
            probe.start();
            long endNanos = System.nanoTime() + seconds * 1_000_000_000L;
            polls = poll(pollSeconds);
            sleepUntil(endNanos);
            return probe.work();
        }

        /** Polls a few times every millisecond. */
        private long poll(double lastingSeconds) {
            long startNanos = System.nanoTime();
            long endNanos = startNanos + (long) (lastingSeconds * 1e9);
            long asked = 0;
            while (System.nanoTime() < endNanos) {
                long due = (System.nanoTime() - startNanos) * tickets.length / (POLL_PERIOD_SECONDS * 1_000_000_000L);
                for (; asked < due; asked++) {
                    // A prime as the step: the order of polls is as good as random, so bitmaps span the whole room.
                    int visitor = (int) (asked * 7_368_787 % tickets.length);
                    var unused = rooms.get(visitor % rooms.size()).status(tickets[visitor]);
                }
                LockSupport.parkNanos(1_000_000);
            }
            return asked;
        }

        @Override
        public void close() {
            backends.forEach(RedisBackend::close);
            client.close();
            probe.close();
            redis.close();
        }
    }

    private void fill(RoomStore room, int count) throws InterruptedException {
        checkAll(Load.counting(count, inFlight, random -> room.join(visitor(), false)));
    }

    private static void checkAll(Load load) {
        if (load.failed() > 0) {
            throw new IllegalStateException(load.failed() + " visitors could not join");
        }
    }

    private static RedisBackend backend(Target.Client client) {
        return RedisBackend.builder()
                .client(client.redis())
                .decisionTimeout(Duration.ofSeconds(10))
                .build();
    }

    /** A room that lets nobody in. */
    private static Room fullRoom() {
        return Room.named("sale").capacity(0).build();
    }

    /** A number that no other call returns, spread over 64 bits like a hash. */
    private long visitor() {
        long mixed = visitors.incrementAndGet() * 0x9E3779B97F4A7C15L;
        return mixed ^ (mixed >>> 32);
    }

    private static void sleepUntil(long nanoTime) {
        long leftNanos = nanoTime - System.nanoTime();
        while (leftNanos > 0) {
            LockSupport.parkNanos(leftNanos);
            leftNanos = nanoTime - System.nanoTime();
        }
    }

    private static void print(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }
}
