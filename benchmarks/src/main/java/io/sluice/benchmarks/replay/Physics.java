package io.sluice.benchmarks.replay;

/**
 * The limit that no protection can beat: logins come faster than the pods can do them, so the last one waits for all
 * earlier ones, however they are shaped.
 *
 * @param loginsAloneNanos the shortest possible longest wait of a login, if the pods did nothing else
 * @param withAllCallsNanos an estimate, not a bound: the same if the pods also do the other calls that reach them
 *     meanwhile, as if these were spread evenly
 */
record Physics(long loginsAloneNanos, long withAllCallsNanos) {

    private static final int OTHER_CALLS_PER_USER =
            (int) Step.JOURNEY.stream().filter(Physics::reachesPods).count();

    static Physics of(PodShape pods, ShopModel model, int users, long rampNanos, double hostileCallsPerSecond) {
        double loginSeconds = users * Durations.toSeconds(model.loginCoreNanos());
        double otherSeconds = users * OTHER_CALLS_PER_USER * Durations.toSeconds(model.callCoreNanos());
        double hostileCores = hostileCallsPerSecond * Durations.toSeconds(model.callCoreNanos());
        double rampSeconds = Durations.toSeconds(rampNanos);
        return new Physics(
                waitNanos(loginSeconds, pods.cores(), rampSeconds),
                waitNanos(loginSeconds + otherSeconds, pods.cores() - hostileCores, rampSeconds));
    }

    private static long waitNanos(double coreSeconds, double cores, double rampSeconds) {
        return cores <= 0 ? Long.MAX_VALUE : Durations.seconds(Math.max(0, coreSeconds / cores - rampSeconds));
    }

    private static boolean reachesPods(Step step) {
        return step.buying() || step == Step.EVENT;
    }
}
