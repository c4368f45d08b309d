package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Backend;
import io.sluice.Decision;
import io.sluice.ForwardingBackend;
import io.sluice.Limit;
import io.sluice.LimitStore;
import io.sluice.LocalBackend;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** On which thread the keys of annotations are read, where a store answers on a thread of its own. */
class KeyThreadTest {

    private final ExecutorService storeThread = Executors.newSingleThreadExecutor();
    private final LocalBackend local = LocalBackend.create();
    private final Keys keys = new Keys();
    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class))
            .withBean(Backend.class, () -> new Distant(local, storeThread))
            .withBean("keys", Keys.class, () -> keys)
            .withPropertyValues(
                    "sluice.secret=a secret of the tests, long enough",
                    "sluice.limits.first.rate=10/1s",
                    "sluice.limits.second.rate=10/1s",
                    "sluice.rooms.sale.capacity=1",
                    "sluice.guards.shop.limit=1");

    @AfterEach
    void close() {
        local.close();
        storeThread.shutdown();
    }

    static final class Keys {

        final List<Thread> threads = new CopyOnWriteArrayList<>();

        public String here() {
            threads.add(Thread.currentThread());
            return "ann";
        }
    }

    static class Warehouse {

        @RateLimited(value = "first", key = "@keys.here()")
        @RateLimited(value = "second", key = "@keys.here()")
        @WaitingRoomRequired(value = "sale", key = "@keys.here()")
        @Guarded(value = "shop", key = "@keys.here()")
        String look() {
            return "done";
        }
    }

    @RestController
    static class Shop {

        @GetMapping("/look")
        @RateLimited(value = "first", key = "@keys.here()")
        @RateLimited(value = "second", key = "@keys.here()")
        @Guarded(value = "shop", key = "@keys.here()")
        String look() {
            return "done";
        }
    }

    @Test
    void ofABeanAreReadOnTheThreadOfItsCaller() {
        runner.withBean(Warehouse.class).run(context -> {
            assertThat(context.getBean(Warehouse.class).look()).isEqualTo("done");
            assertThat(keys.threads).hasSize(4).containsOnly(Thread.currentThread());
        });
    }

    @Test
    void ofAHandlerAreReadOnceOnTheThreadThatBringsTheRequest() {
        runner.withBean(Shop.class).run(context -> {
            HandlerGates gates = new HandlerGates(
                    context.getBean(AnnotatedMethods.class),
                    context.getBean(HttpGate.class).keys());
            Gate gate = gates.of(Shop.class.getDeclaredMethod("look"), Shop.class);
            FakeCall call = FakeCall.ofBrowser("GET", "en");
            for (int dispatch = 0; dispatch < 2; dispatch++) {
                assertThat(Objects.requireNonNull(gate)
                                .enter(call)
                                .toCompletableFuture()
                                .join())
                        .isEmpty();
            }
            assertThat(keys.threads).hasSize(3).containsOnly(Thread.currentThread());
        });
    }

    /** Limits that decide on a thread of their own. */
    private static final class Distant extends ForwardingBackend {

        private final ExecutorService thread;

        Distant(Backend backend, ExecutorService thread) {
            super(backend, UnaryOperator.identity());
            this.thread = thread;
        }

        @Override
        public LimitStore limit(Limit limit) {
            LimitStore store = super.limit(limit);
            return new DistantLimit() {
                @Override
                public CompletionStage<Decision> tryAcquireAsync(String key, long permits) {
                    return CompletableFuture.supplyAsync(
                            () -> store.tryAcquireAsync(key, permits)
                                    .toCompletableFuture()
                                    .join(),
                            thread);
                }
            };
        }
    }
}
