package io.sluice;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.bucket4j.BucketConfiguration;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Backend} must do with limits, through the blocking and the asynchronous face of {@link RateLimiter}.
 * Times are whole microseconds, the coarsest that a backend may keep.
 */
public abstract class LimitContract {

    private static final Duration MICRO = Duration.ofNanos(1_000);
    private static final Limit TEN_PER_SECOND = Limit.of("ten", 10, Duration.ofSeconds(1));

    private final ManualTime time = new ManualTime();
    private Backend backend = LocalBackend.create(time);

    /** Creates an empty backend whose decisions follow the given time. */
    protected abstract Backend create(ManualTime time);

    @BeforeEach
    void createBackend() {
        backend = create(time);
    }

    @AfterEach
    void closeBackend() {
        backend.close();
    }

    @Nested
    @DisplayName("Through the blocking face")
    class Blocking extends Rules {
        Blocking() {
            super(LimiterFace.BLOCKING);
        }
    }

    @Nested
    @DisplayName("Through the asynchronous face")
    class Asynchronous extends Rules {
        Asynchronous() {
            super(LimiterFace.ASYNCHRONOUS);
        }
    }

    abstract class Rules {

        private final LimiterFace face;

        Rules(LimiterFace face) {
            this.face = face;
        }

        private RateLimiter limiter(String text) {
            return RateLimiter.of(Limit.parse("limit", text), backend);
        }

        private Decision take(RateLimiter limiter, String key, long permits) {
            return face.tryAcquire(limiter, key, permits);
        }

        private boolean allows(RateLimiter limiter, String key, long permits) {
            return take(limiter, key, permits).allowed();
        }

        private void millis(long millis) {
            time.advance(Duration.ofMillis(millis));
        }

        /** Waits for a caller, maybe on another thread, to be one of so many scheduled tasks. */
        private void awaitSleepers(int count, CompletableFuture<Decision> caller) {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (time.scheduled().size() < count && System.nanoTime() < deadline) {
                Thread.onSpinWait();
            }
            assertThat(caller).isNotDone();
            assertThat(time.scheduled()).hasSize(count);
        }

        private Decision get(CompletableFuture<Decision> caller) {
            return caller.orTimeout(10, TimeUnit.SECONDS).join();
        }

        @Test
        void twelveCallsInAnInstantAreAnsweredAsDecisionDocuments() {
            RateLimiter limiter = limiter("10/1s");
            assertThat(take(limiter, "a", 1)).isEqualTo(allowed(9, millisToNanos(100), millisToNanos(100)));
            for (int i = 0; i < 8; i++) {
                assertThat(allows(limiter, "a", 1)).isTrue();
            }
            assertThat(take(limiter, "a", 1)).isEqualTo(allowed(0, millisToNanos(100), millisToNanos(1_000)));
            Decision denied = denied(0, millisToNanos(100), millisToNanos(100), millisToNanos(1_000));
            assertThat(take(limiter, "a", 1)).isEqualTo(denied);
            assertThat(take(limiter, "a", 1)).isEqualTo(denied);
        }

        @Test
        void permitFitsAtExactlyTheInstantThatTheDenialNamedAndNotBefore() {
            RateLimiter limiter = limiter("10/1s");
            assertThat(allows(limiter, "a", 10)).isTrue();
            Decision denied = take(limiter, "a", 3);
            assertThat(denied.retryAfter()).isEqualTo(Duration.ofMillis(300));
            time.advance(denied.retryAfter().minus(MICRO));
            assertThat(take(limiter, "a", 3)).isEqualTo(denied(2, 1_000, 1_000, millisToNanos(700) + 1_000));
            time.advance(MICRO);
            assertThat(take(limiter, "a", 3)).isEqualTo(allowed(0, millisToNanos(100), millisToNanos(1_000)));
        }

        @Test
        void weightIsChargedWholeOrNotAtAll() {
            RateLimiter limiter = limiter("10/1s");
            assertThat(allows(limiter, "a", 7)).isTrue();
            assertThat(allows(limiter, "a", 4)).isFalse();
            assertThat(allows(limiter, "a", 3)).isTrue();
            assertThat(allows(limiter, "a", 1)).isFalse();
        }

        @Test
        void denialsDoNotPostponeTheNextPermit() {
            RateLimiter limiter = limiter("10/1s");
            assertThat(allows(limiter, "a", 10)).isTrue();
            for (int i = 0; i < 99; i++) {
                millis(1);
                assertThat(allows(limiter, "a", 1)).isFalse();
            }
            millis(1);
            assertThat(allows(limiter, "a", 1)).isTrue();
        }

        @Test
        void idleTimeBanksNoMoreThanTheBurst() {
            RateLimiter limiter = limiter("10/1s burst 3");
            assertThat(allows(limiter, "a", 3)).isTrue();
            time.advance(Duration.ofDays(100));
            assertThat(allows(limiter, "a", 3)).isTrue();
            assertThat(allows(limiter, "a", 1)).isFalse();
        }

        @Test
        void callersDoNotShareTheirPermits() {
            RateLimiter limiter = limiter("1/1s");
            assertThat(allows(limiter, "a", 1)).isTrue();
            assertThat(allows(limiter, "b", 1)).isTrue();
            assertThat(allows(limiter, "a", 1)).isFalse();
        }

        @Test
        void severalBandwidthsAreChargedTogetherOrNotAtAll() {
            RateLimiter limiter = limiter("10/1s, 15/1m");
            assertThat(take(limiter, "a", 10)).isEqualTo(allowed(0, millisToNanos(100), millisToNanos(1_000)));
            assertThat(allows(limiter, "a", 1))
                    .as("the first is empty, the second is not charged")
                    .isFalse();
            millis(1_000);
            assertThat(take(limiter, "a", 6).retryAfterNanos())
                    .as("the second lacks 1 permit of 4 s, 1 s of which is over")
                    .isEqualTo(millisToNanos(3_000));
            assertThat(take(limiter, "a", 5).remaining()).isZero();
            assertThat(take(limiter, "a", 1).retryAfterNanos()).isEqualTo(millisToNanos(3_000));
        }

        @Test
        void ofTwoBandwidthsWithAsManyPermitsLeftTheFirstIsTold() {
            RateLimiter limiter = limiter("10/1s, 10/1m");
            assertThat(take(limiter, "a", 1)).isEqualTo(allowed(9, millisToNanos(100), millisToNanos(100)));
        }

        @Test
        void refundMakesRoomForWhatWasCharged() {
            RateLimiter limiter = limiter("10/1s, 20/1m");
            assertThat(allows(limiter, "a", 10)).isTrue();
            face.refund(limiter, "a", 4);
            assertThat(take(limiter, "a", 4).remaining()).isZero();
            assertThat(allows(limiter, "a", 1)).isFalse();
        }

        @Test
        void refundNeverLiftsAboveTheBurst() {
            RateLimiter limiter = limiter("10/1s");
            assertThat(allows(limiter, "a", 2)).isTrue();
            for (int i = 0; i < 5; i++) {
                face.refund(limiter, "a", 10);
            }
            assertThat(allows(limiter, "a", 10)).isTrue();
            assertThat(allows(limiter, "a", 1)).isFalse();
        }

        @Test
        void refundToAnUnknownCallerHasNoEffect() {
            RateLimiter limiter = limiter("10/1s");
            face.refund(limiter, "nobody", 10);
            assertThat(take(limiter, "nobody", 10).remaining()).isZero();
            assertThat(allows(limiter, "nobody", 1)).isFalse();
        }

        @Test
        void keysOfOneMegabyteAreCallersLikeAnyOther() {
            RateLimiter limiter = limiter("1/1s");
            String key = "x".repeat(1 << 20);
            assertThat(allows(limiter, key, 1)).isTrue();
            assertThat(allows(limiter, key, 1)).isFalse();
            assertThat(allows(limiter, key + "y", 1)).isTrue();
        }

        @Test
        void keysBeyondLatin1AreToldApart() {
            RateLimiter limiter = limiter("1/1s");
            assertThat(allows(limiter, "\u0100", 1)).isTrue();
            assertThat(allows(limiter, "\u0200", 1)).isTrue();
            assertThat(allows(limiter, new String(new byte[] {1, 0}, US_ASCII), 1))
                    .isTrue();
            assertThat(allows(limiter, "\u0100", 1)).isFalse();
        }

        @Test
        void limitersOfOneLimitShareItsState() {
            assertThat(allows(RateLimiter.of(TEN_PER_SECOND, backend), "a", 10)).isTrue();
            assertThat(allows(RateLimiter.of(Limit.parse("ten", "10/1s"), backend), "a", 1))
                    .isFalse();
        }

        @Test
        void differentLimitOfTheSameNameIsRefused() {
            assertThat(RateLimiter.of(TEN_PER_SECOND, backend).limit()).isSameAs(TEN_PER_SECOND);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> RateLimiter.of(Limit.parse("ten", "11/1s"), backend))
                    .withMessageContaining("\"ten\" is in use");
        }

        @Test
        void refillAtIntervalsIsLeftToBucket4j() {
            RateLimiter limiter = RateLimiter.of(
                    Limit.of(
                            "interval",
                            BucketConfiguration.builder()
                                    .addLimit(bandwidth ->
                                            bandwidth.capacity(5).refillIntervally(5, Duration.ofSeconds(1)))
                                    .build()),
                    backend);
            assertThat(take(limiter, "a", 2).remaining()).isEqualTo(3);
            assertThat(allows(limiter, "a", 3)).isTrue();
            millis(400);
            Decision denied = take(limiter, "a", 1);
            assertThat(denied)
                    .isEqualTo(new Decision(
                            false,
                            0,
                            millisToNanos(600),
                            millisToNanos(600),
                            millisToNanos(1_000),
                            null,
                            Decision.Source.STORE));
            millis(599);
            assertThat(allows(limiter, "a", 1)).isFalse();
            millis(1);
            assertThat(take(limiter, "a", 1).remaining()).isEqualTo(4);
            face.refund(limiter, "a", 5);
            assertThat(take(limiter, "a", 5).remaining()).isZero();
        }

        @Test
        void acquireDoesNotWaitForWhatIsThere() {
            assertThat(get(face.acquire(limiter("10/1s"), "a", 10, Duration.ZERO))
                            .allowed())
                    .isTrue();
        }

        @Test
        void acquireWaitsUntilThePermitsAreThere() {
            RateLimiter limiter = limiter("10/1s");
            assertThat(allows(limiter, "a", 10)).isTrue();
            CompletableFuture<Decision> caller = face.acquire(limiter, "a", 2, Duration.ofMillis(200));
            awaitSleepers(1, caller);
            assertThat(time.scheduled()).containsExactly(Duration.ofMillis(200));
            millis(200);
            assertThat(get(caller)).isEqualTo(allowed(0, millisToNanos(100), millisToNanos(1_000)));
        }

        @Test
        void acquireGivesUpAtOnceWhenTheWaitWouldExceedTheTimeout() {
            RateLimiter limiter = limiter("10/1s");
            assertThat(allows(limiter, "a", 10)).isTrue();
            CompletableFuture<Decision> caller =
                    face.acquire(limiter, "a", 2, Duration.ofMillis(200).minus(MICRO));
            assertThat(get(caller).retryAfter()).isEqualTo(Duration.ofMillis(200));
            assertThat(time.scheduled()).isEmpty();
        }

        @Test
        void acquireAsksAgainWhenSomebodyElseWasFaster() {
            RateLimiter limiter = limiter("10/1s");
            assertThat(allows(limiter, "a", 10)).isTrue();
            // Scheduled before the caller sleeps, so it comes first at the same instant.
            time.schedule(() -> allows(limiter, "a", 1), Duration.ofMillis(100));
            CompletableFuture<Decision> caller = face.acquire(limiter, "a", 1, Duration.ofSeconds(Long.MAX_VALUE));
            awaitSleepers(2, caller);
            millis(100);
            awaitSleepers(1, caller);
            assertThat(time.scheduled()).containsExactly(Duration.ofMillis(100));
            millis(100);
            assertThat(get(caller).allowed()).isTrue();
        }

        @Test
        void acquireEndsWithADenialWhenOthersTakeEverythingUntilTheTimeout() {
            RateLimiter limiter = limiter("10/1s");
            assertThat(allows(limiter, "a", 10)).isTrue();
            time.schedule(() -> allows(limiter, "a", 1), Duration.ofMillis(100));
            CompletableFuture<Decision> caller = face.acquire(limiter, "a", 1, Duration.ofMillis(150));
            awaitSleepers(2, caller);
            millis(100);
            assertThat(get(caller).allowed()).isFalse();
        }
    }

    private CompletableFuture<Decision> waitingForAnHour(RateLimiter limiter) {
        return limiter.acquireAsync("a", 1, Duration.ofHours(1)).toCompletableFuture();
    }

    private static void assertRefused(CompletableFuture<Decision> waiting) {
        assertThat(waiting)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableThat()
                .withCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void whoWaitsWhenTheBackendClosesIsRefusedThen() {
        RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "1/1h"), backend);
        assertThat(limiter.tryAcquire("a").allowed()).isTrue();
        CompletableFuture<Decision> first = waitingForAnHour(limiter);
        CompletableFuture<Decision> second = waitingForAnHour(limiter);
        while (time.scheduled().size() < 2) {
            Thread.onSpinWait();
        }
        backend.close();
        assertRefused(first);
        assertRefused(second);
        assertThat(time.scheduled()).isEmpty();
    }

    @Test
    void whoWouldWaitOnAClosedBackendIsRefused() {
        RateLimiter limiter = RateLimiter.of(
                Limit.named("limit")
                        .bandwidth(1, Duration.ofHours(1))
                        .onOutage(Limit.OnOutage.CLOSED)
                        .build(),
                backend);
        assertThat(limiter.tryAcquire("a").allowed()).isTrue();
        backend.close();
        assertRefused(waitingForAnHour(limiter));
    }

    @Test
    void limiterOfAClosedBackendGoesOnDeciding() {
        RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "2/1s"), backend);
        backend.close();
        assertThat(limiter.tryAcquire("a").allowed()).isTrue();
        assertThat(limiter.tryAcquire("a").allowed()).isTrue();
        assertThat(limiter.tryAcquire("a").allowed()).isFalse();
    }

    @Nested
    @DisplayName("A limit that is redefined")
    class Redefined {

        private RateLimiter limiter(String text) {
            return RateLimiter.of(Limit.parse("limit", text), backend);
        }

        private RateLimiter redefined(RateLimiter limiter, String text) {
            return limiter.redefine(Limit.parse("limit", text));
        }

        @Test
        void keepsWhatACallerOwesInTime() {
            RateLimiter limiter = limiter("10/1s");
            assertThat(limiter.tryAcquire("a", 5).allowed()).isTrue();
            RateLimiter slower = redefined(limiter, "4/1s");
            Decision decision = slower.tryAcquire("a");
            assertThat(decision.allowed())
                    .as("owes 500 of 1000 ms, a call costs 250")
                    .isTrue();
            assertThat(decision.remaining()).isEqualTo(1);
            assertThat(slower.tryAcquire("b", 4).allowed()).isTrue();
        }

        @Test
        void callerWhoOwesMoreThanTheNewBurstOwesTheNewBurst() {
            RateLimiter limiter = limiter("60/1m");
            assertThat(limiter.tryAcquire("a", 60).allowed()).isTrue();
            RateLimiter shorter = redefined(limiter, "10/1s");
            Decision denied = shorter.tryAcquire("a");
            assertThat(denied.allowed()).isFalse();
            assertThat(denied.retryAfter()).isEqualTo(Duration.ofMillis(100));
            time.advance(denied.retryAfter());
            assertThat(shorter.tryAcquire("a").allowed()).isTrue();
            time.advance(Duration.ofSeconds(1));
            assertThat(shorter.tryAcquire("a", 10).allowed()).isTrue();
        }

        @Test
        void furtherBandwidthStartsAtRestAndTheOthersKeepTheirDebt() {
            RateLimiter limiter = limiter("10/1s");
            assertThat(limiter.tryAcquire("a", 10).allowed()).isTrue();
            RateLimiter both = redefined(limiter, "10/1s, 12/1m");
            assertThat(both.tryAcquire("a").allowed()).isFalse();
            time.advance(Duration.ofSeconds(1));
            assertThat(both.tryAcquire("a", 10).allowed()).isTrue();
            time.advance(Duration.ofSeconds(1));
            assertThat(both.tryAcquire("a", 10).allowed()).isFalse();
        }

        @Test
        void droppedBandwidthIsForgotten() {
            RateLimiter limiter = limiter("10/1s, 10/1m");
            assertThat(limiter.tryAcquire("a", 10).allowed()).isTrue();
            RateLimiter one = redefined(limiter, "10/1s");
            assertThat(one.tryAcquire("a").allowed()).isFalse();
            time.advance(Duration.ofSeconds(1));
            assertThat(one.tryAcquire("a", 10).allowed()).isTrue();
        }

        @Test
        void keepsTheDebtOfManyCallersWhenThereIsRoomForMore() {
            Limit small = Limit.named("limit")
                    .bandwidth(1, Duration.ofHours(1))
                    .maxKeys(1_000)
                    .build();
            RateLimiter limiter = RateLimiter.of(small, backend);
            for (int i = 0; i < 1_000; i++) {
                assertThat(limiter.tryAcquire("caller-" + i).allowed()).isTrue();
            }
            RateLimiter larger = limiter.redefine(Limit.named("limit")
                    .bandwidth(1, Duration.ofHours(1))
                    .maxKeys(5_000)
                    .build());
            for (int i = 0; i < 1_000; i++) {
                assertThat(larger.tryAcquire("caller-" + i).allowed()).isFalse();
            }
        }

        @Test
        void isWhatTheBackendKnowsFromNowOn() {
            RateLimiter changed = redefined(limiter("10/1s"), "20/1s");
            assertThat(changed.tryAcquire("a", 20).allowed()).isTrue();
            assertThat(limiter("20/1s").tryAcquire("a").allowed()).isFalse();
            assertThatIllegalArgumentException().isThrownBy(() -> limiter("10/1s"));
        }

        @Test
        void isChangedBackThroughAnOlderHandle() {
            RateLimiter older = limiter("10/1s");
            RateLimiter changed = redefined(older, "20/1s");
            assertThat(changed.tryAcquire("a", 20).allowed()).isTrue();
            RateLimiter changedBack = redefined(older, "10/1s");
            assertThat(changedBack.tryAcquire("a").allowed()).isFalse();
            assertThat(limiter("10/1s").tryAcquire("a").allowed()).isFalse();
        }

        @Test
        void staysAsItIsIfTheDefinitionIsTheSame() {
            RateLimiter limiter = limiter("10/1s");
            RateLimiter same = redefined(limiter, "10/1s");
            assertThat(limiter.tryAcquire("a", 10).allowed()).isTrue();
            assertThat(same.tryAcquire("a").allowed()).isFalse();
        }

        @Test
        void keepsItsName() {
            RateLimiter limiter = limiter("10/1s");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> limiter.redefine(TEN_PER_SECOND))
                    .withMessageContaining("\"limit\" cannot become \"ten\"");
        }

        @Test
        void doesNotBecomeABucket4jConfiguration() {
            RateLimiter limiter = limiter("10/1s");
            BucketConfiguration atOnce = BucketConfiguration.builder()
                    .addLimit(stage -> stage.capacity(5).refillIntervally(5, Duration.ofSeconds(1)))
                    .build();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> limiter.redefine(Limit.of("limit", atOnce)))
                    .withMessageContaining("another name");
            assertThat(limiter.tryAcquire("a", 10).allowed()).isTrue();
        }
    }

    /** The only bandwidth of the limits whose decisions are compared whole. */
    private static final Bandwidth TEN_A_SECOND = new Bandwidth(10, Duration.ofSeconds(1));

    private static long millisToNanos(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }

    private static Decision allowed(long remaining, long nextPermitAfterNanos, long resetAfterNanos) {
        return new Decision(
                true, remaining, 0, nextPermitAfterNanos, resetAfterNanos, TEN_A_SECOND, Decision.Source.STORE);
    }

    private static Decision denied(
            long remaining, long retryAfterNanos, long nextPermitAfterNanos, long resetAfterNanos) {
        return new Decision(
                false,
                remaining,
                retryAfterNanos,
                nextPermitAfterNanos,
                resetAfterNanos,
                TEN_A_SECOND,
                Decision.Source.STORE);
    }
}
