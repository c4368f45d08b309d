package io.sluice.benchmarks.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The conditions under which the figures were measured; without them the figures mean nothing. */
final class Conditions {

    private Conditions() {}

    /** Returns the conditions of these runs, which all have one seed. */
    static List<String> of(ReplaySettings settings, List<ArmPlan> plans) {
        List<String> lines = new ArrayList<>();
        lines.add(text(
                "%d users over a ramp of %.0f s, %d requests each; 2 s before each poll, timeouts of 30 s; seed %d.",
                settings.users(),
                Durations.toSeconds(settings.rampNanos()),
                Step.JOURNEY.size(),
                plans.get(0).seed()));
        lines.add(
                settings.compression() == 1
                        ? "Time is not compressed."
                        : text(
                                "Time runs %s times faster: ramp, think time, timeouts, probes, holds, limits, refresh"
                                        + " and leases are all divided by it. All figures are converted back, but CPU"
                                        + " seconds are real; what gateways and sockets cost weighs %s times as much"
                                        + " as it would.",
                                number(settings.compression()), number(settings.compression())));
        lines.add(text(
                "Logins and polls count from when they were due, however late the client was. An arm does not count if"
                        + " the client's lag is more than %s ms at p99 (%s ms in real time).",
                number(Durations.toMillis(settings.lagBoundNanos())),
                number(Durations.toMillis(settings.lagBoundRealNanos()))));
        lines.add(
                settings.affinity() == Affinity.USER
                        ? "Each user stays on one gateway."
                        : "Each request of a user goes to the next gateway.");
        lines.addAll(settings.deployment().describe());
        lines.add(text(
                "Sluice: %d requests a second and a burst of %d for each user, %d places in the room. On the pods at once:"
                        + " %s; the rest is held for at most %d s; so is entering the room.",
                GatewayProperties.PERMITS_PER_SECOND,
                GatewayProperties.BURST,
                settings.roomCapacity(),
                plans.stream().map(plan -> bounds(settings, plan)).distinct().collect(Collectors.joining(", ")),
                GatewayProperties.LONGEST_HOLD_SECONDS));
        if (plans.stream().anyMatch(plan -> plan.arm().hostile())) {
            lines.add(text(
                    "Arm c: %d hostile users, logged in, %s requests a second each on GET /orders/x and POST /orders in"
                            + " turn, each to the next gateway.",
                    settings.hostileUsers(), number(settings.hostileRequestsPerSecond())));
        }
        lines.add(text(
                "%d CPUs, JDK %s (%s), %s %s. Client, gateways and shop share this machine%s.",
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("java.version"),
                System.getProperty("java.vm.name"),
                System.getProperty("os.name"),
                System.getProperty("os.arch"),
                settings.deployment().processes() ? "" : " and this process"));
        return lines;
    }

    private static String bounds(ReplaySettings settings, ArmPlan plan) {
        GuardBounds bounds = settings.bounds(plan.pods());
        // On Redis the bound is divided, and each gateway has at least one call.
        int least = settings.deployment().onRedis() ? plan.gateways() : 0;
        return text(
                "at most %d logins and %d other calls on %s core",
                Math.max(least, bounds.logins()), Math.max(least, bounds.calls()), plan.pods());
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
