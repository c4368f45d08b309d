package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A guard loses no permit and goes on when a task cannot be scheduled, as for lack of a thread. */
class FailingTimeTest {

    private static final Duration MAX_HOLD = Duration.ofSeconds(3);

    private final FailingTime time = new FailingTime();
    private final Guard guard =
            Guard.of(Bound.named("login").limit(1).maxHold(MAX_HOLD).build(), LocalBackend.create(time));

    private static final class FailingTime implements TimeSource {

        private final ManualTime time = new ManualTime();
        private int schedulesUntilFailure = Integer.MAX_VALUE;
        private Runnable meanwhile = () -> {};

        @Override
        public long nanoTime() {
            return time.nanoTime();
        }

        @Override
        public long epochMicros() {
            return time.epochMicros();
        }

        @Override
        public Runnable schedule(Runnable task, Duration delay) {
            if (schedulesUntilFailure-- == 0) {
                meanwhile.run();
                throw new Error("unable to create native thread");
            }
            return time.schedule(task, delay);
        }
    }

    private CompletableFuture<Guard.Permit> acquire(String caller) {
        return guard.acquireAsync(caller).toCompletableFuture();
    }

    @Test
    void permitGoesToTheNextAfterACallWhoseDeadlineCouldNotBeScheduled() throws InterruptedException {
        Guard.Permit held = guard.acquire("ann");
        time.schedulesUntilFailure = 0;
        CompletableFuture<Guard.Permit> failed = acquire("ben");
        CompletableFuture<Guard.Permit> next = acquire("cem");
        held.release();
        assertThat(failed).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(Error.class);
        assertThat(next).isCompleted();
    }

    @Test
    void guardGoesOnAfterALookAtItsPermitsCouldNotBeScheduled() throws InterruptedException {
        Guard.Permit held = guard.acquire("ann");
        // The first is the deadline of the call.
        time.schedulesUntilFailure = 1;
        CompletableFuture<Guard.Permit> failed = acquire("ben");
        CompletableFuture<Guard.Permit> next = acquire("cem");
        held.release();
        assertThat(failed).failsWithin(Duration.ZERO).withThrowableThat().withCauseInstanceOf(Error.class);
        assertThat(next).isCompleted();
    }

    @Test
    void permitReleasedWhileALookFailsGoesToTheCallThatWaits() throws InterruptedException {
        Guard.Permit held = guard.acquire("ann");
        time.schedulesUntilFailure = 1;
        time.meanwhile = held::release;
        assertThat(acquire("ben")).isCompleted();
    }

    @Test
    void permitIsTakenBackInTimeAlthoughAnEarlierLookCouldNotBeScheduled() throws InterruptedException {
        guard.acquire("ann");
        time.schedulesUntilFailure = 1;
        assertThat(acquire("ben")).isCompletedExceptionally();
        CompletableFuture<Guard.Permit> next = acquire("cem");
        time.time.advance(MAX_HOLD);
        assertThat(next).isCompleted();
    }
}
