package io.sluice;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/** A set of ticket numbers that only grows: one bit each, in pages. Safe for use by many threads. */
final class NumberSet {

    private static final int PAGE_BITS = 12;
    private static final int WORDS_PER_PAGE = 1 << (PAGE_BITS - 6);

    private final ConcurrentHashMap<Long, AtomicLongArray> pages = new ConcurrentHashMap<>();

    void add(long number) {
        long bit = 1L << number;
        pages.computeIfAbsent(number >>> PAGE_BITS, unused -> new AtomicLongArray(WORDS_PER_PAGE))
                .accumulateAndGet(word(number), bit, (have, add) -> have | add);
    }

    boolean contains(long number) {
        AtomicLongArray page = pages.get(number >>> PAGE_BITS);
        return page != null && (page.get(word(number)) & 1L << number) != 0;
    }

    private static int word(long number) {
        return (int) (number >>> 6) & (WORDS_PER_PAGE - 1);
    }
}
