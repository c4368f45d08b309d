package io.sluice.benchmarks.replay;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What the hostile users sent, how much of it the limit granted, and how much reached the shop. */
record HostileFigures(List<User> users, LimitBound bound) {

    private static final int TOO_MANY_REQUESTS = 429;

    /** Of a request without an answer nobody knows whether the limit granted it. */
    private static final Set<Integer> NOT_GRANTED = Set.of(TOO_MANY_REQUESTS, Answer.TIMED_OUT, Answer.BROKEN);

    /**
     * One hostile user.
     *
     * @param reachedShop how many of its requests reached the shop
     * @param windowNanos from its first request to its last answer
     */
    record User(long sent, Map<Integer, Long> answersByStatus, long reachedShop, long windowNanos) {

        /**
         * Returns how many requests the limit granted, at least. What room or guard then refused by 503 is among them:
         * the limit comes first, and what it granted is not given back.
         */
        long granted() {
            long answered = answersByStatus.entrySet().stream()
                    .filter(answers -> !NOT_GRANTED.contains(answers.getKey()))
                    .mapToLong(Map.Entry::getValue)
                    .sum();
            return Math.max(answered, reachedShop);
        }
    }

    long sent() {
        return users.stream().mapToLong(User::sent).sum();
    }

    long granted() {
        return users.stream().mapToLong(User::granted).sum();
    }

    long reachedShop() {
        return users.stream().mapToLong(User::reachedShop).sum();
    }

    Map<Integer, Long> answersByStatus() {
        Map<Integer, Long> answers = new TreeMap<>();
        users.forEach(
                user -> user.answersByStatus().forEach((status, count) -> answers.merge(status, count, Long::sum)));
        return answers;
    }

    /** Returns how many of their calls reached the shop in each second. */
    double reachedShopPerSecond() {
        return users.stream()
                .mapToDouble(user -> user.reachedShop() / Durations.toSeconds(Math.max(1, user.windowNanos())))
                .sum();
    }

    /** Returns the user who was granted most. */
    User most() {
        return users.stream().max(Comparator.comparingLong(User::granted)).orElse(new User(0, Map.of(), 0, 0));
    }

    long boundOf(User user) {
        return bound.permitsIn(user.windowNanos());
    }

    /** Returns how many users were granted more than the limit allows. */
    long overBound() {
        return users.stream().filter(user -> user.granted() > boundOf(user)).count();
    }
}
