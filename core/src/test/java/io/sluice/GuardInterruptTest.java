package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** A thread that is interrupted while it waits for its turn has none. */
class GuardInterruptTest {

    private static final Bound BOUND = Bound.of("login", 1);

    private final LocalBackend backend = LocalBackend.create(new ManualTime());
    private final Guard guard = Guard.of(BOUND, backend);

    @Test
    void interruptedCallerNoLongerWaits() throws InterruptedException {
        Guard.Permit held = guard.acquire("ann");
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            try {
                thrown.completeExceptionally(
                        new AssertionError(guard.acquire("ben").toString()));
            } catch (InterruptedException e) {
                thrown.complete(e);
            }
        });
        caller.start();
        while (guard.waiting() == 0) {
            Thread.onSpinWait();
        }
        caller.interrupt();
        assertThat(thrown.orTimeout(10, TimeUnit.SECONDS).join()).isInstanceOf(InterruptedException.class);
        caller.join();
        assertThat(guard.waiting()).isZero();
        held.release();
        assertThat(guard.inFlight()).isZero();
    }

    @Test
    void callerInterruptedBeforeGetsNoPermit() {
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> guard.acquire("ann"));
        assertThat(guard.inFlight()).isZero();
    }

    /** An answer that has the permit at the moment of the interrupt. */
    private static final class LateAnswer extends CompletableFuture<Guard.Permit> {

        private final GuardStore store;

        LateAnswer(GuardStore store) {
            this.store = store;
        }

        @Override
        public Guard.Permit get() throws InterruptedException {
            complete(store.acquire("ann").toCompletableFuture().join());
            throw new InterruptedException();
        }
    }

    @Test
    void permitGivenAtTheMomentOfTheInterruptIsReleased() {
        Guard late = Guard.of(BOUND, new ForwardingBackend(backend, UnaryOperator.identity()) {
            @Override
            public GuardStore guard(Bound bound) {
                LateAnswer answer = new LateAnswer(super.guard(bound));
                return (GuardStore) Proxy.newProxyInstance(
                        GuardStore.class.getClassLoader(),
                        new Class<?>[] {GuardStore.class},
                        (proxy, method, arguments) -> answer);
            }
        });
        assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> late.acquire("ann"));
        assertThat(guard.inFlight()).isZero();
    }
}
