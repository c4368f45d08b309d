package io.sluice;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Keeps a limit made of bandwidths in this process. */
final class GcraStore implements LimitStore {

    /*
     * GCRA, the generic cell rate algorithm in its virtual scheduling form (ITU-T I.371 Annex A; ATM Forum Traffic
     * Management 4.0, section 4.4.5), keeps one number per caller: the theoretical arrival time, TAT, at which the
     * caller owes nothing. Each permit costs period ÷ permits; the tolerance is burst × cost.
     *
     *     debt    = TAT - now, no less than 0 and no more than the tolerance
     *     allowed   if debt + permits × cost <= tolerance;   then TAT = now + debt + permits × cost
     *
     * Example, 10/1s with a burst of 10: cost 100 ms, tolerance 1 s. A caller at rest makes ten calls in an instant,
     * at t = 5.0 s: TAT 5.1, 5.2, … 6.0 s. The eleventh would owe 1.1 s and is denied until 5.1 s, when the debt is
     * 0.9 s: at exactly that instant one more fits. This is equivalent to a token bucket with greedy refill, tokens
     * = (tolerance - debt) ÷ cost, but without a timer, a fraction, or a record at rest.
     *
     * No less than 0: time at rest banks nothing beyond the burst. No more than the tolerance: a thread that read
     * the time before another one charged sees a TAT too far ahead, and a headroom below 0 would read as the
     * opposite verdict.
     *
     * ONE BANDWIDTH. A caller with a slot is charged by compare-and-set, without a lock. The time is read first,
     * before the key is hashed. The processor reads its clock only when all earlier loads are done, so a clock read
     * after the slot was found would wait for memory, and one read before does not (in one run 62 ns instead of 72).
     * If the word says that the caller was at rest at that time, that time will do: nobody else has charged since,
     * or the TAT would be later, and a successful compare-and-set proves that nobody does. If the caller is in debt,
     * the time is read once more, after the word. A successful compare-and-set then proves that the word was still
     * the same at that time, and a denial by an older word was right at least then. So decisions are linearizable,
     * the clock included; Lincheck checks it. All other cases take the lock of the stripe.
     *
     * SEVERAL BANDWIDTHS are checked and charged together, all or none, always under the lock of the stripe.
     */

    /** No verdict: the key has no slot, or has just lost it. */
    private static final long NO_SLOT = Long.MIN_VALUE;

    private static final CompletionStage<Void> DONE = CompletableFuture.completedFuture(null);

    private final Limit limit;
    private final TimeSource time;
    private final long originNanos;
    private final KeyHash keyHash;
    private final GcraTable table;
    private final long[] costNanos;
    private final long[] toleranceNanos;
    private final long firstCostNanos;
    private final long firstToleranceNanos;

    GcraStore(Limit limit, TimeSource time) {
        this(limit, time, newTable(limit), KeyHash.random());
    }

    GcraStore(Limit limit, TimeSource time, GcraTable table, KeyHash keyHash) {
        this(limit, time, time.nanoTime() - 1, table, keyHash);
    }

    private GcraStore(Limit limit, TimeSource time, long originNanos, GcraTable table, KeyHash keyHash) {
        this.limit = limit;
        this.time = time;
        this.originNanos = originNanos;
        this.keyHash = keyHash;
        this.table = table;
        costNanos = limit.costNanos();
        toleranceNanos = limit.toleranceNanos();
        firstCostNanos = costNanos[0];
        firstToleranceNanos = toleranceNanos[0];
    }

    private static GcraTable newTable(Limit limit) {
        return GcraTable.forKeys(limit.maxKeys(), limit.bandwidths().size());
    }

    /**
     * Returns a store with another definition that knows what each caller owes here. It has its own table, because
     * the number of bandwidths or of callers may differ. What is charged here meanwhile is not carried over.
     */
    GcraStore redefined(Limit changed) {
        GcraTable copy = newTable(changed);
        table.copyTo(copy, nowNanos(), changed.toleranceNanos());
        return new GcraStore(changed, time, originNanos, copy, keyHash);
    }

    @Override
    public boolean isLocal() {
        return true;
    }

    @Override
    public long tryAcquire(String key, long permits) {
        if (costNanos.length > 1) {
            return tryAcquireLocked(keyHash.hash(key), permits);
        }
        long askedAtNanos = nowNanos();
        long hash = keyHash.hash(key);
        int at = table.find(hash);
        long verdict = at < 0 ? NO_SLOT : chargeSlot(at, hash, permits, askedAtNanos);
        return verdict == NO_SLOT ? tryAcquireLocked(hash, permits) : verdict;
    }

    private long tryAcquireLocked(long hash, long permits) {
        GcraTable.Stripe stripe = table.stripe(hash);
        synchronized (stripe) {
            int at = table.find(hash, stripe);
            if (at >= 0) {
                return costNanos.length == 1
                        ? chargeSlot(at, hash, permits, nowNanos())
                        : chargeRecord(table.words, at, permits, nowNanos());
            }
            long nowNanos = nowNanos();
            at = stripe.find(hash, nowNanos);
            if (at >= 0) {
                return chargeRecord(stripe.records, at, permits, nowNanos);
            }
            stripe.prepareNewcomer(hash);
            long verdict = chargeRecord(stripe.records, stripe.newcomer, permits, nowNanos);
            table.place(stripe, nowNanos);
            return verdict;
        }
    }

    /**
     * Decides by the only bandwidth. Under the lock the slot cannot be lost, so there is always a verdict.
     *
     * @param nowNanos a time since the call began
     */
    private long chargeSlot(int at, long hash, long permits, long nowNanos) {
        long askedNanos = permits * firstCostNanos;
        while (true) {
            long word = table.wordAt(at);
            if (word == GcraTable.BUSY || table.hashAt(at) != hash) {
                return NO_SLOT;
            }
            long atNanos = GcraTable.tatNanos(word) <= nowNanos ? nowNanos : nowNanos();
            long debtNanos = debtNanos(word, atNanos, firstToleranceNanos);
            long headroomNanos = firstToleranceNanos - debtNanos - askedNanos;
            if (headroomNanos < 0) {
                return Limit.verdict(false, headroomNanos + askedNanos, 0);
            }
            long charged = GcraTable.withTat(word, atNanos + debtNanos + askedNanos);
            if (table.compareAndSetWord(at, word, charged)) {
                return Limit.verdict(true, headroomNanos, 0);
            }
            Thread.onSpinWait();
        }
    }

    /** Decides by all bandwidths of a record that only the holder of the stripe's lock touches. */
    private long chargeRecord(long[] records, int at, long permits, long nowNanos) {
        int fewest = 0;
        long fewestNanos = 0;
        int longest = 0;
        long longestNanos = 0;
        for (int i = 0; i < costNanos.length; i++) {
            long debtNanos = debtNanos(records[at + 1 + i], nowNanos, toleranceNanos[i]);
            long headroomNanos = toleranceNanos[i] - debtNanos - permits * costNanos[i];
            if (i == 0 || isFewer(headroomNanos, costNanos[i], fewestNanos, costNanos[fewest])) {
                fewest = i;
                fewestNanos = headroomNanos;
            }
            if (headroomNanos < longestNanos) {
                longest = i;
                longestNanos = headroomNanos;
            }
        }
        if (longestNanos < 0) {
            return Limit.verdict(false, longestNanos + permits * costNanos[longest], longest);
        }
        for (int i = 0; i < costNanos.length; i++) {
            long word = records[at + 1 + i];
            long debtNanos = debtNanos(word, nowNanos, toleranceNanos[i]);
            records[at + 1 + i] = GcraTable.withTat(word, nowNanos + debtNanos + permits * costNanos[i]);
        }
        return Limit.verdict(true, fewestNanos, fewest);
    }

    /** Tells exactly whether a ÷ costA is less than b ÷ costB, by comparing a × costB and b × costA in 128 bits. */
    private static boolean isFewer(long a, long costA, long b, long costB) {
        long highA = Math.multiplyHigh(a, costB);
        long highB = Math.multiplyHigh(b, costA);
        return highA == highB ? Long.compareUnsigned(a * costB, b * costA) < 0 : highA < highB;
    }

    private static long debtNanos(long word, long nowNanos, long toleranceNanos) {
        return Math.min(Math.max(GcraTable.tatNanos(word) - nowNanos, 0), toleranceNanos);
    }

    private long nowNanos() {
        return time.nanoTime() - originNanos;
    }

    void refund(String key, long permits) {
        long hash = keyHash.hash(key);
        GcraTable.Stripe stripe = table.stripe(hash);
        synchronized (stripe) {
            int at = table.find(hash);
            if (at >= 0 && costNanos.length == 1) {
                refundSlot(at, permits);
            } else if (at >= 0) {
                refundRecord(table.words, at, permits, nowNanos());
            } else {
                long nowNanos = nowNanos();
                int record = stripe.find(hash, nowNanos);
                if (record >= 0) {
                    refundRecord(stripe.records, record, permits, nowNanos);
                }
            }
        }
    }

    /** Under the lock the slot keeps its owner, but other threads charge it. */
    private void refundSlot(int at, long permits) {
        while (true) {
            long word = table.wordAt(at);
            long refunded = refunded(word, permits * firstCostNanos, nowNanos());
            if (table.compareAndSetWord(at, word, refunded)) {
                return;
            }
            Thread.onSpinWait();
        }
    }

    private void refundRecord(long[] records, int at, long permits, long nowNanos) {
        for (int i = 0; i < costNanos.length; i++) {
            records[at + 1 + i] = refunded(records[at + 1 + i], permits * costNanos[i], nowNanos);
        }
    }

    /** Never lifts a caller above rest, which is now: a TAT in the past stays as it is. */
    private static long refunded(long word, long refundNanos, long nowNanos) {
        long tatNanos = GcraTable.tatNanos(word);
        return GcraTable.withTat(word, Math.max(tatNanos - refundNanos, Math.min(tatNanos, nowNanos)));
    }

    @Override
    public CompletionStage<Decision> tryAcquireAsync(String key, long permits) {
        return CompletableFuture.completedFuture(
                limit.decision(tryAcquire(key, permits), permits, Decision.Source.STORE));
    }

    @Override
    public CompletionStage<Void> refundAsync(String key, long permits) {
        refund(key, permits);
        return DONE;
    }

    @Override
    public long forgottenCallers() {
        return table.forgottenKeys();
    }

    @Override
    public long forgivenNanos() {
        return table.forgivenNanos();
    }

    GcraTable table() {
        return table;
    }
}
