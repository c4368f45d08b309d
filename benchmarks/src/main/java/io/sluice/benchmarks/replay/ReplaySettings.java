package io.sluice.benchmarks.replay;

/**
 * What is the same for all arms of a replay.
 *
 * @param deployment how the gateways run
 * @param compression how many times faster than the original test everything runs
 * @param loginsPerPod the login guard's bound: at once, for each pod
 * @param callsPerPod the same for all other calls
 * @param lagBoundRealNanos the client's p99 lag beyond which it measures itself and not the shop
 */
record ReplaySettings(
        int users,
        long rampNanos,
        double compression,
        ShopModel model,
        int roomCapacity,
        double loginsPerPod,
        int callsPerPod,
        int hostileUsers,
        double hostileRequestsPerSecond,
        long lagBoundRealNanos,
        Deployment deployment) {

    /** A short run on pods that are never the limit, so that the first arm does not measure a cold JVM. */
    ReplaySettings forWarmUp() {
        return new ReplaySettings(
                200,
                Durations.seconds(15),
                10,
                model,
                roomCapacity,
                loginsPerPod,
                callsPerPod,
                hostileUsers,
                hostileRequestsPerSecond,
                lagBoundRealNanos,
                deployment.withoutChaos());
    }

    long toRealNanos(long nanos) {
        return (long) (nanos / compression);
    }
}
