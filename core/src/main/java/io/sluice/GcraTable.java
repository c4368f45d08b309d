package io.sluice;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** The records of the callers who owe something to one limit; fixed in size. */
final class GcraTable {

    /*
     * One array of longs holds all callers in debt. A slot is the hash of a key and one word per bandwidth, side by
     * side so that a decision touches one cache line:
     *
     *     bucket 0                                    bucket 1
     *     | hash | tat | hash | tat | … 16 slots …    | hash | tat | …
     *
     * FINDING. The upper bits of the hash choose a bucket of 16 slots. The lowest four choose the slot where the
     * search starts; the search wraps around. A hash never returns to 0, so a slot that was never used ends the
     * search. With 2.25 slots per expected caller a bucket has 7.1 callers on average, and a search looks at two or
     * three slots.
     *
     * FORGETTING. A caller whose TAT is past owes nothing: the record says what no record says. So such a slot is
     * free, and nothing ever needs to be cleaned up. Example: limit 10/1s, a call at 5.00 s: TAT 5.10 s. At 5.10 s
     * any caller may take over the slot. With 1,000,000 callers of one call each second, 100,000 are in debt at any
     * moment. A newcomer prefers a slot that was never used, then the one that has rested longest. So a caller who
     * calls often keeps the slot and stays on the fast path.
     *
     * FULL BUCKETS. Of a million callers in debt, about 250 find their bucket full. They go to a small overflow area
     * per stripe, where a stripe is a lock and every bucket whose index ends in the stripe's. The fullest stripe
     * gets five to nine of them, and has room for sixteen. When that is full too, somebody must be forgotten. A
     * flood of new keys must not free a caller at the limit while it can free one who owes next to nothing. The
     * newcomer N takes the place of the caller who owes least among its bucket and the stripe's overflow:
     *
     *   - If that is A in the bucket, A is forgotten: everybody in A's bucket and in the overflow owes at least as
     *     much.
     *   - If that is B in the overflow, B goes to its own bucket (of the same stripe, so under the same lock), to a
     *     free slot or over C, who owes least there, if C owes less than B. The last one is forgotten: everybody in
     *     the places it could have used owes at least as much.
     *
     * So nobody is forgotten while a place it could use belongs to somebody who owes less. N is the exception: it is
     * always recorded. What a forgotten caller owed is counted.
     *
     * THREADS. Everything that adds, moves or replaces a record runs under the stripe's lock. A limit of one
     * bandwidth charges a record it finds without the lock, by compare-and-set of its word; see GcraStore. So the
     * taker of a slot must ensure that nobody charges the new owner for the old one:
     *
     *   taker, under the lock                          charger, without it
     *   1. word: compare-and-set tat -> BUSY           a. hash: is the key's
     *   2. hash: write the new owner's                 b. word: read
     *   3. word: release-write the new owner's tat     c. hash: still the key's?
     *                                                  d. word: compare-and-set
     *
     * BUSY in b sends the charger to the lock. A charger who reads the word of 3 sees the hash of 2 in c. One who
     * read the word before 1 fails in d, because no word ever comes back: its lowest four bits are a generation that
     * each taker raises. (To fool the charger, sixteen owners and an equal nanosecond must pass between c and d.)
     *
     * Times are nanoseconds since the first table of the limit was made, counted from 1; a redefined limit's table goes
     * on from there. With tolerances below five years, the 59 bits of a word last for 13 years.
     */

    /** A word whose slot is changing hands. Every other word is positive or 0. */
    static final long BUSY = -1;

    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int GENERATION_BITS = 4;
    private static final int GENERATION_MASK = (1 << GENERATION_BITS) - 1;
    private static final int BUCKET_SLOTS = 16;
    private static final int OVERFLOW_RECORDS = 16;
    private static final int FEWEST_STRIPES = 64;
    private static final int BUCKETS_PER_STRIPE = 64;

    /** The slots. Besides this class only the store writes to them. */
    final long[] words;

    private final int stride;
    private final int buckets;
    private final int bucketSlots;
    private final Stripe[] stripes;

    /** Returns a table for so many callers in debt at once. */
    static GcraTable forKeys(int maxKeys, int bandwidths) {
        int buckets = Math.toIntExact(maxKeys * 9L / 4 / BUCKET_SLOTS + 1);
        int stripes = Integer.highestOneBit(Math.max(buckets / BUCKETS_PER_STRIPE, Math.min(buckets, FEWEST_STRIPES)));
        return new GcraTable(bandwidths, buckets, BUCKET_SLOTS, stripes, OVERFLOW_RECORDS);
    }

    /** Creates a table. Slots per bucket and stripes are powers of two. */
    GcraTable(int bandwidths, int buckets, int bucketSlots, int stripes, int overflowRecords) {
        this.stride = 1 + bandwidths;
        this.buckets = buckets;
        this.bucketSlots = bucketSlots;
        this.words = new long[Math.multiplyExact(Math.multiplyExact(buckets, bucketSlots), stride)];
        this.stripes = new Stripe[stripes];
        for (int i = 0; i < stripes; i++) {
            this.stripes[i] = new Stripe(stride, overflowRecords);
        }
    }

    /** The lock and the overflow area of some buckets. */
    static final class Stripe {

        /** Records in the layout of a slot, and one more for a caller who has no place yet. */
        final long[] records;

        final int newcomer;
        private final int stride;
        private int end;

        /** Who owes least in the bucket and in the overflow, as of the last search that found nobody. */
        private int leastSlot;

        private long leastSlotRestNanos;
        private int leastRecord;
        private long leastRecordRestNanos;
        private long forgottenKeys;
        private long forgivenNanos;

        Stripe(int stride, int overflowRecords) {
            this.stride = stride;
            this.newcomer = overflowRecords * stride;
            this.records = new long[newcomer + stride];
        }

        /** Returns where the key's record is in {@link #records}, or -1. Drops records of callers at rest. */
        int find(long hash, long nowNanos) {
            int found = -1;
            leastRecordRestNanos = Long.MAX_VALUE;
            for (int at = 0; at < end; ) {
                long restNanos = restNanos(records, at, stride);
                if (records[at] == hash) {
                    found = at;
                } else if (restNanos <= nowNanos) {
                    end -= stride;
                    System.arraycopy(records, end, records, at, stride);
                    continue;
                } else if (restNanos < leastRecordRestNanos) {
                    leastRecordRestNanos = restNanos;
                    leastRecord = at;
                }
                at += stride;
            }
            return found;
        }

        /** Starts the record of a caller at rest. */
        void prepareNewcomer(long hash) {
            records[newcomer] = hash;
            for (int i = 1; i < stride; i++) {
                records[newcomer + i] = 0;
            }
        }

        private boolean isFull() {
            return end == newcomer;
        }

        private void forget(long restNanos, long nowNanos) {
            if (restNanos > nowNanos) {
                forgottenKeys++;
                forgivenNanos = Arithmetic.saturatingSum(forgivenNanos, restNanos - nowNanos);
            }
        }
    }

    static long tatNanos(long word) {
        return word >>> GENERATION_BITS;
    }

    /** Returns a word of the same generation with another TAT. */
    static long withTat(long word, long tatNanos) {
        return tatNanos << GENERATION_BITS | (word & GENERATION_MASK);
    }

    /** Returns where in {@link #words} the key's slot is, or -1 if it has none. */
    int find(long hash) {
        int slot = (int) hash;
        int bucket = bucket(hash) * bucketSlots;
        for (int i = 0; i < bucketSlots; i++) {
            int at = (bucket + ((slot + i) & (bucketSlots - 1))) * stride;
            long found = hashAt(at);
            if (found == hash) {
                return at;
            }
            if (found == 0) {
                return -1;
            }
        }
        return -1;
    }

    /** As {@link #find(long)}, under the stripe's lock. If not found, notes the slot that owes least. */
    int find(long hash, Stripe stripe) {
        int slot = (int) hash;
        int bucket = bucket(hash) * bucketSlots;
        int least = 0;
        long leastRestNanos = Long.MAX_VALUE;
        for (int i = 0; i < bucketSlots; i++) {
            int at = (bucket + ((slot + i) & (bucketSlots - 1))) * stride;
            long found = hashAt(at);
            if (found == hash) {
                return at;
            }
            long restNanos = restNanos(at, wordAt(at));
            if (restNanos < leastRestNanos) {
                leastRestNanos = restNanos;
                least = at;
            }
            if (found == 0) {
                break;
            }
        }
        stripe.leastSlot = least;
        stripe.leastSlotRestNanos = leastRestNanos;
        return -1;
    }

    Stripe stripe(long hash) {
        return stripes[bucket(hash) & (stripes.length - 1)];
    }

    /** Scales the upper 63 bits to the number of buckets, which need not be a power of two. */
    private int bucket(long hash) {
        return (int) Math.multiplyHigh(hash >>> 1, (long) buckets << 1);
    }

    long hashAt(int at) {
        return (long) WORDS.getAcquire(words, at);
    }

    /** Returns the first bandwidth's word of a slot, or {@link #BUSY}. */
    long wordAt(int at) {
        return (long) WORDS.getAcquire(words, at + 1);
    }

    boolean compareAndSetWord(int at, long expected, long word) {
        return WORDS.compareAndSet(words, at + 1, expected, word);
    }

    /** Records the newcomer of a stripe. The caller holds its lock and has just searched in both places. */
    void place(Stripe stripe, long nowNanos) {
        while (!tryPlace(stripe, nowNanos)) {
            // A charger, who needs no lock, was faster: the chosen slot no longer owes least.
            find(stripe.records[stripe.newcomer], stripe);
        }
    }

    private boolean tryPlace(Stripe stripe, long nowNanos) {
        long slotRestNanos = stripe.leastSlotRestNanos;
        if (slotRestNanos <= nowNanos) {
            return take(stripe.leastSlot, slotRestNanos, stripe, stripe.newcomer);
        }
        if (!stripe.isFull()) {
            System.arraycopy(stripe.records, stripe.newcomer, stripe.records, stripe.end, stride);
            stripe.end += stride;
            return true;
        }
        if (slotRestNanos <= stripe.leastRecordRestNanos) {
            if (!take(stripe.leastSlot, slotRestNanos, stripe, stripe.newcomer)) {
                return false;
            }
            stripe.forget(slotRestNanos, nowNanos);
            return true;
        }
        int displaced = stripe.leastRecord;
        long lastRestNanos = stripe.leastRecordRestNanos;
        find(stripe.records[displaced], stripe);
        if (stripe.leastSlotRestNanos < lastRestNanos) {
            lastRestNanos = stripe.leastSlotRestNanos;
            if (!take(stripe.leastSlot, lastRestNanos, stripe, displaced)) {
                return false;
            }
        }
        System.arraycopy(stripe.records, stripe.newcomer, stripe.records, displaced, stride);
        stripe.forget(lastRestNanos, nowNanos);
        return true;
    }

    /** Moves a record of the stripe into a slot, unless the slot has been charged since. */
    private boolean take(int at, long expectedRestNanos, Stripe stripe, int record) {
        long word = wordAt(at);
        if (restNanos(at, word) != expectedRestNanos || !compareAndSetWord(at, word, BUSY)) {
            return false;
        }
        WORDS.setRelease(words, at, stripe.records[record]);
        for (int i = 2; i < stride; i++) {
            words[at + i] = stripe.records[record + i];
        }
        long generation = (word + 1) & GENERATION_MASK;
        WORDS.setRelease(words, at + 1, withTat(generation, tatNanos(stripe.records[record + 1])));
        return true;
    }

    /**
     * Records the callers in debt in another table, which nobody uses yet: for each bandwidth that both have, but no
     * more than its new tolerance.
     */
    void copyTo(GcraTable other, long nowNanos, long[] toleranceNanos) {
        for (int i = 0; i < stripes.length; i++) {
            Stripe stripe = stripes[i];
            synchronized (stripe) {
                for (int bucket = i; bucket < buckets; bucket += stripes.length) {
                    int first = bucket * bucketSlots * stride;
                    for (int at = first; at < first + bucketSlots * stride; at += stride) {
                        copyRecord(words, at, other, nowNanos, toleranceNanos);
                    }
                }
                for (int at = 0; at < stripe.end; at += stride) {
                    copyRecord(stripe.records, at, other, nowNanos, toleranceNanos);
                }
                Stripe any = other.stripes[0];
                any.forgottenKeys += stripe.forgottenKeys;
                any.forgivenNanos = Arithmetic.saturatingSum(any.forgivenNanos, stripe.forgivenNanos);
            }
        }
    }

    private void copyRecord(long[] records, int at, GcraTable other, long nowNanos, long[] toleranceNanos) {
        if (records[at] == 0 || restNanos(records, at, stride) <= nowNanos) {
            return;
        }
        long hash = records[at];
        Stripe stripe = other.stripe(hash);
        synchronized (stripe) {
            other.find(hash, stripe);
            stripe.find(hash, nowNanos);
            stripe.prepareNewcomer(hash);
            for (int i = 1; i < Math.min(stride, other.stride); i++) {
                long tatNanos = Math.min(tatNanos(records[at + i]), nowNanos + toleranceNanos[i - 1]);
                stripe.records[stripe.newcomer + i] = withTat(0, tatNanos);
            }
            other.place(stripe, nowNanos);
        }
    }

    private long restNanos(int at, long firstWord) {
        long restNanos = tatNanos(firstWord);
        for (int i = 2; i < stride; i++) {
            restNanos = Math.max(restNanos, tatNanos(words[at + i]));
        }
        return restNanos;
    }

    /** Returns when the caller of a record owes nothing to any bandwidth. */
    private static long restNanos(long[] records, int at, int stride) {
        long restNanos = 0;
        for (int i = 1; i < stride; i++) {
            restNanos = Math.max(restNanos, tatNanos(records[at + i]));
        }
        return restNanos;
    }

    /** Returns how many callers in debt were forgotten because everybody in their places owed at least as much. */
    long forgottenKeys() {
        long sum = 0;
        for (Stripe stripe : stripes) {
            synchronized (stripe) {
                sum += stripe.forgottenKeys;
            }
        }
        return sum;
    }

    /** Returns the time that the forgotten callers would have needed to be at rest; 292 years at most. */
    long forgivenNanos() {
        long sum = 0;
        for (Stripe stripe : stripes) {
            synchronized (stripe) {
                sum = Arithmetic.saturatingSum(sum, stripe.forgivenNanos);
            }
        }
        return sum;
    }
}
