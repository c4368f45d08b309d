package io.sluice.benchmarks.replay;

import java.util.List;
import java.util.Map;

/** What the hostile users sent, and how much of it the shop got to see. */
record HostileFigures(List<User> users, Map<Integer, Long> answersByStatus) {

    /**
     * One of them.
     *
     * @param letThrough how many of its requests reached the shop
     * @param windowNanos from its first request to its last answer
     */
    record User(long sent, long letThrough, long windowNanos) {

        /** In any window T at most burst + rate × T. */
        long bound() {
            return (long) Math.floor(
                    GatewayProperties.BURST + GatewayProperties.PERMITS_PER_SECOND * Durations.toSeconds(windowNanos));
        }

        boolean overBound() {
            return letThrough > bound();
        }
    }

    long sent() {
        return users.stream().mapToLong(User::sent).sum();
    }

    long letThrough() {
        return users.stream().mapToLong(User::letThrough).sum();
    }

    long mostLetThrough() {
        return users.stream().mapToLong(User::letThrough).max().orElse(0);
    }

    /** The tightest bound of any of them. */
    long bound() {
        return users.stream().mapToLong(User::bound).min().orElse(0);
    }

    long overBound() {
        return users.stream().filter(User::overBound).count();
    }
}
