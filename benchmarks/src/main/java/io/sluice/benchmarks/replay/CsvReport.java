package io.sluice.benchmarks.replay;

import java.util.List;
import java.util.Locale;

/** One line for each arm and second of the uncompressed test. */
final class CsvReport {

    /** Each column and what it holds. */
    static final List<List<String>> COLUMNS = List.of(
            List.of("arm", "unprotected, sluice-2, sluice-3 or hostile"),
            List.of("pods", "number and cores of the shop's pods"),
            List.of("gateways", "number of gateways"),
            List.of("seed", "seed of the run"),
            List.of("second", "seconds of the uncompressed test since the ramp began"),
            List.of("started", "requests of the crowd due in that second"),
            List.of("answered", "requests answered or given up in it; the columns below are of these"),
            List.of("errors", "how many of them failed"),
            List.of("mean_ms", "mean latency"),
            List.of("p50_ms", "median latency"),
            List.of("p99_ms", "99th percentile"),
            List.of("max_ms", "longest latency"),
            List.of("backend", "what the gateways shared: none, local or redis"),
            List.of("processes", "true if each gateway had a JVM of its own"),
            List.of("chaos", "what happened in the middle of the ramp: none or kill-redis"));

    private CsvReport() {}

    static String text(List<ArmResult> results) {
        StringBuilder csv = new StringBuilder();
        csv.append(String.join(
                        ",", COLUMNS.stream().map(column -> column.get(0)).toList()))
                .append('\n');
        for (ArmResult result : results) {
            for (TimeSeries.Slice slice : TimeSeries.of(result.samples(), Durations.NANOS_PER_SECOND)) {
                csv.append(line(result, slice)).append('\n');
            }
        }
        return csv.toString();
    }

    private static String line(ArmResult result, TimeSeries.Slice slice) {
        ArmPlan plan = result.plan();
        Deployment deployment = result.settings().deployment();
        boolean guarded = plan.arm().guarded();
        return String.format(
                Locale.ROOT,
                "%s,%s,%d,%d,%d,%d,%d,%d,%.1f,%.1f,%.1f,%.1f,%s,%s,%s",
                plan.arm().label(),
                plan.pods(),
                plan.gateways(),
                plan.seed(),
                slice.fromNanos() / Durations.NANOS_PER_SECOND,
                slice.started(),
                slice.answered(),
                slice.errors(),
                Durations.toMillis(slice.meanNanos()),
                Durations.toMillis(slice.medianNanos()),
                Durations.toMillis(slice.p99Nanos()),
                Durations.toMillis(slice.maxNanos()),
                guarded ? ReplayOptions.label(deployment.backend()) : "none",
                deployment.processes(),
                ReplayOptions.label(guarded ? deployment.chaos() : Deployment.Chaos.NONE));
    }
}
