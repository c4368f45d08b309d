package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * When a task cannot be scheduled, as for lack of a thread, only the call fails that needed it: a guard loses no permit
 * and goes on, and nobody waits for ever.
 */
class FailingTimeTest {

    private static final Duration MAX_HOLD = Duration.ofSeconds(3);

    private final FaultyTime time = new FaultyTime();
    private final Backend backend = LocalBackend.create(time);
    private final Guard guard =
            Guard.of(Bound.named("login").limit(1).maxHold(MAX_HOLD).build(), backend);

    /** Lets so many tasks be scheduled before one fails, and runs something at that moment. */
    private void failAfter(int tasks, Runnable meanwhile) {
        AtomicInteger left = new AtomicInteger(tasks);
        time.beforeScheduling = () -> {
            if (left.getAndDecrement() == 0) {
                meanwhile.run();
                throw new Error("unable to create native thread");
            }
        };
    }

    private void failAfter(int tasks) {
        failAfter(tasks, () -> {});
    }

    private CompletableFuture<Guard.Permit> acquire(String caller) {
        return guard.acquireAsync(caller).toCompletableFuture();
    }

    private void assertThatOnlyTheCallFailsThatFindsNoTimerAfter(int tasks) throws InterruptedException {
        Guard.Permit held = guard.acquire("ann");
        failAfter(tasks);
        CompletableFuture<Guard.Permit> failed = acquire("ben");
        CompletableFuture<Guard.Permit> next = acquire("cem");
        held.release();
        assertThat(failed).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(Error.class);
        assertThat(next).isCompleted();
    }

    @Test
    void permitGoesToTheNextAfterACallWhoseDeadlineCouldNotBeScheduled() throws InterruptedException {
        assertThatOnlyTheCallFailsThatFindsNoTimerAfter(0);
    }

    @Test
    void guardGoesOnAfterALookAtItsPermitsCouldNotBeScheduled() throws InterruptedException {
        // The first task is the deadline of the call.
        assertThatOnlyTheCallFailsThatFindsNoTimerAfter(1);
    }

    @Test
    void permitReleasedWhileALookFailsGoesToTheCallThatWaits() throws InterruptedException {
        Guard.Permit held = guard.acquire("ann");
        failAfter(1, held::release);
        assertThat(acquire("ben")).isCompleted();
    }

    @Test
    void permitIsTakenBackInTimeAlthoughAnEarlierLookCouldNotBeScheduled() throws InterruptedException {
        guard.acquire("ann");
        failAfter(1);
        assertThat(acquire("ben")).isCompletedExceptionally();
        CompletableFuture<Guard.Permit> next = acquire("cem");
        time.manual.advance(MAX_HOLD);
        assertThat(next).isCompleted();
    }

    @Test
    void callFailsThatWouldWaitForAPermitOfALimitButFindsNoTimer() {
        RateLimiter limiter = RateLimiter.of(Limit.of("login", 1, Duration.ofSeconds(1)), backend);
        limiter.tryAcquire("ann");
        failAfter(0);
        assertThat(limiter.acquireAsync("ann", MAX_HOLD))
                .failsWithin(Duration.ZERO)
                .withThrowableThat()
                .withCauseInstanceOf(Error.class);
    }
}
