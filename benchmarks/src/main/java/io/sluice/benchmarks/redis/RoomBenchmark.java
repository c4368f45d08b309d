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
 * What a waiting room costs a Redis, which each part starts for itself.
 *
 * <pre>{@code
 * mvn -q -Pjmh -pl benchmarks -am -DskipTests package -Djmh.main=io.sluice.benchmarks.redis.RoomBenchmark
 * mvn -q -Pjmh -pl benchmarks -am -DskipTests package -Djmh.main=io.sluice.benchmarks.redis.RoomBenchmark -Djmh.args="join --seconds 2"
 * }</pre>
 *
 * {@code join}: joins of new visitors a second, beside a queue made of a sorted set. {@code memory}: bytes of Redis for a
 * waiting visitor. {@code liveness}: CPU that it takes Redis to know who still waits. {@code polls}: what polling visitors
 * cost Redis through three gateways. Client and server share the machine, so quote ratios within one run.
 */
@Command(name = "RoomBenchmark", sortOptions = false)
public final class RoomBenchmark implements Callable<Integer> {

    private enum Part {
        JOIN,
        MEMORY,
        LIVENESS,
        POLLS
    }

    private static final int GATEWAYS = 3;
    private static final int REFRESHES_PER_SECOND = 5;
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
        System.exit(new CommandLine(new RoomBenchmark())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(arguments));
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

    /** Opens something to join, and closes it again. */
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
        print("Memory of %,d waiting visitors", waiting);
        try (EmbeddedRedis redis = new EmbeddedRedis();
                RedisProbe probe = new RedisProbe(redis.uri());
                Target.Client client = new Target(redis.uri(), false).newClient();
                RedisBackend backend = backend(client)) {
            RoomStore room = backend.room(fullRoom());
            room.advance(new Sightings(0, new BitSet(), List.of(), -1, List.of()))
                    .toCompletableFuture()
                    .join();
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
        print(
                "Liveness of %,d visitors who poll every %d s, handed in %d times a second by each gateway",
                waiting, POLL_PERIOD_SECONDS, REFRESHES_PER_SECOND);
        try (EmbeddedRedis redis = new EmbeddedRedis();
                RedisProbe probe = new RedisProbe(redis.uri());
                Target.Client client = new Target(redis.uri(), false).newClient();
                RedisBackend backend = backend(client)) {
            RoomStore room = backend.room(fullRoom());
            fill(room, waiting);
            print("%-42s %14s %16s", "", "Redis CPU ms/s", "refreshes a second");
            double idle = measureLiveness(probe, room, 0, 0);
            print("%-42s %14.2f %16.1f", "no refresh (Redis idles)", idle, 0.0);
            for (int gateways : new int[] {1, GATEWAYS}) {
                double empty = measureLiveness(probe, room, gateways, 0);
                double full = measureLiveness(probe, room, gateways, waiting);
                print(
                        "%-42s %14.2f %16d",
                        gateways + " gateway(s), nobody polls", empty, gateways * REFRESHES_PER_SECOND);
                print("%-42s %14.2f %16d", gateways + " gateway(s), all poll", full, gateways * REFRESHES_PER_SECOND);
                print("%-42s %14.2f", "  so the liveness of the visitors takes", full - empty);
            }
        }
    }

    /** Returns the milliseconds of CPU a second that Redis needs. */
    private double measureLiveness(RedisProbe probe, RoomStore room, int gateways, int pollers)
            throws InterruptedException {
        int refreshes = Math.max(1, gateways * REFRESHES_PER_SECOND);
        List<Sightings> sightings = new ArrayList<>();
        for (int i = 0; i < refreshes; i++) {
            // Who polls when is random, so each bitmap is as long as the room and has a bit here and there.
            BitSet alive = new BitSet();
            for (int poll = 0; poll < pollers / (POLL_PERIOD_SECONDS * refreshes); poll++) {
                alive.set(1 + (int) Long.remainderUnsigned(visitor(), pollers));
            }
            sightings.add(new Sightings(0, alive, List.of(), 0, List.of()));
        }
        probe.start();
        long startNanos = System.nanoTime();
        for (int i = 0; i < seconds * refreshes; i++) {
            if (gateways > 0) {
                var unused = room.advance(sightings.get(i % refreshes))
                        .toCompletableFuture()
                        .join();
            }
            sleepUntil(startNanos + (i + 1) * 1_000_000_000L / refreshes);
        }
        RedisProbe.Work work = probe.work();
        return work.cpuSeconds() * 1_000 / work.seconds();
    }

    private void polls() throws InterruptedException {
        print("%,d visitors poll every %d s through %d gateways", polling, POLL_PERIOD_SECONDS, GATEWAYS);
        List<RedisBackend> backends = new ArrayList<>();
        try (EmbeddedRedis redis = new EmbeddedRedis();
                RedisProbe probe = new RedisProbe(redis.uri());
                Target.Client client = new Target(redis.uri(), false).newClient()) {
            List<WaitingRoom> gateways = new ArrayList<>();
            Signer signer = Signer.random();
            for (int i = 0; i < GATEWAYS; i++) {
                backends.add(backend(client));
                gateways.add(WaitingRoom.of(fullRoom(), backends.get(i), signer));
            }
            String[] tickets = new String[polling];
            AtomicLong joined = new AtomicLong();
            Load.counting(polling, inFlight, random -> {
                int visitor = (int) joined.getAndIncrement();
                return gateways.get(visitor % GATEWAYS)
                        .joinAsync("visitor-" + visitor)
                        .thenAccept(ticket -> tickets[visitor] = ticket.token());
            });
            poll(gateways, tickets, seconds / 3.0);
            probe.start();
            long polls = poll(gateways, tickets, seconds);
            RedisProbe.Work work = probe.work();
            print("%-42s %10s", "", "a second");
            print("%-42s %10.1f", "polls answered", polls / work.seconds());
            print("%-42s %10.1f", "script calls (EVALSHA), heartbeats too", work.scripts() / work.seconds());
            print(
                    "%-42s %10.1f",
                    "calls inside the scripts and others", (work.commands() - work.scripts()) / work.seconds());
            print("%-42s %10.2f", "Redis CPU, ms", work.cpuSeconds() * 1_000 / work.seconds());
        } finally {
            backends.forEach(RedisBackend::close);
        }
    }

    /** Lets everybody poll in turn, a few every millisecond. */
    private long poll(List<WaitingRoom> gateways, String[] tickets, double lastingSeconds) {
        long startNanos = System.nanoTime();
        long endNanos = startNanos + (long) (lastingSeconds * 1e9);
        long polls = 0;
        while (System.nanoTime() < endNanos) {
            long due = (System.nanoTime() - startNanos) * tickets.length / (POLL_PERIOD_SECONDS * 1_000_000_000L);
            for (; polls < due; polls++) {
                int visitor = (int) (polls % tickets.length);
                var unused = gateways.get(visitor % GATEWAYS).status(tickets[visitor]);
            }
            LockSupport.parkNanos(1_000_000);
        }
        return polls;
    }

    private void fill(RoomStore room, int count) throws InterruptedException {
        Load load = Load.counting(count, inFlight, random -> room.join(visitor(), false));
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

    /** Nobody gets in, and nobody is taken for dead while the benchmark runs. */
    private static Room fullRoom() {
        return Room.named("sale").capacity(0).patience(Duration.ofHours(1)).build();
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
