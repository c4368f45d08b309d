package io.sluice.benchmarks.replay;

import static picocli.CommandLine.Help.Visibility.ALWAYS;

import io.lettuce.core.RedisURI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The command line. */
@Command(
        name = "replay",
        showDefaultValues = false,
        sortOptions = false,
        usageHelpWidth = 110,
        description = {
            "Replays a flash sale that failed: 1,000 users of 18 requests each, against a model of the shop behind real"
                    + " HTTP; first as it was, then with Sluice in the gateways.",
            ""
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all protected arms kept their promises",
            "1:a protected arm had an error or missed a promise",
            "2:the load client lagged behind its plan, so the figures are the machine's and not the shop's; outranks 1;"
                    + " run it on a quiet machine, or with --compress 2 or 1",
            "3:the replay itself failed, and says nothing about the arms",
            "64:an option is unknown or has a bad value"
        })
final class ReplayOptions {

    private static final List<PodShape> REPRODUCED = List.of(new PodShape(2, 0.4));
    private static final List<PodShape> BOTH = List.of(new PodShape(2, 0.4), new PodShape(3, 0.25));

    @Option(
            names = "--arm",
            split = ",",
            paramLabel = "ARM",
            description = {
                "Which arms to run: unprotected (a), sluice-2 (b2), sluice-3 (b3), hostile (c).",
                "  Repeat it or separate them by commas. Default: all four."
            })
    private List<Arm> arms = new ArrayList<>();

    @Option(
            names = "--pods",
            split = ",",
            paramLabel = "NxCORES",
            description = "The shop's pods, such as 2x0.4. Default: 2x0.4; with --full also 3x0.25.")
    private List<PodShape> pods = new ArrayList<>();

    @Option(names = "--full", description = "All arms on both pod shapes, at the report's own pace (no compression).")
    private boolean full;

    @Option(names = "--users", paramLabel = "N", showDefaultValue = ALWAYS, description = "How many users come.")
    private int users = 1_000;

    @Option(
            names = "--ramp",
            paramLabel = "SECONDS",
            showDefaultValue = ALWAYS,
            description = "Over how long they come, in uncompressed seconds.")
    private int rampSeconds = 120;

    @Option(
            names = "--compress",
            paramLabel = "TIMES",
            description = "How many times faster than the original test everything runs. Default: 4; with --full 1.")
    private @Nullable Double compression;

    @Option(
            names = "--gateways",
            paramLabel = "N",
            description = "Gateways in every arm, instead of 2 (a, b2) and 3 (b3, c).")
    private @Nullable Integer gateways;

    @Option(
            names = "--affinity",
            paramLabel = "AFFINITY",
            description = {
                "user: each user stays on one gateway; none: each request of a user goes to the next gateway.",
                "  Those of the hostile users always do. Default: user."
            })
    private Affinity affinity = Affinity.USER;

    @Option(
            names = "--backend",
            paramLabel = "BACKEND",
            description = {
                "What the gateways of a protected arm share: local or redis.",
                "  With redis each arm starts a Redis of its own on loopback. Default: local."
            })
    private Deployment.Backend backend = Deployment.Backend.LOCAL;

    @Option(
            names = "--redis-uri",
            paramLabel = "URI",
            description = {
                "With --backend redis: a Redis of yours, such as redis://localhost:6379.",
                "  Keys begin with replay- and a random prefix, and expire within two days."
            })
    private @Nullable String redisUri;

    @Option(
            names = "--redis-timeout",
            paramLabel = "MILLIS",
            showDefaultValue = ALWAYS,
            description = "How long a decision waits for Redis, in real time.")
    private int redisTimeoutMillis = Deployment.DEFAULT.redisTimeoutMillis();

    @Option(names = "--processes", description = "With --backend redis: a JVM of its own for each gateway.")
    private boolean processes;

    @Option(
            names = "--chaos",
            paramLabel = "CHAOS",
            description = {
                "kill-redis: kills the protected arm's own Redis in the middle of the ramp",
                "  and starts an empty one at the same address 5 s later. Default: none."
            })
    private Deployment.Chaos chaos = Deployment.Chaos.NONE;

    @Option(
            names = "--seed",
            paramLabel = "N",
            showDefaultValue = ALWAYS,
            description = "Drives everything random: when each user comes, probes, the database.")
    private long seed = 1;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            showDefaultValue = ALWAYS,
            description = "Runs the unprotected arm with so many seeds and shows the run with the median error rate.")
    private int seeds = 1;

    @Option(
            names = "--capacity",
            paramLabel = "N",
            showDefaultValue = ALWAYS,
            description = "Places in the waiting room, and in the queue that the shop had.")
    private int capacity = 500;

    @Option(
            names = "--logins",
            paramLabel = "N",
            description = "The login guard's bound, for all pods together; by default what suits them: 4 on 2x0.4,"
                    + " 5 on 3x0.25.")
    private @Nullable Integer logins;

    @Option(
            names = "--calls",
            paramLabel = "N",
            description = "The bound of the guard of all other calls, for all pods together; by default what suits"
                    + " them: 24 on 2x0.4, 12 on 3x0.25.")
    private @Nullable Integer calls;

    @Option(
            names = "--call-ms",
            paramLabel = "MILLIS",
            showDefaultValue = ALWAYS,
            description = "How long a call other than login holds a pod of one whole core (at most 1).")
    private double callMillis = 0.4;

    @Option(names = "--hostile", paramLabel = "N", showDefaultValue = ALWAYS, description = "Hostile users in arm c.")
    private int hostileUsers = 20;

    @Option(
            names = "--hostile-rate",
            paramLabel = "N",
            showDefaultValue = ALWAYS,
            description = "Requests a second of each of them, in uncompressed seconds.")
    private double hostileRate = 50;

    @Option(
            names = "--no-warm-up",
            description = "Starts cold. For trying things out; the first arm then pays for the JIT compiler.")
    private boolean cold;

    @Option(
            names = "--lag-bound",
            paramLabel = "MILLIS",
            showDefaultValue = ALWAYS,
            description = {
                "The client's p99 lag behind its plan, in real time, beyond which an arm does not count.",
                "  In the time of the test, as the table has it, --compress times as much: 400 ms by default."
            })
    private int lagBoundMillis = 100;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = "${sys:replay.out:-target/replay}",
            showDefaultValue = ALWAYS,
            description = "Where index.html and replay.csv go.")
    private Path out = Path.of("target/replay");

    @Option(names = "--help", usageHelp = true, description = "Shows this text.")
    private boolean help;

    private ReplayOptions() {}

    /** The command line, ready to print its usage. */
    static CommandLine commandLine() {
        return new CommandLine(new ReplayOptions())
                .registerConverter(Arm.class, Arm::parse)
                .registerConverter(Affinity.class, text -> parse(Affinity.values(), text))
                .registerConverter(Deployment.Backend.class, text -> parse(Deployment.Backend.values(), text))
                .registerConverter(Deployment.Chaos.class, text -> parse(Deployment.Chaos.values(), text))
                .registerConverter(PodShape.class, PodShape::parse);
    }

    /**
     * Reads and checks the options.
     *
     * @throws ParameterException naming the option that is unknown or has a bad value
     */
    static ReplayOptions read(CommandLine line, String... args) {
        line.parseArgs(args);
        ReplayOptions options = line.getCommand();
        options.check(line);
        return options;
    }

    boolean help() {
        return help;
    }

    Path out() {
        return out;
    }

    boolean warmUp() {
        return !cold;
    }

    /** Returns how many runs the unprotected arm gets. */
    int seeds() {
        return seeds;
    }

    List<ArmPlan> plans() {
        Set<ArmPlan> plans = new LinkedHashSet<>();
        for (PodShape shape : pods.isEmpty() ? (full ? BOTH : REPRODUCED) : pods) {
            for (Arm arm : arms.isEmpty() ? List.of(Arm.values()) : arms) {
                plans.add(new ArmPlan(arm, shape, gateways == null ? arm.gateways() : gateways, seed));
            }
        }
        return List.copyOf(plans);
    }

    ReplaySettings settings() {
        return new ReplaySettings(
                users,
                Durations.seconds(rampSeconds),
                compression == null ? (full ? 1 : 4) : compression,
                ShopModel.withCallMillis(callMillis, capacity),
                capacity,
                Optional.ofNullable(logins),
                Optional.ofNullable(calls),
                hostileUsers,
                hostileRate,
                Durations.millis(lagBoundMillis),
                affinity,
                new Deployment(backend, Optional.ofNullable(redisUri), redisTimeoutMillis, processes, chaos));
    }

    private void check(CommandLine line) {
        between(line, "--users", users, 1, 100_000);
        between(line, "--ramp", rampSeconds, 1, 3_600);
        between(line, "--compress", compression == null ? 1 : compression, 1, 10);
        between(line, "--gateways", gateways == null ? 1 : gateways, 1, 16);
        between(line, "--seeds", seeds, 1, 50);
        between(line, "--capacity", capacity, 1, 1_000_000);
        between(line, "--logins", logins == null ? 1 : logins, 1, 100_000);
        between(line, "--calls", calls == null ? 1 : calls, 1, 100_000);
        between(line, "--call-ms", callMillis, 0.01, 1);
        between(line, "--hostile", hostileUsers, 1, 1_000);
        between(line, "--hostile-rate", hostileRate, 0.1, 1_000);
        between(line, "--lag-bound", lagBoundMillis, 1, 10_000);
        between(line, "--redis-timeout", redisTimeoutMillis, 1, 10_000);
        checkDeployment(line);
    }

    private void checkDeployment(CommandLine line) {
        boolean local = backend == Deployment.Backend.LOCAL;
        if (local && processes) {
            throw new ParameterException(
                    line, "--processes needs --backend redis: a local backend cannot be shared between processes");
        }
        if (local && redisUri != null) {
            throw new ParameterException(line, "--redis-uri needs --backend redis");
        }
        if (chaos == Deployment.Chaos.KILL_REDIS && (local || redisUri != null)) {
            throw new ParameterException(
                    line,
                    "--chaos kill-redis needs --backend redis without --redis-uri: it kills the replay's own Redis only");
        }
        if (redisUri != null) {
            checkUri(line, redisUri);
        }
    }

    private static void checkUri(CommandLine line, String uri) {
        try {
            var unused = RedisURI.create(uri);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(line, "Invalid value for option '--redis-uri': " + e.getMessage(), e);
        }
    }

    /** Finds a constant by its name in options, such as {@code kill-redis}. */
    private static <E extends Enum<E>> E parse(E[] constants, String text) {
        for (E constant : constants) {
            if (label(constant).equals(text)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("expected "
                + Stream.of(constants).map(ReplayOptions::label).collect(Collectors.joining(" or ")) + ", but got '"
                + text
                + "'");
    }

    /** Returns a constant's name in options and the CSV, such as {@code kill-redis}. */
    static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static void between(CommandLine line, String option, double value, double least, double most) {
        // Not the other way round: NaN is neither.
        if (!(value >= least && value <= most)) {
            throw new ParameterException(
                    line,
                    "Invalid value for option '" + option + "': expected " + plain(least) + " to " + plain(most)
                            + ", but got " + plain(value));
        }
    }

    private static String plain(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1e15
                ? Long.toString((long) number)
                : Double.toString(number);
    }
}
