package io.sluice.benchmarks.replay;

import java.io.PrintStream;
import java.util.Locale;

/** Shows somebody who waits that the replay is running. */
final class Progress {

    private final PrintStream out;
    private final long startNanoTime = System.nanoTime();

    Progress(PrintStream out) {
        this.out = out;
    }

    void say(String line) {
        out.println(line);
    }

    void warn(String line) {
        out.println("warning: " + line);
    }

    void show(ArmPlan plan, Recorder recorder) {
        out.printf(
                Locale.ROOT,
                "  %4d s  %-22s %,8d requests, %,7d errors, %,6d in flight%n",
                (System.nanoTime() - startNanoTime) / Durations.NANOS_PER_SECOND,
                plan.title(),
                recorder.answered(),
                recorder.failed(),
                recorder.inFlight());
    }
}
