package io.sluice.benchmarks.replay;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** What the hostile users sent, and how much of it reached the shop. */
record HostileFigures(List<User> users, Map<Integer, Long> answersByStatus) {

    /**
     * One hostile user.
     *
     * @param letThrough how many of its requests reached the shop
     * @param windowNanos from its first request to its last answer
     */
    record User(long sent, long letThrough, long windowNanos) {

        /** Returns the bound of the limit: in any window T at most burst + rate × T. */
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

    /** Returns how many of their calls reached the shop in each second. */
    double letThroughPerSecond() {
        return users.stream()
                .mapToDouble(user -> user.letThrough() / Durations.toSeconds(Math.max(1, user.windowNanos())))
                .sum();
    }

    /** Returns the user who got most through. */
    User most() {
        return users.stream().max(Comparator.comparingLong(User::letThrough)).orElse(new User(0, 0, 0));
    }

    long overBound() {
        return users.stream().filter(User::overBound).count();
    }
}
