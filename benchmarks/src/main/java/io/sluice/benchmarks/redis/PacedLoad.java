package io.sluice.benchmarks.redis;

import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/** Makes calls at a fixed rate, whether or not the earlier ones are answered; but no more once very many are not. */
final class PacedLoad {

    private static final int MOST_IN_FLIGHT = 10_000;
    private static final int LAST_ANSWERS_SECONDS = 2;

    private final LongAdder answered = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private final Semaphore free = new Semaphore(MOST_IN_FLIGHT);
    private double seconds;
    private int unanswered;

    private PacedLoad() {}

    /** Makes calls for {@code seconds}, and waits a moment for the last answers. */
    static PacedLoad run(double seconds, int perSecond, Load.Call call) throws InterruptedException {
        PacedLoad load = new PacedLoad();
        long startNanos = System.nanoTime();
        load.send(startNanos, (long) (seconds * 1e9), perSecond, call);
        boolean all = load.free.tryAcquire(MOST_IN_FLIGHT, LAST_ANSWERS_SECONDS, TimeUnit.SECONDS);
        load.unanswered = all ? 0 : MOST_IN_FLIGHT - load.free.availablePermits();
        load.seconds = (System.nanoTime() - startNanos) / 1e9;
        return load;
    }

    private void send(long startNanos, long lengthNanos, int perSecond, Load.Call call) {
        SplittableRandom random = new SplittableRandom(1);
        long sent = 0;
        for (long nanos = 0; nanos < lengthNanos; nanos = System.nanoTime() - startNanos) {
            for (long due = nanos * perSecond / 1_000_000_000L; sent < due; sent++) {
                if (free.tryAcquire()) {
                    call.make(random).whenComplete((value, failure) -> {
                        (failure == null ? answered : failed).increment();
                        free.release();
                    });
                }
            }
            LockSupport.parkNanos(500_000);
        }
    }

    long answered() {
        return answered.sum();
    }

    /** Returns what went wrong, or an empty text. */
    String trouble() {
        return (failed.sum() == 0 ? "" : "  " + failed.sum() + " failed")
                + (unanswered == 0 ? "" : "  " + unanswered + " not answered");
    }

    double perSecond() {
        return answered() / seconds;
    }
}
