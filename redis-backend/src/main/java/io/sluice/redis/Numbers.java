package io.sluice.redis;

import java.util.BitSet;

/** A set of numbers, with one bit each from a base on, a multiple of 8. It has no numbers below the base. */
final class Numbers {

    private long base;
    private BitSet bits = new BitSet();

    long base() {
        return base;
    }

    /** Throws {@link ArithmeticException} if the number is more than 2,147,483,647 above the base. */
    void add(long number) {
        if (number >= base) {
            bits.set(Math.toIntExact(number - base));
        }
    }

    /** Adds numbers as {@link Bitmap} writes them, the first of which is not above this base. */
    void addAll(long firstNumber, String bitmap) {
        bits.or(from(Bitmap.fromRedis(bitmap), base - firstNumber));
    }

    boolean contains(long number) {
        return number >= base && bits.get(Math.toIntExact(number - base));
    }

    /** Returns the numbers above the given one. Bit 0 stands for the next. */
    BitSet after(long number) {
        // An answer that was overtaken by the one that raised the base may tell of a cursor below it.
        return number + 1 < base ? new BitSet() : from(bits, number + 1 - base);
    }

    /** Raises the base, unless it is that high already. */
    void raiseBase(long to) {
        if (to > base) {
            bits = from(bits, to - base);
            base = to;
        }
    }

    /** Returns the bits from {@code first} on, which becomes the first one. */
    private static BitSet from(BitSet all, long first) {
        int below = Math.toIntExact(first);
        return all.get(below, Math.max(below, all.length()));
    }

    String toRedis() {
        return Bitmap.toRedis(bits);
    }

    /** Returns the numbers of two sets that have the same base, as {@link Bitmap} writes them. */
    static String toRedis(Numbers one, Numbers other) {
        BitSet both = (BitSet) one.bits.clone();
        both.or(other.bits);
        return Bitmap.toRedis(both);
    }
}
