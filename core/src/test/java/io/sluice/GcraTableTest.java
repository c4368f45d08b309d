package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/** Where records live: crowded buckets, the overflow, who is forgotten, memory, and allocation. */
class GcraTableTest {

    private static final KeyHash HASH = new KeyHash(0x5EED, 0xC0FFEE);
    private static final Limit TEN_PER_SECOND = Limit.parse("limit", "10/1s");

    private final ManualTime time = new ManualTime();

    private GcraStore store(Limit limit, GcraTable table) {
        return new GcraStore(limit, time, table, HASH);
    }

    private GcraStore store(int buckets, int bucketSlots, int overflowRecords) {
        return store(TEN_PER_SECOND, new GcraTable(1, buckets, bucketSlots, 1, overflowRecords));
    }

    private static boolean isRecorded(GcraStore store, String key) {
        long hash = HASH.hash(key);
        return store.table().find(hash) >= 0 || store.table().stripe(hash).find(hash, 0) >= 0;
    }

    private static boolean allows(GcraStore store, String key, long permits) {
        return Limit.isAllowed(store.tryAcquire(key, permits));
    }

    @Test
    void callersInOneBucketAndInTheOverflowAreToldApart() {
        GcraStore store = store(1, 4, 3);
        for (int i = 0; i < 7; i++) {
            assertThat(allows(store, "key-" + i, 10 - i)).isTrue();
        }
        for (int i = 0; i < 7; i++) {
            assertThat(TEN_PER_SECOND.remaining(store.tryAcquire("key-" + i, 10)))
                    .isEqualTo(i);
            assertThat(allows(store, "key-" + i, i + 1)).isFalse();
        }
        assertThat(store.table().forgottenKeys()).isZero();
    }

    @Test
    void callersInTheOverflowGetRefundsAndRest() {
        GcraStore store = store(1, 1, 2);
        assertThat(allows(store, "slot", 10)).isTrue();
        assertThat(allows(store, "overflow", 10)).isTrue();
        store.refund("overflow", 3);
        assertThat(allows(store, "overflow", 3)).isTrue();
        assertThat(allows(store, "overflow", 1)).isFalse();
        time.advance(Duration.ofSeconds(1));
        assertThat(allows(store, "overflow", 10)).isTrue();
    }

    @Test
    void refundToAnUnknownCallerLeavesThoseInTheOverflowAsTheyAre() {
        GcraStore store = store(1, 1, 2);
        assertThat(allows(store, "slot", 10)).isTrue();
        assertThat(allows(store, "overflow", 10)).isTrue();
        store.refund("nobody", 10);
        assertThat(isRecorded(store, "overflow")).isTrue();
        assertThat(allows(store, "slot", 1)).isFalse();
        assertThat(allows(store, "overflow", 1)).isFalse();
    }

    @Test
    void slotOfACallerAtRestIsTakenOver() {
        GcraStore store = store(1, 2, 0);
        assertThat(allows(store, "a", 1)).isTrue();
        assertThat(allows(store, "b", 10)).isTrue();
        time.advance(Duration.ofMillis(100));
        assertThat(allows(store, "c", 10)).isTrue();
        assertThat(allows(store, "c", 1)).isFalse();
        assertThat(allows(store, "b", 2)).isFalse();
        assertThat(isRecorded(store, "a")).isFalse();
        assertThat(store.table().forgottenKeys()).isZero();
        assertThat(store.table().forgivenNanos()).isZero();
    }

    @Test
    void newcomerTakesTheSlotOfWhoOwesLeastThoughItOwesLessItself() {
        GcraStore store = store(1, 2, 1);
        assertThat(allows(store, "a", 9)).isTrue();
        assertThat(allows(store, "b", 3)).isTrue();
        assertThat(allows(store, "c", 10)).isTrue();
        assertThat(allows(store, "new", 1)).isTrue();
        assertThat(isRecorded(store, "b")).isFalse();
        assertThat(isRecorded(store, "new")).isTrue();
        assertThat(allows(store, "a", 2)).isFalse();
        assertThat(allows(store, "c", 1)).isFalse();
        assertThat(store.table().forgottenKeys()).isEqualTo(1);
        assertThat(store.table().forgivenNanos())
                .isEqualTo(Duration.ofMillis(300).toNanos());
    }

    @Test
    void newcomerTakesTheSlotOfWhoOwesLessThanThoseInTheOverflow() {
        GcraStore store = store(2, 1, 1);
        String[] left = keysInBucket(0, 2);
        String[] right = keysInBucket(1, 2);
        assertThat(allows(store, left[0], 1)).isTrue();
        assertThat(allows(store, right[0], 9)).isTrue();
        assertThat(allows(store, right[1], 5)).as("in the overflow").isTrue();
        assertThat(allows(store, left[1], 10)).as("the newcomer").isTrue();
        assertThat(isRecorded(store, left[0])).as("owed least of all").isFalse();
        assertThat(allows(store, right[1], 6)).as("untouched").isFalse();
        assertThat(allows(store, left[1], 1)).isFalse();
        assertThat(store.table().forgivenNanos())
                .isEqualTo(Duration.ofMillis(100).toNanos());
    }

    @Test
    void slotThatIsChargedAfterItWasChosenIsNotTakenForWhatItOwedBefore() {
        GcraStore store = store(1, 2, 0);
        assertThat(allows(store, "a", 1)).isTrue();
        assertThat(allows(store, "b", 3)).isTrue();
        long hash = HASH.hash("new");
        GcraTable.Stripe stripe = store.table().stripe(hash);
        store.table().find(hash, stripe);
        stripe.find(hash, 1);
        stripe.prepareNewcomer(hash);
        assertThat(allows(store, "a", 5)).as("without the lock").isTrue();
        store.table().place(stripe, 1);
        assertThat(isRecorded(store, "new")).isTrue();
        assertThat(isRecorded(store, "b")).as("owes least by now").isFalse();
        assertThat(allows(store, "a", 5)).isFalse();
    }

    @Test
    void wordOfASlotThatChangesHandsDoesNotComeBack() {
        GcraStore store = store(1, 1, 0);
        Set<Long> words = new HashSet<>();
        for (int owner = 0; owner < 16; owner++) {
            assertThat(allows(store, "owner-" + owner, 1)).isTrue();
            words.add(store.table().wordAt(0));
        }
        assertThat(words)
                .as("each owes the same, from the same instant on")
                .hasSize(16)
                .allMatch(word ->
                        GcraTable.tatNanos(word) == 1 + Duration.ofMillis(100).toNanos());
    }

    @Test
    void callerIsAtRestWhenItOwesNothingToAnyBandwidth() {
        for (String text : new String[] {"30/1m, 10/1s", "10/1s, 30/1m"}) {
            GcraStore store = store(Limit.parse("limit", text), new GcraTable(2, 1, 1, 1, 1));
            assertThat(allows(store, "slot", 1)).isTrue();
            assertThat(allows(store, "overflow", 1)).isTrue();
            time.advance(Duration.ofMillis(1_999));
            assertThat(allows(store, "new", 1)).isTrue();
            assertThat(store.table().forgottenKeys()).as(text).isEqualTo(1);
            time.advance(Duration.ofMillis(1));
            assertThat(allows(store, "newer", 1)).isTrue();
            assertThat(isRecorded(store, "new")).as(text).isTrue();
            assertThat(store.table().forgottenKeys()).as(text).isEqualTo(1);
        }
    }

    @Test
    void whoIsDisplacedFromTheOverflowDisplacesWhoOwesLessInItsOwnBucket() {
        GcraStore store = store(2, 1, 1);
        String[] left = keysInBucket(0, 3);
        String[] right = keysInBucket(1, 3);
        assertThat(allows(store, right[0], 2)).isTrue();
        assertThat(allows(store, left[0], 9)).isTrue();
        assertThat(allows(store, right[1], 5)).as("in the overflow").isTrue();
        assertThat(allows(store, left[1], 1)).as("the newcomer").isTrue();
        assertThat(isRecorded(store, right[0])).as("owed least of all").isFalse();
        assertThat(allows(store, right[1], 6)).as("moved to its bucket").isFalse();
        assertThat(allows(store, left[0], 2)).as("untouched").isFalse();
        assertThat(isRecorded(store, left[1])).isTrue();
        assertThat(store.table().forgivenNanos())
                .isEqualTo(Duration.ofMillis(200).toNanos());
    }

    @Test
    void whoIsDisplacedFromTheOverflowPrefersASlotAtRest() {
        GcraStore store = store(2, 1, 1);
        String[] left = keysInBucket(0, 2);
        String[] right = keysInBucket(1, 2);
        assertThat(allows(store, right[0], 1)).isTrue();
        assertThat(allows(store, left[0], 9)).isTrue();
        assertThat(allows(store, right[1], 5)).isTrue();
        time.advance(Duration.ofMillis(100));
        assertThat(allows(store, left[1], 1)).isTrue();
        assertThat(allows(store, right[1], 7)).isFalse();
        assertThat(store.table().forgottenKeys()).isZero();
    }

    @Test
    void forgivenDebtStopsAtTheLargestDuration() {
        Limit limit = Limit.named("daily")
                .bandwidth(1, Duration.ofDays(1825))
                .maxKeys(1)
                .build();
        LocalBackend backend = LocalBackend.create(time);
        RateLimiter limiter = RateLimiter.of(limit, backend);
        for (int i = 0; i < 10_000; i++) {
            limiter.tryAcquire("caller-" + i);
        }
        assertThat(limiter.forgivenDebt()).isEqualTo(Duration.ofNanos(Long.MAX_VALUE));
        assertThat(limiter.redefine(limit).forgivenDebt()).isEqualTo(Duration.ofNanos(Long.MAX_VALUE));
        Limit wider = Limit.named("daily").bandwidth(2, Duration.ofDays(1825)).build();
        assertThat(limiter.redefine(wider).forgivenDebt()).isEqualTo(Duration.ofNanos(Long.MAX_VALUE));
    }

    private static String[] keysInBucket(int bucket, int count) {
        String[] keys = new String[count];
        int found = 0;
        for (int i = 0; found < count; i++) {
            if (HASH.hash("key-" + i) >>> 63 == bucket) {
                keys[found++] = "key-" + i;
            }
        }
        return keys;
    }

    @Test
    void floodOfNewKeysFreesNobodyAtTheLimitWhileOthersOweLess() {
        GcraStore store = store(64, 16, 16);
        for (int i = 0; i < 100; i++) {
            assertThat(allows(store, "exhausted-" + i, 10)).isTrue();
        }
        for (int i = 0; i < 200_000; i++) {
            assertThat(allows(store, "attacker-" + i, 1)).isTrue();
        }
        for (int i = 0; i < 100; i++) {
            assertThat(allows(store, "exhausted-" + i, 1)).isFalse();
        }
        assertThat(store.forgottenCallers()).isGreaterThan(190_000);
        assertThat(store.forgivenNanos())
                .isEqualTo(store.forgottenCallers() * Duration.ofMillis(100).toNanos());
    }

    /** Against a model that forgets nobody, with one and with two bandwidths. */
    @Test
    void nobodyIsForgottenWhileAPlaceItCouldUseOwesLess() {
        // Each history with a time of its own, so that a seed plays the same one again.
        Seeds.forAll(60, random -> new GcraTableTest().playOneHistory(random));
    }

    private void playOneHistory(Random random) {
        boolean two = random.nextBoolean();
        Limit limit = Limit.parse("limit", two ? "10/1s, 30/1m" : "10/1s");
        int buckets = 1 + random.nextInt(3);
        GcraStore store = store(limit, new GcraTable(two ? 2 : 1, buckets, 4, 1, random.nextInt(4)));
        Map<String, Long> restNanos = new HashMap<>();
        long costNanos = Duration.ofMillis(two ? 2_000 : 100).toNanos();
        for (int step = 0; step < 1_000; step++) {
            if (random.nextInt(3) == 0) {
                time.advance(Duration.ofMillis(random.nextInt(200)));
            }
            playOneCall(store, buckets, random, restNanos, costNanos);
        }
    }

    private void playOneCall(GcraStore store, int buckets, Random random, Map<String, Long> restNanos, long costNanos) {
        long now = time.nanoTime();
        String key = "key-" + random.nextInt(40);
        long permits = 1L + random.nextInt(10);
        Set<String> before = recorded(store, restNanos);
        boolean allowed = allows(store, key, permits);
        if (!before.contains(key)) {
            assertThat(allowed).as("a caller without a record is allowed").isTrue();
            restNanos.remove(key);
        }
        if (allowed) {
            restNanos.merge(key, 0L, (rest, zero) -> rest);
            restNanos.compute(key, (k, rest) -> Math.max(rest == null ? 0 : rest, now) + permits * costNanos);
        }
        Set<String> after = recorded(store, restNanos);
        assertThat(after).contains(key);
        for (String gone : before) {
            long goneNanos = restNanos.getOrDefault(gone, 0L);
            if (!after.contains(gone) && goneNanos > now) {
                for (String other : after) {
                    boolean sharedPlace = bucket(other, buckets) == bucket(gone, buckets)
                            || store.table().find(HASH.hash(other)) < 0;
                    if (sharedPlace && !other.equals(key)) {
                        assertThat(restNanos.getOrDefault(other, 0L)).isGreaterThanOrEqualTo(goneNanos);
                    }
                }
            }
        }
    }

    private static long bucket(String key, int buckets) {
        return Math.multiplyHigh(HASH.hash(key) >>> 1, 2L * buckets);
    }

    private static Set<String> recorded(GcraStore store, Map<String, Long> known) {
        Set<String> recorded = new HashSet<>(known.keySet());
        recorded.removeIf(key -> !isRecorded(store, key));
        return recorded;
    }

    @Test
    void redefinedStoreKnowsThoseInTheOverflowAndWhatWasForgotten() {
        GcraStore store = store(1, 1, 2);
        for (String key : new String[] {"forgotten", "a", "b", "c"}) {
            assertThat(allows(store, key, key.equals("forgotten") ? 3 : 10)).isTrue();
        }
        GcraStore redefined = store.redefined(Limit.parse("limit", "10/1s burst 11"));
        for (String key : new String[] {"a", "b", "c"}) {
            assertThat(allows(redefined, key, 1)).isTrue();
            assertThat(allows(redefined, key, 1)).isFalse();
        }
        assertThat(allows(redefined, "forgotten", 11)).isTrue();
        assertThat(redefined.forgottenCallers()).isEqualTo(1);
        assertThat(redefined.forgivenNanos()).isEqualTo(Duration.ofMillis(300).toNanos());
    }

    @Test
    void furtherBandwidthStartsAtRestForEachOfThoseSideBySide() {
        GcraStore store = store(1, 4, 0);
        for (int i = 0; i < 4; i++) {
            assertThat(allows(store, "key-" + i, 10)).isTrue();
        }
        GcraStore redefined = store.redefined(Limit.parse("limit", "10/1s, 10/1m"));
        time.advance(Duration.ofSeconds(1));
        for (int i = 0; i < 4; i++) {
            assertThat(allows(redefined, "key-" + i, 10)).isTrue();
        }
    }

    @Test
    void callersAtRestTakeNoPlaceInARedefinedStoreThatHasFewer() {
        GcraStore store = store(256, 16, 0);
        for (int i = 0; i < 1_000; i++) {
            assertThat(allows(store, "at-rest-" + i, 1)).isTrue();
        }
        for (int i = 0; i < 32; i++) {
            assertThat(allows(store, "in-debt-" + i, 10)).isTrue();
        }
        assertThat(store.forgottenCallers()).isZero();
        time.advance(Duration.ofMillis(100));
        GcraStore redefined = store.redefined(Limit.named("limit")
                .bandwidth(10, Duration.ofSeconds(1))
                .maxKeys(1)
                .build());
        for (int i = 0; i < 32; i++) {
            assertThat(allows(redefined, "in-debt-" + i, 2)).isFalse();
        }
        assertThat(redefined.forgottenCallers()).isZero();
    }

    @Test
    void timeMayStartAnywhereAndOverflow() {
        for (long startNanos : new long[] {Long.MIN_VALUE, -1, Long.MAX_VALUE}) {
            SteppedTime stepped = new SteppedTime(startNanos);
            GcraStore store = new GcraStore(TEN_PER_SECOND, stepped, new GcraTable(1, 1, 1, 1, 1), HASH);
            assertThat(allows(store, "a", 10)).isTrue();
            assertThat(allows(store, "a", 1)).isFalse();
            stepped.addNanos(Duration.ofMillis(100).toNanos() - 1);
            assertThat(allows(store, "a", 1)).isFalse();
            stepped.addNanos(1);
            assertThat(allows(store, "a", 1)).isTrue();
        }
    }

    @Test
    void threadWhoseTimeIsOlderThanTheLastChargeIsDeniedAsAtTheLimit() {
        for (String text : new String[] {"10/1s", "10/1s, 20/1s"}) {
            SteppedTime stepped = new SteppedTime(0);
            Limit limit = Limit.parse("limit", text);
            GcraStore store = new GcraStore(
                    limit, stepped, new GcraTable(limit.bandwidths().size(), 1, 1, 1, 1), HASH);
            stepped.addNanos(Duration.ofSeconds(5).toNanos());
            assertThat(allows(store, "slot", 10)).isTrue();
            assertThat(allows(store, "overflow", 10)).isTrue();
            stepped.addNanos(-Duration.ofMillis(300).toNanos());
            for (String key : new String[] {"slot", "overflow"}) {
                long verdict = store.tryAcquire(key, 1);
                assertThat(Limit.isAllowed(verdict)).isFalse();
                assertThat(limit.remaining(verdict)).isZero();
                assertThat(limit.retryAfterNanos(verdict, 1))
                        .isEqualTo(Duration.ofMillis(100).toNanos());
            }
        }
    }

    @Test
    void millionCallersInDebtTakeFortyBytesEachAndNoneIsForgotten() {
        int callers = 1_000_000;
        Limit limit = Limit.named("million")
                .bandwidth(1, Duration.ofDays(1))
                .maxKeys(callers)
                .build();
        ThreadMXBean threads = threads();
        long threadId = Thread.currentThread().getId();
        long before = threads.getThreadAllocatedBytes(threadId);
        GcraStore store = new GcraStore(limit, time);
        long bytes = threads.getThreadAllocatedBytes(threadId) - before;
        for (int i = 0; i < callers; i++) {
            store.tryAcquire("caller-" + i, 1);
        }
        for (int i = 0; i < callers; i++) {
            assertThat(allows(store, "caller-" + i, 1)).isFalse();
        }
        assertThat(store.table().forgottenKeys()).isZero();
        assertThat(bytes).isBetween(36L * callers, 40L * callers);
    }

    @Test
    void decisionsAllocateNothing() {
        String[] keys = new String[1_000];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = "caller-" + i;
        }
        for (String text : new String[] {"1000000/1s", "1000000/1s, 20000000/1m"}) {
            RateLimiter admitting = RateLimiter.of(Limit.parse("admitting", text), LocalBackend.create(time));
            assertAllocatesNothing(i -> admitting.tryAcquireVerdict(keys[i % keys.length], 1));
        }
        for (String text : new String[] {"1/1s", "1/1s, 2/1m"}) {
            RateLimiter denying = RateLimiter.of(Limit.parse("denying", text), LocalBackend.create(time));
            assertAllocatesNothing(i -> denying.tryAcquireVerdict(keys[i % keys.length], 1));
        }
        Limit small = Limit.named("small")
                .bandwidth(10, Duration.ofSeconds(1))
                .maxKeys(20)
                .build();
        RateLimiter crowded = RateLimiter.of(small, LocalBackend.create(time));
        assertAllocatesNothing(i -> crowded.tryAcquireVerdict(keys[i % keys.length], 1));
    }

    private static ThreadMXBean threads() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        assumeThat(threads.isThreadAllocatedMemorySupported()).isTrue();
        return threads;
    }

    private static void assertAllocatesNothing(IntConsumer decision) {
        ThreadMXBean threads = threads();
        long threadId = Thread.currentThread().getId();
        long fewest = Long.MAX_VALUE;
        // The first rounds run in the interpreter and load classes.
        for (int round = 0; round < 20 && fewest > 0; round++) {
            long before = threads.getThreadAllocatedBytes(threadId);
            for (int i = 0; i < 10_000; i++) {
                decision.accept(i);
            }
            fewest = Math.min(fewest, threads.getThreadAllocatedBytes(threadId) - before);
        }
        assertThat(fewest).isZero();
    }
}
