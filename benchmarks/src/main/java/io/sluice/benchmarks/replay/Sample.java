package io.sluice.benchmarks.replay;

/**
 * One request of the crowd. Times count from the beginning of the ramp.
 *
 * @param startNanos when it was due
 * @param status as in {@link Answer}
 * @param ok whether the answer had the asserted status and everything that later steps need
 */
record Sample(int user, Step step, long startNanos, long endNanos, int status, boolean ok) {

    long latencyNanos() {
        return endNanos - startNanos;
    }
}
