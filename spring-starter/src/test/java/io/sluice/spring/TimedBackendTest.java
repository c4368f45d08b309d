package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sluice.Decision;
import io.sluice.ForwardingBackend;
import io.sluice.Limit;
import io.sluice.LimitStore;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import io.sluice.RateLimiter;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

/** A backend whose store is elsewhere, with timers on it. */
class TimedBackendTest {

    @AutoClose
    private final TimedBackend backend = new TimedBackend(new Remote(), new SimpleMeterRegistry());

    private static final class Remote extends ForwardingBackend {

        Remote() {
            super(LocalBackend.create(new ManualTime()), UnaryOperator.identity());
        }

        @Override
        public LimitStore limit(Limit limit) {
            return new Forgetful();
        }
    }

    private static final class Forgetful extends DistantLimit {

        @Override
        public CompletionStage<Decision> tryAcquireAsync(String key, long permits) {
            return new CompletableFuture<>();
        }

        @Override
        public long forgottenCallers() {
            return 3;
        }

        @Override
        public long forgivenNanos() {
            return 2_000_000_000L;
        }
    }

    @Test
    void tellsWhomTheStoreHasForgotten() {
        RateLimiter limiter = RateLimiter.of(Limit.of("per-user", 2, Duration.ofMinutes(1)), backend);
        assertThat(limiter.forgottenCallers()).isEqualTo(3);
        assertThat(limiter.forgivenDebt()).isEqualTo(Duration.ofSeconds(2));
    }
}
