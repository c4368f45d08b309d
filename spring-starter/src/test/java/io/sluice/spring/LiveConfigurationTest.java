package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sluice.Backend;
import io.sluice.Bound;
import io.sluice.ForwardingBackend;
import io.sluice.GuardStore;
import io.sluice.Limit;
import io.sluice.LimitStore;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.MapPropertySource;

/** Changes of what is in use, without an application around it. */
class LiveConfigurationTest {

    private final Map<String, String> properties = new LinkedHashMap<>(Map.of(
            "sluice.limits.per-user.rate", "2/1m",
            "sluice.limits.search.rate", "2/1m",
            "sluice.rooms.sale.capacity", "2",
            "sluice.guards.shop.limit", "1"));
    private final SluiceProperties started = Configured.with(properties);
    private final Faulty backend = new Faulty();
    private final HttpGate gates = Configured.gates(properties, backend);
    private final LiveConfiguration live = new LiveConfiguration(gates, started, List.of());
    private final SluiceEndpoint endpoint = new SluiceEndpoint(gates, live, backend);

    private final ApplicationContextRunner application =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class));

    /** Takes no guard "door"; once it was asked for one, it does not change the limit "search" any more. */
    private static final class Faulty extends ForwardingBackend {

        private boolean wasAsked;
        private Runnable meanwhile = () -> {};

        Faulty() {
            super(LocalBackend.create(new ManualTime()), UnaryOperator.identity());
        }

        @Override
        public GuardStore guard(Bound bound) {
            if (bound.name().equals("door")) {
                wasAsked = true;
                meanwhile.run();
                throw new IllegalStateException("no guards just now");
            }
            return super.guard(bound);
        }

        @Override
        public LimitStore redefine(Limit limit) {
            if (wasAsked && limit.name().equals("search")) {
                throw new IllegalStateException("no changes just now");
            }
            return super.redefine(limit);
        }
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private void apply(String... propertiesAndValues) {
        for (int i = 0; i < propertiesAndValues.length; i += 2) {
            properties.put(propertiesAndValues[i], propertiesAndValues[i + 1]);
        }
        live.apply(Configured.with(properties));
    }

    private long permitsOf(String limit) {
        return gates.limit(limit).definition().limit().maxPermits();
    }

    private static void assertHas(WaitingRoom room, int capacity, Room.Mode mode) {
        assertThat(room.snapshot())
                .extracting(RoomSnapshot::capacity, RoomSnapshot::mode)
                .containsExactly(capacity, mode);
    }

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
                () -> endpoint.change("limits", "per-user", "5/1m", null, null, null, null, null, null, null, null),
                () -> endpoint.change("limits", "per-user", null, null, null, null, null, null, null, null, "true"));
        assertThat(permitsOf("per-user")).isEqualTo(5);
        assertThat(gates.limit("per-user").definition().shadow()).isTrue();
    }

    @Test
    void changesOfAGuardThatComeTogetherAllHold() throws InterruptedException {
        together(
                () -> endpoint.change("guards", "shop", null, null, null, null, "5", null, null, "2s", null),
                () -> endpoint.change("guards", "shop", null, null, null, null, null, null, null, null, "true"));
        GuardGate now = gates.guard("shop");
        assertThat(now.guard().bound())
                .isEqualTo(Bound.named("shop")
                        .limit(5)
                        .maxHold(Duration.ofSeconds(2))
                        .build());
        assertThat(now.definition().shadow()).isTrue();
    }

    @Test
    void whatCannotBeTakenBackNeitherKeepsTheRestNorHidesTheCause() {
        assertThatThrownBy(() -> apply(
                        "sluice.limits.per-user.rate", "5/1m",
                        "sluice.limits.search.rate", "5/1m",
                        "sluice.guards.door.limit", "1"))
                .hasMessage("no guards just now");
        assertThat(permitsOf("search")).isEqualTo(5);
        assertThat(permitsOf("per-user")).isEqualTo(2);
    }

    @Test
    void whatIsInUseIsAsBeforeOnceALaterPartIsRefused() {
        Map<String, Object> before = endpoint.report();
        assertThatThrownBy(() -> apply(
                        "sluice.limits.per-user.rate", "5/1m",
                        "sluice.limits.per-user.shadow", "true",
                        "sluice.rooms.sale.capacity", "5",
                        "sluice.rooms.sale.mode", "paused",
                        "sluice.rooms.sale.shadow", "true",
                        "sluice.guards.shop.limit", "5",
                        "sluice.guards.shop.shadow", "true",
                        "sluice.guards.door.limit", "1"))
                .hasMessage("no guards just now");
        assertThat(endpoint.report()).isEqualTo(before);
        properties.remove("sluice.guards.door.limit");
        apply();
        assertThat(permitsOf("per-user")).isEqualTo(5);
    }

    @Test
    void onlyWhatDiffersFromThePropertiesAppliedLastChanges() {
        endpoint.change("rooms", "sale", null, null, null, null, null, null, null, null, "true");
        endpoint.change("guards", "shop", null, null, null, null, "5", null, null, null, null);
        apply("sluice.limits.per-user.rate", "5/1m");
        assertThat(gates.room("sale").definition().shadow()).isTrue();
        assertThat(gates.guard("shop").guard().bound().limit()).isEqualTo(5);
        apply("sluice.limits.per-user.rate", "2/1m");
        assertThat(permitsOf("per-user")).isEqualTo(2);
    }

    @Test
    void capacityAndModeOfARoomChangeOneWithoutTheOther() {
        WaitingRoom sale = gates.room("sale").room();
        sale.setMode(Room.Mode.PAUSED);
        apply("sluice.rooms.sale.capacity", "3");
        assertHas(sale, 3, Room.Mode.PAUSED);
        sale.setCapacity(7);
        apply("sluice.rooms.sale.mode", "closed");
        assertHas(sale, 7, Room.Mode.CLOSED);
    }

    @Test
    void whatAnotherGatewayMakesOfARoomStaysWhenAChangeOfSomethingElseIsTakenBack() {
        WaitingRoom sale = gates.room("sale").room();
        backend.meanwhile = () -> sale.setCapacity(7);
        assertThatThrownBy(() -> apply("sluice.rooms.sale.mode", "paused", "sluice.guards.door.limit", "1"))
                .hasMessage("no guards just now");
        assertHas(sale, 7, Room.Mode.OPEN);
    }

    @Test
    void backendWithWhichTheNextStartWouldFailIsRefused() {
        application.run(context -> {
            LiveConfiguration running = context.getBean(LiveConfiguration.class);
            assertThatThrownBy(() -> toRedis(running))
                    .hasMessageStartingWith("sluice.secret is not set, but with sluice.backend: redis");
            String[] secret = {"sluice.secret", "a secret of the tests, long enough"};
            assertThatThrownBy(() -> toRedis(running, secret))
                    .hasMessageStartingWith("sluice.backend is redis, but sluice.redis.uri is not set");
            String[] timeout = {secret[0], secret[1], "sluice.redis.timeout", "0ms"};
            assertThatThrownBy(() -> toRedis(running, timeout))
                    .hasMessageStartingWith("sluice.redis.timeout: The decisionTimeout lies between");
            toRedis(running, secret[0], secret[1], "sluice.redis.uri", "redis://127.0.0.1:1");
        });
    }

    @Test
    void backendInThePropertiesIsNoMatterToAnApplicationWithItsOwn() {
        application
                .withBean(Backend.class, LocalBackend::create)
                .run(context -> toRedis(context.getBean(LiveConfiguration.class)));
    }

    static class Protected {

        @RateLimited(value = "export", permits = 5)
        void export() {}

        @RateLimited(value = "report", rate = "2/1m", permits = 2)
        void report() {}

        @WaitingRoomRequired(value = "sale", key = "'all'")
        void buy() {}

        @ReleasesPlace(value = "hall", key = "'all'")
        void leave() {}

        @Guarded("shop")
        void logIn() {}
    }

    static class NamingTheLimitOfAnother {

        @RateLimited("report")
        void reportAgain() {}
    }

    private static final Map<String, String> FOR_ANNOTATIONS = Map.of(
            "sluice.limits.export.rate", "10/1s",
            "sluice.rooms.sale.capacity", "1",
            "sluice.rooms.hall.capacity", "1",
            "sluice.guards.shop.limit", "1");

    private void isRefusedForItsAnnotations(String property, @Nullable String value, String message) {
        application
                .withBean(Protected.class)
                .withBean(NamingTheLimitOfAnother.class)
                .withPropertyValues(FOR_ANNOTATIONS.entrySet().stream()
                        .map(it -> it.getKey() + "=" + it.getValue())
                        .toArray(String[]::new))
                .run(context -> {
                    LiveConfiguration running = context.getBean(LiveConfiguration.class);
                    Map<String, String> changed = new LinkedHashMap<>(FOR_ANNOTATIONS);
                    running.apply(Configured.with(changed));
                    changed.put(property, String.valueOf(value));
                    changed.values().remove("null");
                    assertThatThrownBy(() -> running.apply(Configured.with(changed)))
                            .hasMessageContaining(" on LiveConfigurationTest.Protected.")
                            .hasMessageContaining(message);
                });
    }

    @Test
    void changeWithWhichAnAnnotationWouldFailTheNextStartIsRefused() {
        isRefusedForItsAnnotations(
                "sluice.limits.export.rate", "3/1s", "export: A call on the limit \"export\" costs 1 to 3 permits");
        isRefusedForItsAnnotations(
                "sluice.limits.report.rate", "1/1m", "report: A call on the limit \"report\" costs 1 to 1 permits");
        isRefusedForItsAnnotations(
                "sluice.limits.export.key", "address", "export: sluice.limits.export.key wants a request");
        isRefusedForItsAnnotations("sluice.limits.export.rate", null, "export: There is no limit \"export\"");
        isRefusedForItsAnnotations("sluice.rooms.sale.capacity", null, "buy: There is no room \"sale\"");
        isRefusedForItsAnnotations("sluice.rooms.hall.capacity", null, "leave: There is no room \"hall\"");
        isRefusedForItsAnnotations("sluice.guards.shop.limit", null, "logIn: There is no guard \"shop\"");
    }

    static class Declaring {

        @RateLimited(value = "look", rate = "${look.rate:2/1m}", permits = 2)
        void look() {}
    }

    static class NamingWhatIsDeclared {

        @RateLimited("look")
        void lookAgain() {}
    }

    static class DeclaringAnotherRate {

        @RateLimited(value = "look", rate = "3/1m")
        void lookOften() {}
    }

    /** Starts with a limit in place of the one that annotations declare, and takes it away. */
    private ThrowingCallable removalOfOverride(Class<?>... beans) {
        ApplicationContextRunner overridden = application.withPropertyValues("sluice.limits.look.rate=9/1m");
        for (Class<?> bean : beans) {
            overridden = overridden.withBean(bean);
        }
        ApplicationContextRunner toStart = overridden;
        return () ->
                toStart.run(context -> context.getBean(LiveConfiguration.class).apply(Configured.with(Map.of())));
    }

    @Test
    void overrideOfAnAnnotationMayGoThoughAnotherAnnotationNamesItsLimit() {
        assertThatCode(removalOfOverride(Declaring.class, NamingWhatIsDeclared.class))
                .doesNotThrowAnyException();
    }

    @Test
    void overrideWithoutWhichAnnotationsWouldFailTheNextStartStays() {
        assertThatThrownBy(removalOfOverride(Declaring.class, DeclaringAnotherRate.class))
                .hasMessageContaining("lookOften: another annotation declares the limit \"look\" with the rate 2/1m");
        assertThatThrownBy(removalOfOverride(NamingWhatIsDeclared.class, Declaring.class))
                .hasMessageContaining("lookAgain: There is no limit \"look\"");
    }

    @Test
    void rateOfAnAnnotationIsCheckedAsTheNextStartReadsIt() {
        Map<String, Object> changed = new HashMap<>();
        application
                .withBean(Declaring.class)
                .withInitializer(starting -> starting.getEnvironment()
                        .getPropertySources()
                        .addFirst(new MapPropertySource("changed", changed)))
                .run(context -> {
                    LiveConfiguration running = context.getBean(LiveConfiguration.class);
                    ThrowingCallable change = () -> running.apply(Configured.with(Map.of()));
                    changed.put("look.rate", "often");
                    assertThatThrownBy(change)
                            .hasMessageContaining("Declaring.look: ")
                            .hasMessageContaining("often");
                    changed.put("look.rate", "1/1m");
                    assertThatThrownBy(change).hasMessageContaining("costs 1 to 1 permits");
                    changed.put("look.rate", "3/1m");
                    assertThatCode(change).doesNotThrowAnyException();
                });
    }

    private static void toRedis(LiveConfiguration running, String... propertiesAndValues) {
        Map<String, String> changed = new LinkedHashMap<>(Map.of("sluice.backend", "redis"));
        for (int i = 0; i < propertiesAndValues.length; i += 2) {
            changed.put(propertiesAndValues[i], propertiesAndValues[i + 1]);
        }
        running.apply(Configured.with(changed));
    }

    @Test
    void whatARefusedChangeAddedIsAsTheCorrectedOneSays() {
        assertThatThrownBy(() -> apply(
                        "sluice.limits.orders.rate", "2/1m",
                        "sluice.rooms.hall.capacity", "2",
                        "sluice.guards.shed.limit", "2",
                        "sluice.guards.door.limit", "1"))
                .hasMessage("no guards just now");
        properties.remove("sluice.guards.door.limit");
        apply("sluice.limits.orders.rate", "3/1m", "sluice.rooms.hall.capacity", "3", "sluice.guards.shed.limit", "3");
        assertThat(permitsOf("orders")).isEqualTo(3);
        assertThat(gates.room("hall").room().snapshot())
                .extracting(RoomSnapshot::capacity)
                .isEqualTo(3);
        assertThat(gates.guard("shed").guard().bound().limit()).isEqualTo(3);
    }
}
