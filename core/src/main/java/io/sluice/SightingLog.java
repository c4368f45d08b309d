package io.sluice;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The visitors that this gateway has heard from since the last refresh. Many threads note, one drains. A number
 * noted before a drain that takes it out is in that drain or an earlier one. Each number is noted once, however
 * often its visitor polls and however long nothing can be handed in.
 */
final class SightingLog {

    private static final int PAGE_BITS = 12;

    private final int pageBits;
    private final int wordsPerPage;

    /** Bitmaps of 4,096 numbers each, by number: a million visitors take 128 kB. */
    private final ConcurrentHashMap<Long, AtomicLongArray> pages = new ConcurrentHashMap<>();

    private final Set<Long> ready = ConcurrentHashMap.newKeySet();

    SightingLog() {
        this(PAGE_BITS);
    }

    /** Creates a log with pages of 2 to the power of {@code pageBits} numbers; at least 6 bits. */
    SightingLog(int pageBits) {
        this.pageBits = pageBits;
        this.wordsPerPage = 1 << (pageBits - 6);
    }

    void alive(long number) {
        Long key = number >>> pageBits;
        int word = (int) (number >>> 6) & (wordsPerPage - 1);
        long bit = 1L << number;
        AtomicLongArray page;
        do {
            page = pages.get(key);
            if (page == null) {
                page = pages.computeIfAbsent(key, unused -> new AtomicLongArray(wordsPerPage));
            }
            // Reading first keeps the cache line shared when one visitor polls more than once a refresh.
            if ((page.get(word) & bit) == 0) {
                page.accumulateAndGet(word, bit, (have, add) -> have | add);
            }
            // A drain removes the page before it reads the marks, so this mark can be too late only if the page is
            // gone.
        } while (pages.get(key) != page);
    }

    void ready(long number) {
        ready.add(number);
    }

    /**
     * Takes out the numbers noted so far up to {@code throughNumber}, and some beyond, for a call that also asks
     * about tickets.
     */
    Sightings drain(long throughNumber, int epoch, long sinceRevision, List<Sightings.HeldTicket> tickets) {
        long lastPage = throughNumber >>> pageBits;
        TreeMap<Long, long[]> drained = new TreeMap<>();
        for (Long key : pages.keySet()) {
            if (key > lastPage) {
                continue;
            }
            // The next poll makes the page anew, so pages do not pile up as the numbers grow.
            AtomicLongArray page = pages.remove(key);
            if (page != null) {
                long[] words = new long[wordsPerPage];
                Arrays.setAll(words, page::get);
                drained.put(key, words);
            }
        }
        long firstNumber = drained.isEmpty() ? 0 : drained.firstKey() << pageBits;
        BitSet alive = new BitSet();
        drained.forEach((page, words) -> {
            int offset = Math.toIntExact((page << pageBits) - firstNumber);
            BitSet.valueOf(words).stream().forEach(bit -> alive.set(offset + bit));
        });
        List<Long> told = new ArrayList<>();
        for (Iterator<Long> numbers = ready.iterator(); numbers.hasNext(); ) {
            told.add(numbers.next());
            numbers.remove();
        }
        return new Sightings(firstNumber, alive, told, epoch, sinceRevision, tickets);
    }

    /** Notes again what a refresh could not hand in. */
    void restore(Sightings sightings) {
        sightings.alive().stream().forEach(bit -> alive(sightings.firstNumber() + bit));
        ready.addAll(sightings.ready());
    }

    void clear() {
        pages.clear();
        ready.clear();
    }
}
