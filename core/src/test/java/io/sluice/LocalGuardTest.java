package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class LocalGuardTest extends GuardContract {

    @Override
    protected Backend create(TimeSource time) {
        return LocalBackend.create(time);
    }

    @Test
    void deadlineOfAServedCallIsTakenOffTheTimer() {
        Guard guard = open(1);
        Guard.Permit held = permit(ask(guard, "ann"));
        CompletionStage<Guard.Permit> served = guard.acquireAsync("ben");
        assertThat(time.scheduled()).containsExactly(MAX_WAIT);
        held.release();
        assertThat(served).isCompleted();
        assertThat(time.scheduled()).isEmpty();
    }

    @Test
    void oneTaskLooksForWhatIsOverdueAndOnlyWhileSomebodyWaits() {
        Duration maxHold = Duration.ofSeconds(3);
        Guard guard = Guard.of(Bound.named("login").limit(2).maxHold(maxHold).build(), backend);
        permit(ask(guard, "ann"));
        permit(ask(guard, "ann"));
        assertThat(time.scheduled()).isEmpty();
        CompletionStage<Guard.Permit> ben = guard.acquireAsync("ben");
        CompletionStage<Guard.Permit> cem = guard.acquireAsync("cem");
        assertThat(time.scheduled()).containsExactly(maxHold, MAX_WAIT, MAX_WAIT);
        time.advance(maxHold);
        assertThat(ben).isCompleted();
        assertThat(cem).isCompleted();
        assertThat(time.scheduled()).isEmpty();
    }

    @Test
    void closingTakesTheLookOffTheTimer() {
        Guard guard = Guard.of(
                Bound.named("login").limit(1).maxHold(Duration.ofHours(24)).build(), backend);
        permit(ask(guard, "ann"));
        guard.acquireAsync("ben");
        backend.close();
        assertThat(time.scheduled()).isEmpty();
    }
}
