package io.sluice;

/** Arithmetic that stops at the largest {@code long}. */
final class Saturating {

    private Saturating() {}

    /** Returns the sum of two numbers, both 0 or more. */
    static long sum(long one, long other) {
        long sum = one + other;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }
}
