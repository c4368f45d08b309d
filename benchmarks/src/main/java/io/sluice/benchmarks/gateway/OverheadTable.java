package io.sluice.benchmarks.gateway;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The results of {@link GatewayOverhead}: a line per contender, each figure the median over the rounds. */
final class OverheadTable {

    private static final String HEADING = "%-20s %10s %8s %8s %12s %10s %10s %20s %22s%n";
    private static final String LINE = "%-20s %10.0f %8.0f %8.0f %12.1f %10.1f %9.0f%% %20s %22s%n";

    /** One contender in one round. CPU times are per request; {@code refused} is a part of 1. */
    record Row(
            double perSecond,
            double p50Micros,
            double p99Micros,
            double gatewayMicros,
            double redisMicros,
            double refused) {}

    private final Map<Contender, List<Row>> rounds = new EnumMap<>(Contender.class);

    void add(Contender contender, Row row) {
        rounds.computeIfAbsent(contender, unused -> new ArrayList<>()).add(row);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(HEADING.formatted(
                "",
                "requests/s",
                "p50 µs",
                "p99 µs",
                "gateway µs",
                "Redis µs",
                "refused",
                "÷ no filter",
                "÷ RequestRateLimiter"));
        rounds.forEach((contender, rows) -> text.append(LINE.formatted(
                contender,
                median(rows, Row::perSecond),
                median(rows, Row::p50Micros),
                median(rows, Row::p99Micros),
                median(rows, Row::gatewayMicros),
                median(rows, Row::redisMicros),
                100 * median(rows, Row::refused),
                ratio(rows, rounds.get(Contender.NO_FILTER)),
                ratio(rows, rounds.get(Contender.REQUEST_RATE_LIMITER)))));
        return text.toString();
    }

    private static double median(List<Row> rows, ToDoubleFunction<Row> figure) {
        return median(rows.stream().mapToDouble(figure).sorted().toArray());
    }

    private static double median(double[] sorted) {
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** Requests a second against another contender's in the same round: the median, the lowest and the highest. */
    private static String ratio(List<Row> rows, @Nullable List<Row> others) {
        if (others == null) {
            return "–";
        }
        double[] ratios = IntStream.range(0, rows.size())
                .mapToDouble(
                        round -> rows.get(round).perSecond() / others.get(round).perSecond())
                .sorted()
                .toArray();
        return "%.2f (%.2f to %.2f)".formatted(median(ratios), ratios[0], ratios[ratios.length - 1]);
    }
}
