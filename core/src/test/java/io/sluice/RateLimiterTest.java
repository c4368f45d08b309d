package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bad input, waiting that ends early, and stores that are not local; the rules themselves are in LimitContract. */
class RateLimiterTest {

    private static final Limit LIMIT = Limit.parse("limit", "10/1s");

    private final ManualTime time = new ManualTime();
    private final RateLimiter limiter = RateLimiter.of(LIMIT, LocalBackend.create(time));

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE, 11, Long.MAX_VALUE})
    void permitsOutOfRangeAreRefusedByEveryMethodAndChangeNothing(long permits) {
        assertRefused("a", permits, "grants 1 to 10 permits at once, but " + permits);
        assertThat(limiter.tryAcquire("a", 10).remaining()).isZero();
    }

    @Test
    void emptyKeyIsRefusedByEveryMethod() {
        assertRefused("", 1, "key");
    }

    private void assertRefused(String key, long permits, String message) {
        for (Runnable call : calls(key, permits)) {
            assertThatIllegalArgumentException().isThrownBy(call::run).withMessageContaining(message);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> limiter.acquire(key, permits, Duration.ZERO));
    }

    private Runnable[] calls(String key, long permits) {
        return new Runnable[] {
            () -> limiter.tryAcquire(key, permits),
            () -> limiter.tryAcquireVerdict(key, permits),
            () -> limiter.tryAcquireAsync(key, permits),
            () -> limiter.acquireAsync(key, permits, Duration.ZERO),
            () -> limiter.refund(key, permits),
            () -> limiter.refundAsync(key, permits)
        };
    }

    @Test
    @SuppressWarnings({"NullAway", "DataFlowIssue"})
    void nullIsRefused() {
        for (Runnable call : calls(null, 1)) {
            assertThatNullPointerException().isThrownBy(call::run);
        }
        assertThatNullPointerException().isThrownBy(() -> limiter.tryAcquire(null));
        assertThatNullPointerException().isThrownBy(() -> limiter.tryAcquireAsync(null));
        assertThatNullPointerException().isThrownBy(() -> limiter.acquire("a", 1, null));
        assertThatNullPointerException().isThrownBy(() -> RateLimiter.of(null, LocalBackend.create(time)));
        assertThatNullPointerException().isThrownBy(() -> RateLimiter.of(LIMIT, null));
        assertThatNullPointerException().isThrownBy(() -> limiter.redefine(null));
        assertThat(limiter.tryAcquire("a", 10).allowed()).isTrue();
    }

    @Test
    void negativeTimeoutIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> limiter.acquire("a", 1, Duration.ofNanos(-1)))
                .withMessageContaining("zero or more");
        assertThatIllegalArgumentException().isThrownBy(() -> limiter.acquireAsync("a", 1, Duration.ofNanos(-1)));
    }

    @Test
    void limitPerCallerIsRefusedBeforeItFillsTheMemory() {
        LocalBackend backend = LocalBackend.create(time);
        for (int i = 0; i < 10_000; i++) {
            Limit limit = Limit.named("user-" + i)
                    .bandwidth(1, Duration.ofSeconds(1))
                    .maxKeys(1)
                    .build();
            assertThat(RateLimiter.of(limit, backend).limit()).isSameAs(limit);
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> RateLimiter.of(LIMIT, backend))
                .withMessageContaining("keys of one limit");
    }

    @Test
    void withoutANumberOnePermitIsMeant() throws InterruptedException {
        assertThat(limiter.tryAcquire("a").remaining()).isEqualTo(9);
        assertThat(limiter.acquire("a", Duration.ZERO).remaining()).isEqualTo(8);
        assertThat(limiter.acquireAsync("a", Duration.ZERO))
                .isCompletedWithValueMatching(decision -> decision.remaining() == 7);
        limiter.refund("a");
        assertThat(limiter.refundAsync("a")).isCompleted();
        assertThat(limiter.tryAcquireAsync("a")).isCompletedWithValueMatching(decision -> decision.remaining() == 8);
    }

    @Test
    void decisionTellsItsTimesAsDurationsToo() {
        assertThat(limiter.tryAcquire("a", 10).nextPermitAfter()).isEqualTo(Duration.ofMillis(100));
        Decision denied = limiter.tryAcquire("a", 2);
        assertThat(denied.retryAfter()).isEqualTo(Duration.ofMillis(200));
        assertThat(denied.resetAfter()).isEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void verdictIsTheDecisionInOneLong() {
        long verdict = limiter.tryAcquireVerdict("a", 4);
        assertThat(Limit.isAllowed(verdict)).isTrue();
        assertThat(LIMIT.remaining(verdict)).isEqualTo(6);
        assertThat(limiter.isLocal()).isTrue();
        assertThat(limiter.limit()).isSameAs(LIMIT);
    }

    @Test
    void interruptedCallerIsNotChargedAndNoLongerScheduled() throws InterruptedException {
        assertThat(limiter.tryAcquire("a", 10).allowed()).isTrue();
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            try {
                thrown.completeExceptionally(new AssertionError(
                        limiter.acquire("a", 10, Duration.ofSeconds(1)).toString()));
            } catch (InterruptedException e) {
                thrown.complete(e);
            }
        });
        caller.start();
        while (time.scheduled().isEmpty()) {
            Thread.onSpinWait();
        }
        caller.interrupt();
        assertThat(thrown.orTimeout(10, TimeUnit.SECONDS).join()).isInstanceOf(InterruptedException.class);
        caller.join();
        assertThat(time.scheduled()).isEmpty();
        time.advance(Duration.ofSeconds(1));
        assertThat(limiter.tryAcquire("a", 10).allowed()).isTrue();
    }

    @Test
    void callerInterruptedBeforeIsNotCharged() {
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(InterruptedException.class)
                .isThrownBy(() -> limiter.acquire("a", 1, Duration.ofSeconds(1)));
        assertThat(limiter.tryAcquire("a", 10).allowed()).isTrue();
    }

    @Test
    void cancelledWaitIsNotChargedAndNoLongerScheduled() {
        assertThat(limiter.tryAcquire("a", 10).allowed()).isTrue();
        CompletableFuture<Decision> waiting =
                limiter.acquireAsync("a", 1, Duration.ofSeconds(1)).toCompletableFuture();
        assertThat(waiting.cancel(false)).isTrue();
        assertThat(time.scheduled()).isEmpty();
        time.advance(Duration.ofSeconds(1));
        assertThat(limiter.tryAcquire("a", 10).allowed()).isTrue();
    }

    private static CompletableFuture<Decision> waitingForAnHour(RateLimiter limiter) {
        return limiter.acquireAsync("a", 1, Duration.ofHours(1)).toCompletableFuture();
    }

    @Test
    void cancelledWaitLeavesNothingForTheClosingOfTheBackend() {
        Map<Object, Runnable> actions = new HashMap<>();
        Backend listening = new ForwardingBackend(LocalBackend.create(time), UnaryOperator.identity()) {
            @Override
            public Runnable whenClosed(Runnable action) {
                actions.put(action, action);
                return () -> actions.remove(action);
            }
        };
        RateLimiter slow = RateLimiter.of(Limit.parse("slow", "1/1h"), listening);
        assertThat(slow.tryAcquire("a").allowed()).isTrue();
        CompletableFuture<Decision> cancelled = waitingForAnHour(slow);
        CompletableFuture<Decision> served = waitingForAnHour(slow);
        assertThat(actions).hasSize(2);
        cancelled.cancel(false);
        assertThat(actions).hasSize(1);
        time.advance(Duration.ofHours(1));
        assertThat(served).isCompletedWithValueMatching(Decision::allowed);
        assertThat(actions).isEmpty();
    }

    @Test
    void blockedCallerIsRefusedWhenTheBackendCloses() throws InterruptedException {
        LocalBackend backend = LocalBackend.create();
        RateLimiter slow = RateLimiter.of(Limit.parse("slow", "1/1h"), backend);
        assertThat(slow.tryAcquire("a").allowed()).isTrue();
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            try {
                thrown.completeExceptionally(new AssertionError(
                        slow.acquire("a", Duration.ofHours(1)).toString()));
            } catch (InterruptedException | IllegalStateException e) {
                thrown.complete(e);
            }
        });
        caller.start();
        // Before or after it waits.
        backend.close();
        assertThat(thrown.orTimeout(10, TimeUnit.SECONDS).join()).isInstanceOf(IllegalStateException.class);
        caller.join();
    }

    @Test
    void closedBackendOpensNoLimiter() {
        LocalBackend backend = LocalBackend.create(time);
        backend.close();
        assertThatIllegalStateException().isThrownBy(() -> RateLimiter.of(LIMIT, backend));
    }

    /** A store that answers when the test says so. */
    private static final class RemoteStore implements LimitStore, Backend {

        private final ManualTime time = new ManualTime();
        private final CompletableFuture<Decision> answer = new CompletableFuture<>();
        private long refunded;

        @Override
        public LimitStore limit(Limit limit) {
            return this;
        }

        @Override
        public LimitStore redefine(Limit limit) {
            return this;
        }

        @Override
        public RoomStore room(Room room) {
            throw new UnsupportedOperationException("A store of limits");
        }

        @Override
        public GuardStore guard(Bound bound) {
            throw new UnsupportedOperationException("A store of limits");
        }

        @Override
        public TimeSource time() {
            return time;
        }

        @Override
        public Runnable whenClosed(Runnable action) {
            return () -> {};
        }

        @Override
        public void close() {}

        @Override
        public boolean isLocal() {
            return false;
        }

        @Override
        public long tryAcquire(String key, long permits) {
            throw new UnsupportedOperationException("remote");
        }

        @Override
        public CompletionStage<Decision> tryAcquireAsync(String key, long permits) {
            return answer;
        }

        @Override
        public CompletionStage<Void> refundAsync(String key, long permits) {
            refunded += permits;
            return CompletableFuture.completedFuture(null);
        }
    }

    @Test
    void remoteStoreIsWaitedForAndHasNoVerdicts() {
        RemoteStore store = new RemoteStore();
        RateLimiter remote = RateLimiter.of(LIMIT, store);
        Decision decision = new Decision(true, 1, 0, 1, 1, null, Decision.Source.STORE);
        store.answer.complete(decision);
        assertThat(remote.tryAcquire("a")).isSameAs(decision);
        assertThat(remote.isLocal()).isFalse();
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> remote.tryAcquireVerdict("a", 1));
    }

    @Test
    void permitsGrantedAfterTheCancellationAreGivenBack() {
        RemoteStore store = new RemoteStore();
        CompletableFuture<Decision> waiting = RateLimiter.of(LIMIT, store)
                .acquireAsync("a", 3, Duration.ofSeconds(1))
                .toCompletableFuture();
        waiting.cancel(false);
        store.answer.complete(new Decision(true, 1, 0, 1, 1, null, Decision.Source.STORE));
        assertThat(store.refunded).isEqualTo(3);
    }

    @Test
    void errorOfAStoreReachesTheCallerAsItIs() {
        RemoteStore store = new RemoteStore();
        store.answer.completeExceptionally(new StackOverflowError("deep"));
        RateLimiter remote = RateLimiter.of(LIMIT, store);
        assertThatExceptionOfType(StackOverflowError.class).isThrownBy(() -> remote.tryAcquire("a"));
        assertThatExceptionOfType(StackOverflowError.class).isThrownBy(() -> remote.acquire("a", 1, Duration.ZERO));
    }

    @Test
    void failureOfAStoreReachesTheCaller() {
        RemoteStore store = new RemoteStore();
        store.answer.completeExceptionally(new IllegalStateException("broken"));
        RateLimiter remote = RateLimiter.of(LIMIT, store);
        assertThatIllegalStateException()
                .isThrownBy(() -> remote.tryAcquire("a"))
                .withMessage("broken");
        assertThatIllegalStateException()
                .isThrownBy(() -> remote.acquire("a", 1, Duration.ZERO))
                .withMessage("broken");
    }
}
