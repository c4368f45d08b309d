package io.sluice;

import java.util.Random;
import java.util.function.Consumer;

/** Runs a property on random input that can be repeated: {@code -Dsluice.seed=…} plays the one that failed. */
public final class Seeds {

    private Seeds() {}

    public static void forAll(int runs, Consumer<Random> property) {
        Long replayed = Long.getLong("sluice.seed");
        if (replayed != null) {
            property.accept(new Random(replayed));
            return;
        }
        Random seeds = new Random();
        for (int i = 0; i < runs; i++) {
            long seed = seeds.nextLong();
            try {
                property.accept(new Random(seed));
            } catch (Throwable e) {
                throw new AssertionError("Failed; repeat with -Dsluice.seed=" + seed + ": " + e, e);
            }
        }
    }
}
