package io.sluice;

import java.util.HashMap;
import java.util.Map;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * Decisions are linearizable, time included: whatever threads do at once, each answer is the one that a map with one
 * lock would have given at some instant of the call. Two callers, so that they meet, with room for both, so that nobody
 * is forgotten; a permit a nanosecond, so that every step of time is an edge.
 */
class GcraLincheckTest {

    private static final String[] KEYS = {"a", "b"};
    private static final KeyHash HASH = new KeyHash(0x5EED, 0xC0FFEE);
    private static final Limit ONE = Limit.parse("one", "1/1ns burst 2");
    private static final Limit TWO = Limit.parse("two", "1/1ns burst 2, 1/2ns burst 3");

    /** What Lincheck plays with: several threads call the operations in all orders. */
    @Param(name = "key", gen = IntGen.class, conf = "0:1")
    @Param(name = "permits", gen = IntGen.class, conf = "1:2")
    @Param(name = "nanos", gen = IntGen.class, conf = "1:3")
    public abstract static class Callers {

        private final SteppedTime time = new SteppedTime(100);
        private final GcraStore store;

        Callers(Limit limit, int bucketSlots, int overflowRecords) {
            GcraTable table = new GcraTable(limit.costNanos().length, 1, bucketSlots, 1, overflowRecords);
            store = new GcraStore(limit, time, table, HASH);
        }

        @Operation
        public boolean acquire(@Param(name = "key") int key, @Param(name = "permits") int permits) {
            return Limit.isAllowed(store.tryAcquire(KEYS[key], permits));
        }

        @Operation
        public void refund(@Param(name = "key") int key, @Param(name = "permits") int permits) {
            store.refund(KEYS[key], permits);
        }

        @Operation
        public void advance(@Param(name = "nanos") int step) {
            time.addNanos(step);
        }
    }

    /** A slot for each caller, which is charged without a lock. */
    public static class OneSlotEach extends Callers {
        public OneSlotEach() {
            super(ONE, 2, 0);
        }
    }

    /** One slot for two callers, who take it over from each other or go to the overflow. */
    public static class OneSlot extends Callers {
        public OneSlot() {
            super(ONE, 1, 1);
        }
    }

    /** All under the lock. */
    public static class TwoBandwidths extends Callers {
        public TwoBandwidths() {
            super(TWO, 1, 1);
        }
    }

    /** GCRA on a map, for one thread. */
    public static class Specification {

        private final long[] costs;
        private final long[] tolerances;
        private final Map<Integer, long[]> tats = new HashMap<>();
        private long now = 100;

        Specification(long[] costs, long[] tolerances) {
            this.costs = costs;
            this.tolerances = tolerances;
        }

        public boolean acquire(int key, int permits) {
            long[] charged = tats.getOrDefault(key, new long[costs.length]).clone();
            for (int i = 0; i < costs.length; i++) {
                charged[i] = Math.max(charged[i], now) + permits * costs[i];
                if (charged[i] - now > tolerances[i]) {
                    return false;
                }
            }
            tats.put(key, charged);
            return true;
        }

        public void refund(int key, int permits) {
            long[] refunded = tats.getOrDefault(key, new long[costs.length]);
            for (int i = 0; i < costs.length; i++) {
                refunded[i] -= permits * costs[i];
            }
        }

        public void advance(int nanos) {
            now += nanos;
        }
    }

    /** Of one bandwidth. */
    public static class OneBandwidthSpecification extends Specification {
        public OneBandwidthSpecification() {
            super(new long[] {1}, new long[] {2});
        }
    }

    /** Of two bandwidths. */
    public static class TwoBandwidthsSpecification extends Specification {
        public TwoBandwidthsSpecification() {
            super(new long[] {1, 2}, new long[] {2, 6});
        }
    }

    @Test
    void slotsAreLinearizableInEveryOrder() {
        modelChecking().sequentialSpecification(OneBandwidthSpecification.class).check(OneSlotEach.class);
    }

    @Test
    void oneSlotIsLinearizableInEveryOrder() {
        modelChecking().sequentialSpecification(OneBandwidthSpecification.class).check(OneSlot.class);
    }

    @Test
    void twoBandwidthsAreLinearizableInEveryOrder() {
        modelChecking()
                .sequentialSpecification(TwoBandwidthsSpecification.class)
                .check(TwoBandwidths.class);
    }

    @Test
    void oneSlotIsLinearizableUnderStress() {
        stress().sequentialSpecification(OneBandwidthSpecification.class).check(OneSlot.class);
    }

    @Test
    void twoBandwidthsAreLinearizableUnderStress() {
        stress().sequentialSpecification(TwoBandwidthsSpecification.class).check(TwoBandwidths.class);
    }

    private static Options<?, ?> modelChecking() {
        return new ModelCheckingOptions()
                .iterations(50)
                .invocationsPerIteration(150)
                .threads(2)
                .actorsBefore(2)
                .actorsPerThread(2)
                .actorsAfter(2);
    }

    private static Options<?, ?> stress() {
        return new StressOptions()
                .iterations(20)
                .invocationsPerIteration(500)
                .threads(2)
                .actorsBefore(2)
                .actorsPerThread(2)
                .actorsAfter(2);
    }
}
