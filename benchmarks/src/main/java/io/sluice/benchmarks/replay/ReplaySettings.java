package io.sluice.benchmarks.replay;

import java.util.Optional;

/**
 * The settings that all arms of a replay share.
 *
 * @param deployment how the gateways run
 * @param compression how many times faster than the original test everything runs
 * @param affinity which gateway gets a request of the crowd
 * @param logins the login guard's bound; empty for one that suits the pods
 * @param calls the same for all other calls
 * @param lagBoundRealNanos the p99 lag of the client, in real time, beyond which it measures itself and not the shop
 */
record ReplaySettings(
        int users,
        long rampNanos,
        double compression,
        ShopModel model,
        int roomCapacity,
        Optional<Integer> logins,
        Optional<Integer> calls,
        int hostileUsers,
        double hostileRequestsPerSecond,
        long lagBoundRealNanos,
        Affinity affinity,
        Deployment deployment) {

    /** Returns a short run on pods that are never the limit, so that the first arm does not measure a cold JVM. */
    ReplaySettings forWarmUp() {
        return new ReplaySettings(
                200,
                Durations.seconds(15),
                10,
                model,
                roomCapacity,
                logins,
                calls,
                hostileUsers,
                hostileRequestsPerSecond,
                lagBoundRealNanos,
                affinity,
                deployment.withoutChaos());
    }

    /** Returns the guards' bounds on these pods. */
    GuardBounds bounds(PodShape pods) {
        GuardBounds suited = GuardBounds.of(pods, model);
        return new GuardBounds(logins.orElse(suited.logins()), calls.orElse(suited.calls()));
    }

    /** Returns the bound of the lag in the time of the test. */
    long lagBoundNanos() {
        return (long) (lagBoundRealNanos * compression);
    }

    long toRealNanos(long nanos) {
        return (long) (nanos / compression);
    }
}
