package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What a backend may do to a guard's queue that shares its bound with other processes. */
class FairQueueShareTest {

    private final FairQueue queue = new FairQueue(Bound.of("login", 4), new ManualTime());
    private final List<CompletableFuture<Guard.Permit>> asked = new ArrayList<>();

    private void ask(int calls) {
        for (int i = 0; i < calls; i++) {
            asked.add(queue.acquire("caller-" + i).toCompletableFuture());
        }
    }

    private long admitted() {
        return asked.stream().filter(CompletableFuture::isDone).count();
    }

    @Test
    void shareIsTheWholeBoundUnlessSet() {
        ask(5);
        assertThat(admitted()).isEqualTo(4);
    }

    @Test
    void grownShareLetsInWhoWaits() {
        queue.divideAmong(4);
        ask(4);
        assertThat(admitted()).isEqualTo(1);
        queue.divideAmong(2);
        assertThat(admitted()).isEqualTo(2);
        assertThat(queue.waiting()).isEqualTo(2);
    }

    @Test
    void shrunkenShareTakesNoPermitBackAndLetsNobodyInUntilThereIsRoom() {
        ask(5);
        queue.divideAmong(2);
        assertThat(queue.inFlight()).isEqualTo(4);
        for (int released = 0; released < 3; released++) {
            assertThat(admitted()).isEqualTo(4);
            asked.get(released).join().release();
        }
        assertThat(admitted()).isEqualTo(5);
        assertThat(queue.inFlight()).isEqualTo(2);
    }

    @Test
    void shareIsNeverLessThanOne() {
        queue.divideAmong(9);
        assertThat(queue.share()).isEqualTo(1);
    }

    @Test
    void redefinedBoundIsDividedAmongAsManyProcessesAsBefore() {
        queue.divideAmong(2);
        ask(6);
        assertThat(admitted()).isEqualTo(2);
        queue.redefine(Bound.of("login", 10));
        assertThat(queue.share()).isEqualTo(5);
        assertThat(admitted()).isEqualTo(5);
    }

    @Test
    void numberOfProcessesBelowOneIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> queue.divideAmong(0));
    }
}
