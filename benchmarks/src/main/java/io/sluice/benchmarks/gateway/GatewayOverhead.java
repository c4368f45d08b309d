package io.sluice.benchmarks.gateway;

import static picocli.CommandLine.Help.Visibility.ALWAYS;

import io.sluice.benchmarks.redis.EmbeddedRedis;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import reactor.netty.resources.LoopResources;

/**
 * Measures what a limit costs a request through Spring Cloud Gateway (WebFlux). Real gateways run on loopback before
 * one small upstream: with no filter, with Sluice's {@code RateLimited} on the local backend and on Redis, and with
 * Gateway's own {@code RequestRateLimiter} on the same Redis. Every request is allowed, unless the callers are few.
 * The gateways take turns, round by round, so that other work of the machine hits all of them.
 *
 * <pre>{@code
 * mvn -q -Pjmh -pl benchmarks -am -DskipTests package -Djmh.main=io.sluice.benchmarks.gateway.GatewayOverhead
 * mvn -q -Pjmh -pl benchmarks -am -DskipTests package -Djmh.main=io.sluice.benchmarks.gateway.GatewayOverhead -Djmh.args="--help"
 * }</pre>
 *
 * Columns, each the median over the rounds: requests a second; time of a request; CPU time per request of the gateway
 * (garbage collection and compilation included, client and upstream not) and of Redis; how many were refused;
 * requests a second against those of the same round without a filter and with {@code RequestRateLimiter}, with the
 * lowest and the highest of all rounds. Client, upstream, gateway and Redis share the machine, so what one saves the
 * others get.
 */
@Command(
        name = "gateway-overhead",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "What a limit costs a request through a gateway.")
public final class GatewayOverhead implements Callable<Integer> {

    /** The threads of client and upstream, so that their CPU time can be told apart. */
    private static final String LOAD_THREADS = "load";

    @Option(names = "--connections", paramLabel = "N", showDefaultValue = ALWAYS, description = "Requests at once.")
    private int connections = 64;

    @Option(
            names = "--callers",
            paramLabel = "N",
            showDefaultValue = ALWAYS,
            description = "How many callers take turns; with 100, most requests are over a limit and refused.")
    private int callers = 100_000;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            showDefaultValue = ALWAYS,
            description = "How often each is measured.")
    private int rounds = 7;

    @Option(names = "--seconds", paramLabel = "N", showDefaultValue = ALWAYS, description = "How long, in each round.")
    private int seconds = 5;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            showDefaultValue = ALWAYS,
            description = "Rounds before the first that counts.")
    private int warmUpRounds = 3;

    @Option(
            names = "--contender",
            split = ",",
            paramLabel = "NAME",
            description = "no_filter, sluice_local, sluice_redis, request_rate_limiter. Default: all.")
    private List<Contender> contenders = List.of(Contender.values());

    private final LoopResources loops = LoopResources.create(LOAD_THREADS, 1, true);
    private final List<RunningGateway> gateways = new ArrayList<>();
    private final OverheadTable table = new OverheadTable();

    private GatewayOverhead() {}

    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new GatewayOverhead()).setCaseInsensitiveEnumValuesAllowed(true);
    }

    @Override
    public Integer call() throws InterruptedException {
        try (EmbeddedRedis redis = new EmbeddedRedis();
                Upstream upstream = new Upstream(loops)) {
            try {
                for (Contender contender : contenders) {
                    gateways.add(new RunningGateway(contender, upstream.uri(), redis.uri()));
                }
                byte[][] requests = ClosedLoop.requests(callers);
                for (int round = -warmUpRounds; round < rounds; round++) {
                    for (RunningGateway gateway : gateways) {
                        OverheadTable.Row row = measure(gateway, requests, redis);
                        if (round >= 0) {
                            table.add(gateway.contender(), row);
                        }
                    }
                }
            } finally {
                gateways.forEach(RunningGateway::close);
            }
        }
        loops.dispose();
        System.out.printf(
                "%d connections, %d callers, %d rounds of %d s; %d CPUs, JDK %s%n%n%s",
                connections,
                callers,
                rounds,
                seconds,
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.version"),
                table);
        return 0;
    }

    private OverheadTable.Row measure(RunningGateway gateway, byte[][] requests, EmbeddedRedis redis)
            throws InterruptedException {
        ClosedLoop client = new ClosedLoop(loops, gateway, requests);
        Duration redisCpu = redis.cpu();
        long gatewayCpuNanos = gatewayCpuNanos();
        long startNanos = System.nanoTime();
        Latencies latencies = client.run(connections, TimeUnit.SECONDS.toNanos(seconds));
        double tookNanos = System.nanoTime() - startNanos;
        double answers = latencies.count();
        return new OverheadTable.Row(
                answers / tookNanos * 1e9,
                latencies.micros(0.50),
                latencies.micros(0.99),
                (gatewayCpuNanos() - gatewayCpuNanos) / 1e3 / answers,
                redis.cpu().minus(redisCpu).toNanos() / 1e3 / answers,
                client.refused() / answers);
    }

    /** CPU time of this process without client and upstream. */
    private static long gatewayCpuNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long nanos = ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getProcessCpuTime();
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().startsWith(LOAD_THREADS)) {
                nanos -= Math.max(0, threads.getThreadCpuTime(thread.getThreadId()));
            }
        }
        return nanos;
    }
}
