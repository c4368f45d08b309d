package io.sluice;

/** Arithmetic on numbers that are 0 or more. */
final class Arithmetic {

    private Arithmetic() {}

    /** Returns the sum, at most the largest {@code long}. */
    static long saturatingSum(long one, long other) {
        long sum = one + other;
        return sum < 0 ? Long.MAX_VALUE : sum;
    }

    /** Returns the quotient, rounded up. */
    static long ceilDiv(long dividend, long divisor) {
        return dividend / divisor + (dividend % divisor == 0 ? 0 : 1);
    }
}
