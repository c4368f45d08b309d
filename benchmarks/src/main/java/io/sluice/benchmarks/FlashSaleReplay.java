package io.sluice.benchmarks;

import io.sluice.benchmarks.replay.Replay;

/**
 * Replays the flash sale that failed: first against a model of the shop as it was, then against the same shop with
 * Sluice in front.
 *
 * <pre>
 * mvn -q -Preplay -pl benchmarks -am -DskipTests package
 * mvn -q -Preplay -pl benchmarks -am -DskipTests package -Dreplay.args="--help"
 * </pre>
 */
public final class FlashSaleReplay {

    private FlashSaleReplay() {}

    /** Runs the replay and ends the process with its exit code; {@code --help} lists the options and the codes. */
    public static void main(String[] args) {
        System.exit(Replay.run(args, System.out, System.err));
    }
}
