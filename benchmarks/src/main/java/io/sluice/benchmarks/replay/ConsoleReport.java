package io.sluice.benchmarks.replay;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** The table for the terminal. */
final class ConsoleReport {

    private static final int LABEL_WIDTH = 26;
    private static final int ARMS_PER_TABLE = 4;
    private static final int MOST_ERRORS_SHOWN = 10;

    private ConsoleReport() {}

    static void print(ReplayReport report, PrintStream out) {
        for (int from = 0; from < report.results().size(); from += ARMS_PER_TABLE) {
            int to = Math.min(report.results().size(), from + ARMS_PER_TABLE);
            printTable(report.results().subList(from, to), out);
        }
        report.results().forEach(result -> result.hostile().ifPresent(hostile -> printHostile(result, hostile, out)));
        report.results().forEach(result -> result.redis().ifPresent(redis -> printRedis(result, redis, out)));
        report.results().stream()
                .filter(result -> result.plan().arm().guarded())
                .forEach(result -> printErrors(result, out));
        ReplayReport.NOTES.forEach(note -> out.println("  " + note));
        if (!report.seedLines().isEmpty()) {
            out.println();
            out.println("Unprotected, seed by seed:");
            report.seedLines().forEach(line -> out.println("  " + line));
        }
        out.println();
        report.verdict().lines().forEach(out::println);
    }

    private static void printTable(List<ArmResult> results, PrintStream out) {
        List<String> top = new ArrayList<>(List.of("report", "report", "reproduction"));
        List<String> below = new ArrayList<>(List.of("2 pods", "3 pods", "2x0.4 core"));
        for (ArmResult result : results) {
            top.add(result.plan().title());
            below.add(result.plan().gateways() + " gw, " + result.plan().pods() + " core");
        }
        out.println();
        printLine("", top, out);
        printLine("", below, out);
        for (Row row : Row.values()) {
            List<String> cells = new ArrayList<>(List.of(row.report2(), row.report3(), row.reproduction()));
            results.forEach(result -> cells.add(row.of(result)));
            printLine(row.label(), cells, out);
        }
        out.println();
    }

    private static void printLine(String label, List<String> cells, PrintStream out) {
        StringBuilder line = new StringBuilder(pad(label, LABEL_WIDTH, false));
        for (int i = 0; i < cells.size(); i++) {
            line.append("  ").append(pad(cells.get(i), i < 2 ? 10 : i == 2 ? 15 : 20, true));
        }
        out.println(line);
    }

    /** Prints the errors: where there should be none, each one is worth a look. */
    private static void printErrors(ArmResult result, PrintStream out) {
        result.samples().stream()
                .filter(sample -> !sample.ok())
                .limit(MOST_ERRORS_SHOWN)
                .forEach(sample -> out.printf(
                        Locale.ROOT,
                        "  error in %s: user %d, %s at %.1f s: %s after %.3f s%n",
                        result.plan().title(),
                        sample.user(),
                        sample.step().label(),
                        Durations.toSeconds(sample.startNanos()),
                        Answer.statusName(sample.status()),
                        Durations.toSeconds(sample.latencyNanos())));
    }

    private static void printHostile(ArmResult result, HostileFigures hostile, PrintStream out) {
        out.println("  " + result.plan().title() + ", " + result.plan().subtitle() + ": " + describe(hostile));
    }

    private static void printRedis(ArmResult result, RedisFigures redis, PrintStream out) {
        out.println("  " + result.plan().title() + ", " + result.plan().subtitle() + ": " + describe(result, redis));
    }

    static String describe(ArmResult result, RedisFigures redis) {
        String cpu = redis.cpuSeconds()
                .map(seconds -> String.format(Locale.ROOT, "Redis used %.1f CPU seconds", seconds))
                .orElse("Redis is the caller's, its CPU was not measured");
        String outage = redis.outage()
                .map(times -> String.format(
                        Locale.ROOT,
                        "; it was killed at %.1f s, and an empty one listened at %.1f s",
                        Durations.toSeconds(times.killedNanos() - result.rampStartNanos()),
                        Durations.toSeconds(times.backNanos() - result.rampStartNanos())))
                .orElse("");
        return cpu + outage + ".";
    }

    static String describe(HostileFigures hostile) {
        HostileFigures.User most = hostile.most();
        return hostile.users().size() + " hostile users sent " + Row.count(hostile.sent())
                + " requests. The limit granted " + Row.count(hostile.granted()) + " of them, and "
                + Row.count(hostile.reachedShop()) + " reached the shop. The user who was granted most got "
                + Row.count(most.granted()) + ", " + Row.count(most.reachedShop()) + " of them to the shop, and "
                + hostile.bound() + " allows " + Row.count(hostile.boundOf(most)) + "; " + hostile.overBound()
                + " were granted more than their own. Answers: "
                + hostile.answersByStatus().entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(entry -> Answer.statusName(entry.getKey()) + " × " + Row.count(entry.getValue()))
                        .collect(Collectors.joining(", "))
                + ".";
    }

    private static String pad(String text, int width, boolean right) {
        String spaces = " ".repeat(Math.max(0, width - text.length()));
        return right ? spaces + text : text + spaces;
    }
}
