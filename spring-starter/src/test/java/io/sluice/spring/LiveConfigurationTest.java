package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import io.sluice.Signer;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Changes of what is in use, without an application around it. */
class LiveConfigurationTest {

    private final LocalBackend backend = LocalBackend.create(new ManualTime());
    private final SluiceProperties started =
            Configured.with(Map.of("sluice.limits.per-user.rate", "2/1m", "sluice.guards.shop.limit", "1"));
    private final HttpGate gates = new HttpGate(started, backend, Signer.random(), Map.of(), GateObserver.NONE);
    private final LiveConfiguration live = new LiveConfiguration(gates, started);
    private final SluiceEndpoint endpoint = new SluiceEndpoint(gates, live, backend);

    /** Has changes come while another one is being made. */
    private void together(Runnable... changes) throws InterruptedException {
        List<Thread> threads = Stream.of(changes).map(Thread::new).toList();
        synchronized (live) {
            threads.forEach(Thread::start);
            await().until(() -> threads.stream().allMatch(thread -> thread.getState() == Thread.State.BLOCKED));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void changesOfALimitThatComeTogetherAllHold() throws InterruptedException {
        together(
                () -> endpoint.change("limits", "per-user", "5/1m", null, null, null, null, null, null, null),
                () -> endpoint.change("limits", "per-user", null, null, null, null, null, null, null, "true"));
        LimitGate.Definition now = gates.limit("per-user").definition();
        assertThat(now.limit().maxPermits()).isEqualTo(5);
        assertThat(now.shadow()).isTrue();
    }

    @Test
    void changesOfAGuardThatComeTogetherAllHold() throws InterruptedException {
        together(
                () -> endpoint.change("guards", "shop", null, null, null, null, "5", null, null, null),
                () -> endpoint.change("guards", "shop", null, null, null, null, null, null, null, "true"));
        GuardGate now = gates.guard("shop");
        assertThat(now.guard().bound().limit()).isEqualTo(5);
        assertThat(now.definition().shadow()).isTrue();
    }
}
