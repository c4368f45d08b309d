package io.sluice;

import java.util.Random;
import java.util.function.Consumer;

/** Runs a random test with several seeds. What fails names its seed; {@code -Dsluice.seed=…} runs that one alone. */
final class Seed {

    private Seed() {}

    static void each(int count, Consumer<Random> test) {
        Long only = Long.getLong("sluice.seed");
        long first = only != null ? only : System.nanoTime();
        for (long seed = first; seed < first + (only != null ? 1 : count); seed++) {
            try {
                test.accept(new Random(seed));
            } catch (AssertionError | RuntimeException failure) {
                throw new AssertionError(
                        "Failed with seed " + seed + "; replay with -Dsluice.seed=" + seed + ": "
                                + failure.getMessage(),
                        failure);
            }
        }
    }
}
