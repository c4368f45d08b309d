package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.Backend;
import io.sluice.Decision;
import io.sluice.ForwardingBackend;
import io.sluice.Limit;
import io.sluice.LimitStore;
import io.sluice.LocalBackend;
import io.sluice.WaitingRoom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What a call that is refused in the end gets back of a limit that has allowed it. */
class RefundTest {

    private final List<String> refunds = new ArrayList<>();
    private CompletableFuture<Void> answersArrive = CompletableFuture.completedFuture(null);

    /** A limit "first" that allows everything, as it says who decides. */
    private final class FirstLimit extends ForwardingBackend {

        private final Decision.Source source;

        FirstLimit(Backend backend, Decision.Source source) {
            super(backend, UnaryOperator.identity());
            this.source = source;
        }

        @Override
        public LimitStore limit(Limit limit) {
            return !limit.name().equals("first")
                    ? super.limit(limit)
                    : new DistantLimit() {
                        @Override
                        public CompletionStage<Decision> tryAcquireAsync(String key, long permits) {
                            return answersArrive.thenApply(unused -> new Decision(
                                    true, 9, 0, 0, 0, limit.bandwidths().get(0), source));
                        }

                        @Override
                        public CompletionStage<Void> refundAsync(String key, long permits) {
                            refunds.add(key);
                            return super.refundAsync(key, permits);
                        }
                    };
        }
    }

    static class Warehouse {

        @RateLimited(value = "first", key = "'ann'")
        @RateLimited(value = "second", key = "'ann'")
        void look() {}

        @RateLimited(value = "first", key = "'ann'")
        @WaitingRoomRequired(value = "shut", key = "'ann'")
        void enter() {}

        @RateLimited(value = "first", key = "'ann'")
        @WaitingRoomRequired(value = "sale", key = "'ann'")
        CompletableFuture<String> order() {
            return CompletableFuture.completedFuture("ordered");
        }
    }

    private ApplicationContextRunner decidedBy(Decision.Source source) {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class))
                .withBean(Backend.class, () -> new FirstLimit(LocalBackend.create(), source))
                .withPropertyValues(
                        "sluice.secret=a secret of the tests, long enough",
                        "sluice.limits.first.rate=10/1s",
                        "sluice.limits.second.rate=1/1h",
                        "sluice.rooms.shut.capacity=1",
                        "sluice.rooms.shut.mode=closed",
                        "sluice.rooms.sale.capacity=1");
    }

    @ParameterizedTest
    @EnumSource(Decision.Source.class)
    void requestGetsBackWhatTheStoreHasCharged(Decision.Source source) {
        decidedBy(source).run(context -> {
            HttpGate gates = context.getBean(HttpGate.class);
            for (int i = 0; i < 2; i++) {
                FakeCall call = FakeCall.ofBrowser("GET", "en");
                Gate both = Gate.inOrder(List.of(
                        gates.limit("first").costing(1), gates.limit("second").costing(1)));
                assertThat(both.enter(call).toCompletableFuture().join().isPresent())
                        .isEqualTo(i == 1);
            }
            assertThat(refunds).hasSize(source == Decision.Source.STORE ? 1 : 0);
        });
    }

    @ParameterizedTest
    @EnumSource(Decision.Source.class)
    void callOfABeanGetsBackWhatTheStoreHasCharged(Decision.Source source) {
        decidedBy(source).withBean(Warehouse.class).run(context -> {
            Warehouse warehouse = context.getBean(Warehouse.class);
            warehouse.look();
            assertThatThrownBy(warehouse::look)
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("second");
            assertThat(refunds).hasSize(source == Decision.Source.STORE ? 1 : 0);
        });
    }

    @Test
    void whatARoomRefusesStaysCharged() {
        decidedBy(Decision.Source.STORE).withBean(Warehouse.class).run(context -> {
            assertThatThrownBy(context.getBean(Warehouse.class)::enter)
                    .isInstanceOf(RefusedException.class)
                    .hasMessageContaining("shut");
            HttpGate gates = context.getBean(HttpGate.class);
            Gate both = Gate.inOrder(List.of(gates.limit("first").costing(1), gates.room("shut")));
            assertThat(both.enter(FakeCall.ofBrowser("GET", "en"))
                            .toCompletableFuture()
                            .join())
                    .isPresent();
            assertThat(refunds).isEmpty();
        });
    }

    @Test
    void callOfABeanThatIsGivenUpWhileItsLimitIsAskedStaysChargedAndGoesNoFurther() {
        answersArrive = new CompletableFuture<>();
        decidedBy(Decision.Source.STORE).withBean(Warehouse.class).run(context -> {
            context.getBean(Warehouse.class).order().cancel(false);
            answersArrive.complete(null);
            assertThat(refunds).isEmpty();
            WaitingRoom room = context.getBean(HttpGate.class).room("sale").room();
            assertThat(room.find("p:ann")).isNull();
        });
    }
}
