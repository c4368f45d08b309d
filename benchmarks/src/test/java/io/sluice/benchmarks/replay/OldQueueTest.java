package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class OldQueueTest {

    private final OldQueue queue = new OldQueue(ShopModel.withCallMillis(0.4, 2), new Random(1));

    @Test
    void visitorsAreCalledInOrderUpToTheCapacity() {
        String first = queue.enqueue(0);
        String second = queue.enqueue(0);
        String third = queue.enqueue(0);
        queue.promote(0);

        assertThat(state(first, 0)).isEqualTo(OldQueue.State.READY);
        assertThat(state(second, 0)).isEqualTo(OldQueue.State.READY);
        assertThat(queue.status(third, 0)).contains(new OldQueue.Place(OldQueue.State.QUEUED, 1, ""));
    }

    @Test
    void enteringTakesTheRightGateTokenAndACallThatStillStands() {
        String ticket = queue.enqueue(0);
        assertThat(queue.enter(ticket, "", 0)).isFalse();
        queue.promote(0);
        String gateToken = queue.status(ticket, 0).orElseThrow().gateToken();

        assertThat(queue.enter(ticket, "NONE", 0)).isFalse();
        assertThat(queue.enter(ticket, gateToken, Durations.seconds(60))).isFalse();
        assertThat(queue.enter(ticket, gateToken, Durations.seconds(59))).isTrue();
        assertThat(queue.enter(ticket, gateToken, Durations.seconds(59))).isFalse();
    }

    @Test
    void enteringFreesTheSlotAsItDidInTheSystemThatFailed() {
        String first = queue.enqueue(0);
        queue.enqueue(0);
        String third = queue.enqueue(0);
        queue.promote(0);
        queue.enter(first, queue.status(first, 0).orElseThrow().gateToken(), 0);
        queue.promote(0);

        assertThat(state(third, 0)).isEqualTo(OldQueue.State.READY);
    }

    @Test
    void anExpiredTicketIsUnknownLikeOneThatNeverWas() {
        String ticket = queue.enqueue(0);

        assertThat(queue.status("ERROR", 0)).isEmpty();
        assertThat(queue.status(ticket, Durations.seconds(600))).isEmpty();
    }

    private OldQueue.State state(String ticket, long nowNanos) {
        return queue.status(ticket, nowNanos).orElseThrow().state();
    }
}
