package io.sluice.benchmarks.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Whether the promises were kept.
 *
 * @param lines the lines to print, the worst first
 */
record Verdict(int exitCode, List<String> lines) {

    static final int KEPT = 0;
    static final int BROKEN = 1;
    static final int HARNESS_WAS_THE_LIMIT = 2;
    private static final double COLLAPSE = 0.10;

    static Verdict on(List<ArmResult> results) {
        List<String> limits = new ArrayList<>();
        List<String> broken = new ArrayList<>();
        List<String> kept = new ArrayList<>();
        for (ArmResult result : results) {
            String arm = result.plan().title() + ", " + result.plan().subtitle() + ": ";
            if (result.clientWasTheLimit()) {
                limits.add(arm
                        + String.format(
                                Locale.ROOT,
                                "the load client lagged %.0f ms (p99; bound %.0f ms, %.0f ms in real time), so this run"
                                        + " measured the machine and not the shop. Its figures do not count: try a"
                                        + " quiet machine, or --compress 2 or 1.",
                                Durations.toMillis(result.lag().p99Nanos()),
                                Durations.toMillis(result.settings().lagBoundNanos()),
                                Durations.toMillis(result.settings().lagBoundRealNanos())));
            } else if (result.plan().arm().guarded()) {
                List<String> misses = missedPromises(result);
                misses.forEach(miss -> broken.add(arm + miss));
                if (misses.isEmpty()) {
                    kept.add(arm + "0 errors, all " + result.settings().users() + " users bought and had entered.");
                }
            } else {
                kept.add(arm
                        + Row.percent(result.errorRate())
                        + (result.errorRate() >= COLLAPSE
                                ? " errors: it collapses."
                                : " errors: it did not collapse."));
            }
        }
        List<String> lines = new ArrayList<>(limits);
        lines.addAll(broken);
        lines.addAll(kept);
        return new Verdict(!limits.isEmpty() ? HARNESS_WAS_THE_LIMIT : !broken.isEmpty() ? BROKEN : KEPT, lines);
    }

    private static List<String> missedPromises(ArmResult result) {
        List<String> misses = new ArrayList<>();
        int users = result.settings().users();
        if (result.errors() > 0) {
            misses.add("MISSED: " + result.errors() + " errors of " + result.requests() + " requests.");
        }
        if (result.buyers() < users) {
            misses.add("MISSED: " + result.buyers() + " of " + users + " users bought.");
        }
        if (result.enteredFirst() < users) {
            misses.add("MISSED: " + result.enteredFirst() + " of " + users + " users entered before they bought.");
        }
        int places = result.settings().roomCapacity();
        if (result.insideAtOnce() > places) {
            misses.add("MISSED: at least " + result.insideAtOnce() + " users were inside the room at once, of " + places
                    + " places.");
        }
        result.hostile()
                .filter(hostile -> hostile.overBound() > 0)
                .ifPresent(hostile -> misses.add("MISSED: "
                        + hostile.overBound() + " hostile users were granted more than " + hostile.bound()
                        + ": the most "
                        + hostile.most().granted() + ", whose bound is " + hostile.boundOf(hostile.most()) + "."
                        + slowDecisions(result.settings().deployment())));
        return misses;
    }

    /** A decision that Redis makes too late is the gateway's own, from its share, and may come on top of the bound. */
    private static String slowDecisions(Deployment deployment) {
        return deployment.onRedis()
                ? " Decisions not made within " + deployment.redisTimeoutMillis()
                        + " ms are made by each gateway alone and may have added to it: try a quiet machine, or a longer"
                        + " --redis-timeout."
                : "";
    }
}
