package io.sluice.benchmarks.replay;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * The result of an arm. Times are those of the uncompressed test; only CPU seconds are real.
 *
 * @param samples one for each request of the crowd; none is missing, since a failure is an answer, too
 * @param redis that of a protected arm, if it had one
 * @param rampStartNanos when the ramp began, in the time of the pods' events
 */
record ArmResult(
        ArmPlan plan,
        ReplaySettings settings,
        List<Sample> samples,
        long rampStartNanos,
        ShopFigures shop,
        Physics physics,
        Map<CpuMeter.Part, Double> cpuSeconds,
        SchedulingLag.Summary lag,
        Optional<HostileFigures> hostile,
        Optional<RedisFigures> redis) {

    static final int PHASES = 4;

    int requests() {
        return samples.size();
    }

    /** From the first request to the last answer. */
    long durationNanos() {
        return lastEndNanos() - firstStartNanos();
    }

    double requestsPerSecond() {
        return samples.isEmpty() ? 0 : requests() / Durations.toSeconds(durationNanos());
    }

    long meanLatencyNanos() {
        return (long) samples.stream().mapToLong(Sample::latencyNanos).average().orElse(0);
    }

    long latencyNanos(double part) {
        return latencyNanos(sample -> true, part);
    }

    long longestLoginNanos() {
        return latencyNanos(sample -> sample.step() == Step.LOGIN, 1);
    }

    long errors() {
        return count(sample -> !sample.ok());
    }

    double errorRate() {
        return rate(errors(), requests());
    }

    long ok(Step step) {
        return count(sample -> sample.step() == step && sample.ok());
    }

    /** Users whose 18 requests were all ok. */
    long finished() {
        return usersWithoutErrorIn(sample -> true).size();
    }

    /** Users whose order, payment, callback and verification were ok. */
    long buyers() {
        return buyingUsers().size();
    }

    /** Users who got through the waiting room's gate. */
    long entered() {
        return enteredUsers().size();
    }

    /** Buyers who were let in before they bought. */
    long enteredFirst() {
        Set<Integer> entered = enteredUsers();
        return buyingUsers().stream().filter(entered::contains).count();
    }

    /**
     * Users who were inside the room at the same time, at least. Each counts from the answer to their entering until
     * they send the callback, whose answer gives the place back. That is far less than the stay of a place.
     */
    long insideAtOnce() {
        Set<Integer> entered = enteredUsers();
        long[] entriesNanos = sortedNanos(Step.ENTER, entered, Sample::endNanos);
        long[] leavesNanos = sortedNanos(Step.CALLBACK, entered, Sample::startNanos);
        int left = 0;
        int most = 0;
        for (int i = 0; i < entriesNanos.length; i++) {
            while (left < leavesNanos.length && leavesNanos[left] <= entriesNanos[i]) {
                left++;
            }
            most = Math.max(most, i + 1 - left);
        }
        return most;
    }

    /** Polls that failed, by status. */
    Map<Integer, Long> statusFailures() {
        return samples.stream()
                .filter(sample -> sample.step() == Step.STATUS && !sample.ok())
                .collect(Collectors.groupingBy(Sample::status, TreeMap::new, Collectors.counting()));
    }

    /** Error rate in each quarter of the run, by the time of the answer. */
    double[] errorRateByPhase() {
        long firstNanos = firstStartNanos();
        long durationNanos = Math.max(1, durationNanos());
        long[] requests = new long[PHASES];
        long[] errors = new long[PHASES];
        for (Sample sample : samples) {
            long sinceFirst = sample.endNanos() - firstNanos;
            int phase = (int) Math.min(PHASES - 1, sinceFirst * PHASES / durationNanos);
            requests[phase]++;
            errors[phase] += sample.ok() ? 0 : 1;
        }
        double[] rates = new double[PHASES];
        for (int phase = 0; phase < PHASES; phase++) {
            rates[phase] = rate(errors[phase], requests[phase]);
        }
        return rates;
    }

    boolean clientWasTheLimit() {
        return lag.p99Nanos() > settings.lagBoundNanos();
    }

    private Set<Integer> buyingUsers() {
        return usersWithoutErrorIn(sample -> sample.step().buying());
    }

    private Set<Integer> enteredUsers() {
        return usersWithoutErrorIn(sample -> sample.step() == Step.ENTER);
    }

    private Set<Integer> usersWithoutErrorIn(Predicate<Sample> which) {
        Map<Integer, Boolean> ok = new HashMap<>();
        samples.stream().filter(which).forEach(sample -> ok.merge(sample.user(), sample.ok(), Boolean::logicalAnd));
        return ok.entrySet().stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    private long[] sortedNanos(Step step, Set<Integer> users, ToLongFunction<Sample> nanos) {
        return Percentiles.sorted(samples.stream()
                .filter(sample -> sample.step() == step && users.contains(sample.user()))
                .mapToLong(nanos));
    }

    private long latencyNanos(Predicate<Sample> which, double part) {
        return Percentiles.of(Percentiles.sorted(samples.stream().filter(which).mapToLong(Sample::latencyNanos)), part);
    }

    private long count(Predicate<Sample> which) {
        return samples.stream().filter(which).count();
    }

    private long firstStartNanos() {
        return samples.stream().mapToLong(Sample::startNanos).min().orElse(0);
    }

    private long lastEndNanos() {
        return samples.stream().mapToLong(Sample::endNanos).max().orElse(0);
    }

    private static double rate(long part, long whole) {
        return whole == 0 ? 0 : part / (double) whole;
    }
}
