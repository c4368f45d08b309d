package io.sluice.benchmarks.replay;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;

/** The replay from its options to its exit code. */
public final class Replay {

    private static final int FAILED = 3;
    private static final int BAD_OPTION = 64;

    private final ReplayOptions options;
    private final ReplaySettings settings;
    private final Progress progress;
    private final PrintStream out;
    private final Set<Arm> warm = EnumSet.noneOf(Arm.class);

    private Replay(ReplayOptions options, PrintStream out) {
        this.options = options;
        this.settings = options.settings();
        this.progress = new Progress(out);
        this.out = out;
    }

    /**
     * Runs the replay as the options say.
     *
     * @return 0 when all protected arms kept their promises, 1 when one did not, 2 when the load client lagged
     *     behind its plan (which outranks 1), 3 when the replay itself failed, 64 when an option is bad
     */
    public static int run(String[] args, PrintStream out, PrintStream err) {
        CommandLine line = ReplayOptions.commandLine();
        ReplayOptions options;
        try {
            options = ReplayOptions.read(line, args);
        } catch (CommandLine.ParameterException e) {
            err.println(e.getMessage());
            err.println("--help tells the options.");
            return BAD_OPTION;
        }
        if (options.help()) {
            line.usage(out);
            return Verdict.KEPT;
        }
        try {
            return new Replay(options, out).run();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            err.println("The replay was interrupted.");
        } catch (IOException e) {
            err.println("The report could not be written: " + e);
        } catch (RuntimeException e) {
            err.println("The replay failed: " + e);
            e.printStackTrace(err);
        }
        return FAILED;
    }

    private int run() throws InterruptedException, IOException {
        List<ArmPlan> plans = options.plans();
        List<String> conditions = Conditions.of(settings, plans);
        List<String> model = settings.model().describe();
        out.println("The flash-sale replay");
        model.forEach(line -> out.println("  " + line));
        conditions.forEach(line -> out.println("  " + line));

        List<ArmResult> results = new ArrayList<>();
        List<String> seedLines = new ArrayList<>();
        for (ArmPlan plan : plans) {
            if (plan.arm().guarded()) {
                results.add(play(plan));
            } else {
                SeedSpread spread = playSeeds(plan);
                results.add(spread.median());
                if (spread.runs().size() > 1) {
                    seedLines.addAll(spread.describe());
                }
            }
        }

        ReplayReport report = new ReplayReport(results, seedLines, model, conditions, Verdict.on(results));
        ConsoleReport.print(report, out);
        write(report);
        return report.verdict().exitCode();
    }

    private SeedSpread playSeeds(ArmPlan plan) throws InterruptedException {
        List<ArmResult> runs = new ArrayList<>();
        for (int i = 0; i < options.seeds(); i++) {
            runs.add(play(new ArmPlan(plan.arm(), plan.pods(), plan.gateways(), plan.seed() + i)));
        }
        return new SeedSpread(runs);
    }

    private ArmResult play(ArmPlan plan) throws InterruptedException {
        warmUp(plan);
        out.println();
        out.println(plan.title() + ", " + plan.subtitle() + ": " + plan.arm().meaning() + "; seed " + plan.seed());
        boolean earlyUsers = options.warmUp() && settings.deployment().processes();
        try (ArmRun run = new ArmRun(plan, settings, earlyUsers, progress)) {
            if (plan.arm().guarded()) {
                Physics physics = run.physics(0);
                out.println("  physics: the longest login waits at least " + Row.seconds(physics.loginsAloneNanos())
                        + " s (logins alone); estimate " + Row.seconds(physics.withAllCallsNanos())
                        + " s with all other calls of the users");
            }
            return run.play();
        }
    }

    /** Warms up each kind of gateway before its first arm; those in their own processes have early users instead. */
    private void warmUp(ArmPlan plan) throws InterruptedException {
        Arm kind = plan.arm().guarded() ? Arm.SLUICE_2 : Arm.UNPROTECTED;
        if (options.warmUp() && !settings.deployment().processes() && warm.add(kind)) {
            out.println();
            out.println("Warming up (not counted): " + kind.meaning());
            ArmPlan easy = new ArmPlan(kind, new PodShape(2, 8), plan.gateways(), plan.seed());
            try (ArmRun run = new ArmRun(easy, settings.forWarmUp(), false, progress)) {
                var unused = run.play();
            }
        }
    }

    private void write(ReplayReport report) throws IOException {
        Path directory = options.out().toAbsolutePath().normalize();
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("replay.csv"), CsvReport.text(report.results()));
        Path page = directory.resolve("index.html");
        Files.writeString(page, HtmlReport.text(report));
        out.println();
        out.println("Plots and all figures: " + page.toUri());
    }
}
