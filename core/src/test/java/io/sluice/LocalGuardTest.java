package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

class LocalGuardTest extends GuardContract {

    @Override
    Backend create(TimeSource time) {
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
}
