package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a backend may do to a guard's queue that shares its bound with other gateways. */
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
        queue.divideAmong(4, 0);
        ask(4);
        assertThat(admitted()).isEqualTo(1);
        queue.divideAmong(2, 0);
        assertThat(admitted()).isEqualTo(2);
        assertThat(queue.waiting()).isEqualTo(2);
    }

    @Test
    void shrunkenShareTakesNoPermitBackAndLetsNobodyInUntilThereIsRoom() {
        ask(5);
        queue.divideAmong(2, 0);
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
        queue.divideAmong(9, 0);
        assertThat(queue.share()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void sharesAddUpToTheBound(int gateways) {
        int sum = 0;
        for (int rank = 0; rank < gateways; rank++) {
            queue.divideAmong(gateways, rank);
            sum += queue.share();
        }
        assertThat(sum).isEqualTo(4);
    }

    @Test
    void redefinedBoundIsDividedAmongAsManyGatewaysAsBefore() {
        queue.divideAmong(2, 0);
        ask(6);
        assertThat(admitted()).isEqualTo(2);
        queue.redefine(Bound.of("login", 10));
        assertThat(queue.share()).isEqualTo(5);
        assertThat(admitted()).isEqualTo(5);
    }

    @Test
    void gatewayThatIsNoneOfThemIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> queue.divideAmong(0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> queue.divideAmong(2, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> queue.divideAmong(2, -1));
    }
}
