package io.sluice.benchmarks.replay;

import static io.sluice.benchmarks.replay.Durations.millis;
import static io.sluice.benchmarks.replay.Durations.seconds;

import java.util.List;
import java.util.Locale;

/**
 * The parameters of the shop. Those of the pods come from the reproduction of the failed test, which measured 10.2
 * logins a second on a whole core, and 0.4 ms of it for a poll. No other call was measured; each takes
 * {@code callCoreNanos}.
 *
 * @param loginCoreNanos how long a login holds a pod of one whole core
 * @param callCoreNanos how long any other call holds it
 * @param probeCoreNanos how long a probe holds it
 * @param databaseConnections how many statements of orders and payments run at once
 * @param queueCapacity how many visitors the old queue calls at once
 * @param queueReadyNanos how long a call of the old queue stands
 * @param queueTicketNanos how long the old queue keeps a ticket
 */
record ShopModel(
        long loginCoreNanos,
        long callCoreNanos,
        long probeCoreNanos,
        Probes probes,
        long restartNanos,
        int databaseConnections,
        long databaseMinNanos,
        long databaseMaxNanos,
        int queueCapacity,
        long queueReadyNanos,
        long queueTicketNanos,
        long promotionPeriodNanos) {

    /** The usual probes of an orchestrator. */
    record Probes(long readinessPeriodNanos, long livenessPeriodNanos, long timeoutNanos, int failuresInARow) {}

    static ShopModel withCallMillis(double callMillis, int queueCapacity) {
        return new ShopModel(
                millis(98),
                millis(callMillis),
                millis(0.05),
                new Probes(seconds(10), seconds(20), seconds(1), 3),
                seconds(8),
                10,
                millis(3),
                millis(7),
                queueCapacity,
                seconds(60),
                seconds(600),
                seconds(1));
    }

    double loginsPerCoreSecond() {
        return 1e9 / loginCoreNanos;
    }

    /** Returns the model in words, printed before the first arm. */
    List<String> describe() {
        return List.of(
                text(
                        "A pod is one event loop: a login holds it %.0f ms / share, any other call %.2f ms / share,"
                                + " a probe %.2f ms / share; first come, first served.",
                        ms(loginCoreNanos), ms(callCoreNanos), ms(probeCoreNanos)),
                text(
                        "Readiness is probed every %.0f s, liveness every %.0f s, with a %.0f s timeout; %d failures in"
                                + " a row count. A pod that is not ready gets no requests; one that is not alive is"
                                + " killed (502 for what was in it) and back after %.0f s.",
                        s(probes.readinessPeriodNanos),
                        s(probes.livenessPeriodNanos),
                        s(probes.timeoutNanos),
                        probes.failuresInARow,
                        s(restartNanos)),
                "The balancer picks the ready pod with the fewest requests outstanding; with none ready it answers 503."
                        + " A client that hangs up takes nothing out of a pod's backlog.",
                text(
                        "Orders and payments share %d database connections, %.0f to %.0f ms a statement.",
                        databaseConnections, ms(databaseMinNanos), ms(databaseMaxNanos)),
                text(
                        "The queue it had (arm a only): promotion every %.0f s by the first living pod, unless its loop"
                                + " is that far behind; at most %d called at once, each for %.0f s. Nothing enforces"
                                + " the gate.",
                        s(promotionPeriodNanos), queueCapacity, s(queueReadyNanos)),
                "The gateways have no time-out of their own, so nothing here answers 504; the shop and its store keep"
                        + " orders, tickets and tokens when a pod is killed.");
    }

    private static double ms(long nanos) {
        return Durations.toMillis(nanos);
    }

    private static double s(long nanos) {
        return Durations.toSeconds(nanos);
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
