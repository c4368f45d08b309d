package io.sluice.benchmarks.replay;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.Function;

/**
 * A row of the comparison: the result of an arm, beside what the report of the failed test says for 2 and 3 gateway
 * pods, and beside its reproduction on 2 pods of 0.4 core (two runs).
 */
@SuppressWarnings("ImmutableEnumChecker") // The functions are lambdas without state.
enum Row {
    REQUESTS("requests", "18,000", "18,000", "18,000", r -> count(r.requests())),
    DURATION("duration", "2 min 21 s", "2 min 39 s", "", r -> duration(r.durationNanos())),
    THROUGHPUT("throughput, requests/s", "127.9", "112.9", "", r -> decimal(r.requestsPerSecond())),
    MEAN("mean response, ms", "898", "2,171", "591 / 985", r -> millis(r.meanLatencyNanos())),
    P99("p99 response, ms", "", "", "11,902 / 30,026", r -> millis(r.latencyNanos(0.99))),
    ERRORS("error rate", "61.73 %", "71.81 %", "72.2 % / 66.6 %", r -> percent(r.errorRate())),
    FINISHED("users who finished", "521", "482", "", r -> count(r.finished())),
    BUYERS("buyers", "", "", "406 / 510", r -> count(r.buyers())),
    ENTERED("entered", "276", "129", "44 / 77", r -> count(r.entered())),
    ENTERED_FIRST("buyers who had entered", "", "", "", r -> count(r.enteredFirst())),
    INSIDE("inside at once, at least", "", "", "", r -> count(r.insideAtOnce())),
    LOGIN_OK("login ok", "521", "482", "", r -> count(r.ok(Step.LOGIN))),
    ENQUEUE_OK("enqueue ok", "407", "313", "", r -> count(r.ok(Step.ENQUEUE))),
    STATUS_OK("queue status ok", "2,601", "1,223", "", r -> count(r.ok(Step.STATUS))),
    ENTER_OK("enter queue ok", "276", "129", "", r -> count(r.ok(Step.ENTER))),
    EVENT_OK("event detail ok", "1,000", "1,000", "", r -> count(r.ok(Step.EVENT))),
    ORDER_OK("create order ok", "", "", "", r -> count(r.ok(Step.ORDER))),
    PAYMENT_OK("create payment ok", "", "", "", r -> count(r.ok(Step.PAYMENT))),
    CALLBACK_OK("payment callback ok", "", "", "", r -> count(r.ok(Step.CALLBACK))),
    VERIFY_OK("verify order ok", "", "", "", r -> count(r.ok(Step.VERIFY))),
    STATUS_503("failed polls: 503", "4,383", "5,620", "", r -> statusFailures(r, 503)),
    STATUS_404("  404", "2,367", "2,349", "", r -> statusFailures(r, 404)),
    STATUS_504("  504", "331", "205", "", r -> statusFailures(r, 504)),
    STATUS_502("  502", "312", "231", "", r -> statusFailures(r, 502)),
    STATUS_TIMEOUT("  timeout", "6", "372", "", r -> statusFailures(r, Answer.TIMED_OUT)),
    STATUS_OTHER("  other", "", "", "", Row::otherStatusFailures),
    PHASE_1("errors: 1st quarter", "23.24 %", "0 %", "", r -> percent(r.errorRateByPhase()[0])),
    PHASE_2("  2nd quarter", "81.19 %", "83.18 %", "", r -> percent(r.errorRateByPhase()[1])),
    PHASE_3("  3rd quarter", "48.14 %", "78.46 %", "", r -> percent(r.errorRateByPhase()[2])),
    PHASE_4("  4th quarter", "0 %", "66.58 %", "", r -> percent(r.errorRateByPhase()[3])),
    LONGEST_LOGIN("longest login, s", "", "", "", r -> seconds(r.longestLoginNanos())),
    PHYSICS("  the least possible", "", "", "", r -> physics(r, r.physics().loginsAloneNanos())),
    PHYSICS_ALL("  estimate, all calls", "", "", "", r -> physics(r, r.physics().withAllCallsNanos())),
    LONGEST_BACKLOG("longest backlog, s", "", "", "", r -> seconds(r.shop().longestBacklogNanos())),
    PROBES_MISSED("probes missed", "", "", "", r -> count(r.shop().count(PodEvent.Kind.PROBE_MISSED))),
    PODS_UNREADY("pods taken out", "", "", "", r -> count(r.shop().count(PodEvent.Kind.UNREADY))),
    PODS_KILLED("pods killed", "", "", "", r -> count(r.shop().count(PodEvent.Kind.KILLED))),
    DATABASE_QUEUE("longest database queue", "", "", "", r -> count(r.shop().longestDatabaseQueue())),
    CPU_GATEWAYS("CPU s: gateways", "", "", "", r -> cpu(r, CpuMeter.Part.GATEWAYS)),
    CPU_SHOP("  shop model", "", "", "", r -> cpu(r, CpuMeter.Part.SHOP_MODEL)),
    CPU_CLIENT("  client", "", "", "", r -> cpu(r, CpuMeter.Part.CLIENT)),
    CPU_REST("  GC, JIT, rest", "", "", "", r -> cpu(r, CpuMeter.Part.REST)),
    LAG(
            "client lag p99, ms",
            "",
            "",
            "",
            r -> decimal(Durations.toMillis(r.lag().p99Nanos()))),
    LAG_MAX("  max", "", "", "", r -> decimal(Durations.toMillis(r.lag().maxNanos())));

    private static final String NOT_KNOWN = "–";
    private static final Set<Integer> STATUSES_WITH_A_ROW = Set.of(503, 404, 504, 502, Answer.TIMED_OUT);

    private final String label;
    private final String report2;
    private final String report3;
    private final String reproduction;
    private final Function<ArmResult, String> value;

    Row(String label, String report2, String report3, String reproduction, Function<ArmResult, String> value) {
        this.label = label;
        this.report2 = report2;
        this.report3 = report3;
        this.reproduction = reproduction;
        this.value = value;
    }

    String label() {
        return label;
    }

    /** Returns the report's figure for 2 gateway pods. */
    String report2() {
        return orDash(report2);
    }

    /** Returns the report's figure for 3 gateway pods. */
    String report3() {
        return orDash(report3);
    }

    /** Returns the figures of the reproduction on 2 pods of 0.4 core. */
    String reproduction() {
        return orDash(reproduction);
    }

    String of(ArmResult result) {
        return value.apply(result);
    }

    static String percent(double rate) {
        return String.format(Locale.ROOT, "%.2f %%", rate * 100);
    }

    static String count(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    static String millis(long nanos) {
        return String.format(Locale.ROOT, "%,.0f", Durations.toMillis(nanos));
    }

    static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.1f", Durations.toSeconds(nanos));
    }

    private static String decimal(double number) {
        return String.format(Locale.ROOT, "%,.1f", number);
    }

    private static String duration(long nanos) {
        long seconds = Math.round(Durations.toSeconds(nanos));
        return seconds / 60 + " min " + seconds % 60 + " s";
    }

    private static String cpu(ArmResult result, CpuMeter.Part part) {
        return decimal(result.cpuSeconds().getOrDefault(part, 0.0));
    }

    private static String physics(ArmResult result, long nanos) {
        return result.plan().arm().guarded() ? seconds(nanos) : NOT_KNOWN;
    }

    private static String statusFailures(ArmResult result, int status) {
        return count(result.statusFailures().getOrDefault(status, 0L));
    }

    private static String otherStatusFailures(ArmResult result) {
        StringJoiner others = new StringJoiner(", ");
        for (Map.Entry<Integer, Long> failures : result.statusFailures().entrySet()) {
            if (!STATUSES_WITH_A_ROW.contains(failures.getKey())) {
                others.add(count(failures.getValue()) + " × " + Answer.statusName(failures.getKey()));
            }
        }
        return others.length() == 0 ? "0" : others.toString();
    }

    private static String orDash(String figure) {
        return figure.isEmpty() ? NOT_KNOWN : figure;
    }
}
