package io.sluice.benchmarks.replay;

import java.util.Comparator;
import java.util.List;

/** The unprotected arm over several seeds; the run with the median error rate stands for all of them. */
record SeedSpread(List<ArmResult> runs) {

    SeedSpread {
        if (runs.isEmpty()) {
            throw new IllegalArgumentException("no runs");
        }
        runs = List.copyOf(runs);
    }

    /** Returns the median run; of an even number the lower of the two in the middle, which is a run that happened. */
    ArmResult median() {
        return runs.stream()
                .sorted(Comparator.comparingDouble(ArmResult::errorRate))
                .toList()
                .get((runs.size() - 1) / 2);
    }

    /** Returns one line for each seed. */
    List<String> describe() {
        return runs.stream()
                .map(run -> "seed " + run.plan().seed() + " on " + run.plan().pods() + ": "
                        + Row.percent(run.errorRate()) + " errors, mean " + Row.millis(run.meanLatencyNanos())
                        + " ms, p99 " + Row.millis(run.latencyNanos(0.99)) + " ms, " + run.buyers()
                        + " buyers, " + run.entered() + " entered, " + run.enteredFirst() + " buyers had entered, "
                        + run.shop().count(PodEvent.Kind.UNREADY) + " times a pod was taken out, "
                        + run.shop().count(PodEvent.Kind.KILLED) + " killed")
                .toList();
    }
}
