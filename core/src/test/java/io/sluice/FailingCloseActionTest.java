package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

/** An action that throws when its backend closes keeps nothing else from closing. */
class FailingCloseActionTest {

    private static final Duration LONG = Duration.ofHours(1);

    private final LocalBackend backend = LocalBackend.create();
    private final RateLimiter limiter = RateLimiter.of(Limit.of("login", 1, LONG), backend);

    private CompletableFuture<Decision> waiting(String key) {
        limiter.tryAcquire(key);
        return limiter.acquireAsync(key, LONG.multipliedBy(2)).toCompletableFuture();
    }

    @Test
    void callersWhoWaitAreRefusedAndTheTimerEnds() {
        CompletableFuture<Decision> ann = waiting("ann");
        backend.whenClosed(() -> {
            throw new Error("of a close action");
        });
        CompletableFuture<Decision> ben = waiting("ben");
        backend.close();
        assertThat(ann).isCompletedExceptionally();
        assertThat(ben).isCompletedExceptionally();
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> backend.time().schedule(() -> {}, LONG));
    }
}
