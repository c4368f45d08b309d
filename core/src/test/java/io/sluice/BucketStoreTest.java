package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bucket4j.BucketConfiguration;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a limit that Bucket4j describes tells of callers it had no room for. */
class BucketStoreTest {

    private static final int MAX_KEYS = 10;
    private static final int CALLERS = 1_000;

    private final ManualTime time = new ManualTime();

    private RateLimiter limiter(long initialTokens) {
        BucketConfiguration configuration = BucketConfiguration.builder()
                .addLimit(limit -> limit.capacity(10)
                        .refillIntervally(10, Duration.ofMinutes(1))
                        .initialTokens(initialTokens))
                .build();
        Limit limit = Limit.named("login")
                .configuration(configuration)
                .maxKeys(MAX_KEYS)
                .build();
        return RateLimiter.of(limit, LocalBackend.create(time));
    }

    @Test
    void forgottenCallersInDebtAreCountedWithWhatTheyOwed() {
        RateLimiter limiter = limiter(10);
        for (int i = 0; i < CALLERS; i++) {
            assertThat(limiter.tryAcquire("caller-" + i, 10).allowed()).isTrue();
        }
        assertThat(limiter.forgottenCallers()).isEqualTo(CALLERS - MAX_KEYS);
        assertThat(limiter.forgivenDebt()).isEqualTo(Duration.ofMinutes(1).multipliedBy(CALLERS - MAX_KEYS));
    }

    @Test
    void forgottenCallersAtRestAreNotCounted() {
        RateLimiter limiter = limiter(10);
        for (int i = 0; i < CALLERS; i++) {
            limiter.tryAcquire("caller-" + i);
            limiter.refund("caller-" + i);
        }
        assertThat(limiter.forgottenCallers()).isZero();
        assertThat(limiter.forgivenDebt()).isZero();
    }

    @Test
    void whatANewBucketLacksIsNotForgiven() {
        RateLimiter limiter = limiter(1);
        for (int i = 0; i < CALLERS; i++) {
            limiter.tryAcquire("caller-" + i);
            limiter.refund("caller-" + i);
        }
        assertThat(limiter.forgottenCallers()).isZero();
    }

    @Test
    void forgivenDebtStopsAtTheLargestDuration() {
        BucketConfiguration configuration = BucketConfiguration.builder()
                .addLimit(limit -> limit.capacity(1).refillIntervally(1, Duration.ofDays(1825)))
                .build();
        Limit limit =
                Limit.named("rare").configuration(configuration).maxKeys(1).build();
        RateLimiter limiter = RateLimiter.of(limit, LocalBackend.create(time));
        for (int i = 0; i < CALLERS; i++) {
            limiter.tryAcquire("caller-" + i);
        }
        assertThat(limiter.forgivenDebt()).isEqualTo(Duration.ofNanos(Long.MAX_VALUE));
    }
}
