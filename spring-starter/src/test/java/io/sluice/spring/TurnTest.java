package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Bound;
import io.sluice.Guard;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A turn of a guard that a request and the calls in it hold. */
class TurnTest {

    private final LocalBackend backend = LocalBackend.create(new ManualTime());
    private final Guard guard =
            Guard.of(Bound.named("shop").limit(1).maxWait(Duration.ofSeconds(5)).build(), backend);

    @AfterEach
    void close() {
        backend.close();
    }

    private Turn turn() {
        return new Turn(guard.acquireAsync("ann").toCompletableFuture());
    }

    @Test
    void isGivenBackByWhoeverHoldsItLast() {
        Turn turn = turn();
        assertThat(turn.share()).isTrue();
        turn.giveUp();
        assertThat(guard.inFlight()).isEqualTo(1);
        turn.giveUp();
        assertThat(guard.inFlight()).isZero();
    }

    @Test
    void isNotSharedBeforeItHasCome() {
        Turn first = turn();
        Turn second = turn();
        assertThat(second.share()).isFalse();
        first.giveUp();
        assertThat(second.share()).isTrue();
    }

    @Test
    void isNotSharedAnyMoreWhenItIsGivenBack() {
        Turn turn = turn();
        turn.giveUp();
        assertThat(turn.share()).isFalse();
    }

    @Test
    void isNotWaitedForAnyMoreWhenItIsGivenUp() {
        Turn first = turn();
        turn().giveUp();
        assertThat(guard.waiting()).isZero();
        first.giveUp();
        assertThat(guard.inFlight()).isZero();
    }
}
