package io.sluice.benchmarks.replay;

import java.util.ArrayList;
import java.util.List;

/** Samples in slices of time, by the time of the answer. */
final class TimeSeries {

    /** One slice; latencies are 0 if nothing was answered in it. */
    record Slice(
            long fromNanos,
            long started,
            long answered,
            long errors,
            double meanNanos,
            long medianNanos,
            long p99Nanos,
            long maxNanos) {

        double errorRate() {
            return answered == 0 ? 0 : errors / (double) answered;
        }
    }

    private TimeSeries() {}

    static List<Slice> of(List<Sample> samples, long sliceNanos) {
        long lastNanos = samples.stream().mapToLong(Sample::endNanos).max().orElse(-1);
        int slices = (int) (lastNanos / sliceNanos) + (lastNanos < 0 ? 0 : 1);
        long[] started = new long[slices];
        List<List<Sample>> answered = new ArrayList<>();
        for (int i = 0; i < slices; i++) {
            answered.add(new ArrayList<>());
        }
        for (Sample sample : samples) {
            started[(int) (sample.startNanos() / sliceNanos)]++;
            answered.get((int) (sample.endNanos() / sliceNanos)).add(sample);
        }
        List<Slice> series = new ArrayList<>();
        for (int i = 0; i < slices; i++) {
            series.add(slice(i * sliceNanos, started[i], answered.get(i)));
        }
        return series;
    }

    private static Slice slice(long fromNanos, long started, List<Sample> answered) {
        long[] latencies = Percentiles.sorted(answered.stream().mapToLong(Sample::latencyNanos));
        return new Slice(
                fromNanos,
                started,
                answered.size(),
                answered.stream().filter(sample -> !sample.ok()).count(),
                answered.stream().mapToLong(Sample::latencyNanos).average().orElse(0),
                Percentiles.of(latencies, 0.5),
                Percentiles.of(latencies, 0.99),
                Percentiles.of(latencies, 1));
    }
}
