package io.sluice.benchmarks.replay;

/**
 * What is the same for all arms of a replay.
 *
 * @param deployment how the gateways run
 * @param compression how many times faster than the original test everything runs
 * @param loginsPerPod the guard's bound: logins at once, for each pod
 * @param lagBoundRealNanos the client's p99 lag beyond which it measures itself and not the shop
 */
record ReplaySettings(
        int users,
        long rampNanos,
        double compression,
        ShopModel model,
        int roomCapacity,
        int loginsPerPod,
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
                hostileUsers,
                hostileRequestsPerSecond,
                lagBoundRealNanos,
                deployment.withoutChaos());
    }

    long toRealNanos(long nanos) {
        return (long) (nanos / compression);
    }
}
