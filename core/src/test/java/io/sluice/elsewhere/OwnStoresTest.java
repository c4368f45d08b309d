package io.sluice.elsewhere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sluice.AdmissionException;
import io.sluice.Bound;
import io.sluice.Decision;
import io.sluice.ForwardingBackend;
import io.sluice.Guard;
import io.sluice.GuardStore;
import io.sluice.Limit;
import io.sluice.LimitStore;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import io.sluice.RateLimiter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Stores of a backend in another package: what the contracts of the stores ask for is public. */
class OwnStoresTest {

    private static final Duration RETRY_AFTER = Duration.ofSeconds(2);
    private static final Limit LIMIT = Limit.parse("per-user", "10/1s, 300/1m");

    private final OwnBackend backend = new OwnBackend();

    private static final class OwnBackend extends ForwardingBackend {

        OwnBackend() {
            super(LocalBackend.create(new ManualTime()), room -> room);
        }

        @Override
        public GuardStore guard(Bound bound) {
            return new FullGuard(bound);
        }

        @Override
        public LimitStore limit(Limit limit) {
            return new UsedUpLimit(limit);
        }
    }

    private record FullGuard(Bound bound) implements GuardStore {

        @Override
        public CompletionStage<Guard.Permit> acquire(String caller) {
            return CompletableFuture.failedFuture(AdmissionException.overloaded("There is no turn", RETRY_AFTER));
        }

        @Override
        public void redefine(Bound bound) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int share() {
            return bound.limit();
        }

        @Override
        public int inFlight() {
            return bound.limit();
        }

        @Override
        public int waiting() {
            return 0;
        }

        @Override
        public int overdue() {
            return 0;
        }

        @Override
        public long takenBack() {
            return 0;
        }
    }

    /** All but three permits a second are used up already. */
    private record UsedUpLimit(Limit limit) implements LimitStore {

        @Override
        public boolean isLocal() {
            return true;
        }

        @Override
        public long tryAcquire(String key, long permits) {
            long headroomNanos = 3 * limit.bandwidths().get(0).costNanos();
            long afterwardsNanos =
                    headroomNanos - permits * limit.bandwidths().get(0).costNanos();
            return afterwardsNanos >= 0
                    ? Limit.verdict(true, afterwardsNanos, 0)
                    : Limit.verdict(false, headroomNanos, 0);
        }

        @Override
        public CompletionStage<Decision> tryAcquireAsync(String key, long permits) {
            return CompletableFuture.completedFuture(
                    limit.decision(tryAcquire(key, permits), permits, Decision.Source.STORE));
        }

        @Override
        public CompletionStage<Void> refundAsync(String key, long permits) {
            return CompletableFuture.completedFuture(null);
        }
    }

    @Test
    void guardRefusesWithTheReasonThatItsContractNames() {
        Guard guard = Guard.of(Bound.named("login").limit(4).build(), backend);
        AdmissionException refusal = catchThrowableOfType(AdmissionException.class, () -> guard.acquire("ann"));
        assertThat(refusal.reason()).isEqualTo(AdmissionException.Reason.OVERLOADED);
        assertThat(refusal.retryAfter()).isEqualTo(RETRY_AFTER);
        assertThat(refusal).hasMessage("There is no turn");
    }

    @Test
    void localLimitReturnsVerdictsThatItsLimitReads() {
        RateLimiter limiter = RateLimiter.of(LIMIT, backend);
        assertThat(limiter.tryAcquire("ann", 2).remaining()).isEqualTo(1);
        Decision denied = limiter.tryAcquire("ann", 5);
        assertThat(denied.allowed()).isFalse();
        assertThat(denied.retryAfter()).isEqualTo(Duration.ofMillis(200));
        assertThat(denied.bandwidth()).isEqualTo(LIMIT.bandwidths().get(0));
    }

    @ParameterizedTest
    @CsvSource({"-1, 0", "2305843009213693952, 0", "0, -1", "0, 4"})
    void verdictOutOfRangeIsRefused(long headroomNanos, int bandwidth) {
        assertThatIllegalArgumentException().isThrownBy(() -> Limit.verdict(true, headroomNanos, bandwidth));
    }

    @ParameterizedTest
    @CsvSource({"-1, 0", "0, -1"})
    void bucketVerdictOutOfRangeIsRefused(long remaining, long waitNanos) {
        assertThatIllegalArgumentException().isThrownBy(() -> Limit.bucketVerdict(true, remaining, waitNanos));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT24H0.000000001S"})
    void retryAfterOutOfRangeIsRefused(Duration retryAfter) {
        assertThatIllegalArgumentException().isThrownBy(() -> AdmissionException.overloaded("Full", retryAfter));
    }
}
