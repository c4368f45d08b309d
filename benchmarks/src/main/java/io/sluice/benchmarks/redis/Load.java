package io.sluice.benchmarks.redis;

import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/** Keeps calls in flight, each followed by the next as soon as it is answered, for a time or a number of calls. */
final class Load {

    interface Call {
        CompletionStage<?> make(SplittableRandom random);
    }

    private static final int LONGEST_MICROS = 1_000_000;

    private final Call call;
    private final long endNanos;
    private final long most;
    private final CountDownLatch open;
    private final long startNanos = System.nanoTime();
    private final AtomicLong begun = new AtomicLong();
    private final AtomicLong answered = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private final AtomicIntegerArray byMicros = new AtomicIntegerArray(LONGEST_MICROS + 1);
    private double seconds;

    private Load(Call call, int inFlight, long nanos, long most) {
        this.call = call;
        this.endNanos = startNanos + nanos;
        this.most = most;
        this.open = new CountDownLatch(inFlight);
        for (int i = 0; i < inFlight; i++) {
            next(new SplittableRandom(i));
        }
    }

    /** Makes calls for {@code seconds}, and waits for the last answers. */
    static Load lasting(double seconds, int inFlight, Call call) throws InterruptedException {
        return new Load(call, inFlight, (long) (seconds * 1e9), Long.MAX_VALUE).await();
    }

    /** Makes {@code calls} calls, and waits for the last answers. */
    static Load counting(long calls, int inFlight, Call call) throws InterruptedException {
        return new Load(call, inFlight, TimeUnit.HOURS.toNanos(1), calls).await();
    }

    private Load await() throws InterruptedException {
        open.await();
        seconds = (System.nanoTime() - startNanos) / 1e9;
        return this;
    }

    /** Loops if an answer is there at once, so that the stack stays flat. */
    private void next(SplittableRandom random) {
        while (true) {
            long callNanos = System.nanoTime();
            if (callNanos >= endNanos || begun.incrementAndGet() > most) {
                open.countDown();
                return;
            }
            CompletionStage<?> answer = call.make(random);
            if (!answer.toCompletableFuture().isDone()) {
                answer.whenComplete((value, failure) -> {
                    count(callNanos, failure != null);
                    next(random);
                });
                return;
            }
            count(callNanos, answer.toCompletableFuture().isCompletedExceptionally());
        }
    }

    private void count(long callNanos, boolean failure) {
        answered.incrementAndGet();
        if (failure) {
            failed.incrementAndGet();
        }
        long micros = TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - callNanos);
        byMicros.incrementAndGet((int) Math.min(micros, LONGEST_MICROS));
    }

    long answered() {
        return answered.get();
    }

    /** Returns how many calls failed; figures with failures in them say little. */
    long failed() {
        return failed.get();
    }

    /** Returns what went wrong, or an empty text. */
    String trouble() {
        return failed() == 0 ? "" : "  " + failed() + " failed";
    }

    double perSecond() {
        return answered.get() / seconds;
    }

    int percentileMicros(double share) {
        long left = (long) (answered.get() * share);
        for (int micros = 0; micros < LONGEST_MICROS; micros++) {
            left -= byMicros.get(micros);
            if (left < 0) {
                return micros;
            }
        }
        return LONGEST_MICROS;
    }
}
