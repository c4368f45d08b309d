package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.bucket4j.BucketConfiguration;
import io.lettuce.core.RedisConnectionException;
import io.sluice.Limit;
import io.sluice.ManualTime;
import io.sluice.RateLimiter;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which gateways count together on a limit that Bucket4j decides: those whose definition is the same. */
class BucketLimitTest {

    private final ManualTime time = new ManualTime();
    private final RedisServer server = RedisServer.start();

    @AfterEach
    void stop() {
        server.close();
    }

    /** Asks a gateway that starts for it. */
    private boolean isAllowed(BucketConfiguration definition, int permits) {
        try (RedisBackend gateway = server.gateway(time)) {
            return RateLimiter.of(Limit.of("limit", definition), gateway)
                    .tryAcquire("caller", permits)
                    .allowed();
        }
    }

    private static BucketConfiguration perDay(int permits) {
        return BucketConfiguration.builder()
                .addLimit(limit -> limit.capacity(permits).refillIntervally(permits, Duration.ofDays(1)))
                .build();
    }

    private static BucketConfiguration perDayFrom(Instant firstRefill) {
        return BucketConfiguration.builder()
                .addLimit(limit -> limit.capacity(5).refillIntervallyAligned(5, Duration.ofDays(1), firstRefill))
                .build();
    }

    @Test
    void definitionThatHasChangedIsInForceAfterARestart() {
        assertThat(isAllowed(perDay(5), 5)).isTrue();
        assertThat(isAllowed(perDay(5), 1)).isFalse();
        assertThat(isAllowed(perDay(10), 10)).isTrue();
        assertThat(isAllowed(perDay(10), 1)).isFalse();
    }

    /** Gateways often compute it when they start. */
    @Test
    void definitionsThatDifferInTheFirstRefillAloneAreTheSame() {
        Instant now = Instant.ofEpochSecond(TimeUnit.MICROSECONDS.toSeconds(time.epochMicros()));
        assertThat(isAllowed(perDayFrom(now.plus(Duration.ofHours(2))), 5)).isTrue();
        assertThat(isAllowed(perDayFrom(now.plus(Duration.ofHours(3))), 1)).isFalse();
    }

    @Test
    void limitThatCannotConnectSaysWhatToDoAndConnectsLater() {
        Limit limit = Limit.of("limit", perDay(5));
        try (RedisBackend gateway = server.gateway(time)) {
            server.kill();
            assertThatIllegalStateException()
                    .isThrownBy(() -> gateway.limit(limit))
                    .withMessageContaining("cannot be used")
                    .withMessageContaining("is Redis running there")
                    .withCauseInstanceOf(RedisConnectionException.class);
            server.restart();
            assertThat(gateway.limit(limit)).isInstanceOf(BucketLimit.class);
        }
    }
}
