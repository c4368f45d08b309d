package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.sluice.Backend;
import io.sluice.Bound;
import io.sluice.Guard;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import io.sluice.Standing;
import io.sluice.WaitingRoom;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.samples.clinic.Clinic;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextImpl;
import org.springframework.test.util.AopTestUtils;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** What the annotations do to calls of beans. The time of limits, rooms and guards is the test's. */
class AnnotatedBeansTest {

    private final ManualTime time = new ManualTime();
    private final LocalBackend backend = LocalBackend.create(time);
    private final List<GateObserver.Outcome> decisions = new ArrayList<>();

    @AfterEach
    void close() {
        SecurityContextHolder.clearContext();
        backend.close();
    }

    private <B> void with(Class<B> bean, Consumer<B> test) {
        with(runner(), bean, test);
    }

    private static <B> void with(ApplicationContextRunner runner, Class<B> bean, Consumer<B> test) {
        runner.withBean(bean).run(context -> {
            assertThat(context).hasNotFailed();
            test.accept(context.getBean(bean));
        });
    }

    private ApplicationContextRunner runner() {
        return new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class))
                .withBean(Backend.class, () -> backend)
                .withPropertyValues(
                        "sluice.secret=a secret of the tests, long enough",
                        "sluice.limits.one.rate=1/1s",
                        "sluice.limits.two.rate=2/1s",
                        "sluice.limits.known.rate=1/1s",
                        "sluice.limits.known.anonymous=refuse",
                        "sluice.rooms.sale.capacity=1",
                        "sluice.rooms.hall.capacity=0",
                        "sluice.guards.shop.limit=1",
                        "sluice.guards.shop.max-wait=5s");
    }

    /** Notes what limits and rooms decide. */
    private ApplicationContextRunner observed() {
        return runner().withBean(GateObserver.class, () -> new GateObserver() {
            @Override
            public OfLimit limit(LimitGate gate) {
                return (outcome, source) -> decisions.add(outcome);
            }

            @Override
            public OfRoom room(RoomGate gate) {
                return new OfRoom() {
                    @Override
                    public void decided(Outcome outcome) {
                        decisions.add(outcome);
                    }
                };
            }
        });
    }

    private static RefusedException refusal(ThrowingCallable call) {
        RefusedException refused = catchThrowableOfType(RefusedException.class, call);
        assertThat(refused).isNotNull();
        return refused;
    }

    private static @Nullable Throwable failure(CompletionStage<?> stage) {
        return catchThrowable(stage.toCompletableFuture()::join).getCause();
    }

    private static void authenticate(String user) {
        SecurityContextHolder.setContext(
                new SecurityContextImpl(UsernamePasswordAuthenticationToken.authenticated(user, "", List.of())));
    }

    static class Limited {

        int calls;

        @RateLimited("one")
        String blocking() {
            calls++;
            return "done";
        }

        @RateLimited("one")
        CompletionStage<String> stage() {
            calls++;
            return CompletableFuture.completedFuture("done");
        }

        @RateLimited("one")
        Mono<String> mono() {
            calls++;
            return Mono.just("done");
        }

        @RateLimited("one")
        Flux<String> flux() {
            calls++;
            return Flux.just("almost", "done");
        }
    }

    @Nested
    @DisplayName("a limited method")
    class ALimitedMethod {

        @Test
        void isNotCalledWhenTheLimitIsExhaustedAndSaysWhenToTryAgain() {
            with(Limited.class, bean -> {
                assertThat(bean.blocking()).isEqualTo("done");
                RefusedException refused = refusal(bean::blocking);
                assertThat(refused.by()).isEqualTo(RefusedException.By.LIMIT);
                assertThat(refused.name()).isEqualTo("one");
                assertThat(refused.retryAfter()).isEqualTo(Duration.ofSeconds(1));
                assertThat(refused.decision()).isNotNull();
                assertThat(refused).hasMessage("The limit \"one\" is exhausted; try again after 1000 ms");
                time.advance(refused.retryAfter());
                assertThat(bean.blocking()).isEqualTo("done");
            });
        }

        @Test
        void mayStandInAPackageThatBeginsAsThoseOfSpring() {
            with(Clinic.class, clinic -> {
                clinic.visit();
                refusal(clinic::visit);
            });
        }

        @Test
        void goesAheadOverALimitInShadowMode() {
            with(runner().withPropertyValues("sluice.limits.one.shadow=true"), Limited.class, bean -> {
                bean.blocking();
                assertThat(bean.blocking()).isEqualTo("done");
            });
        }

        @Test
        void completesItsStageWithTheRefusal() {
            with(Limited.class, bean -> {
                assertThat(bean.stage().toCompletableFuture()).isCompletedWithValue("done");
                assertThat(failure(bean.stage())).isInstanceOf(RefusedException.class);
                assertThat(target(bean).calls).isEqualTo(1);
            });
        }

        @Test
        void endsItsMonoWithTheRefusal() {
            with(Limited.class, bean -> {
                assertThat(bean.mono().block()).isEqualTo("done");
                assertThatExceptionOfType(RefusedException.class)
                        .isThrownBy(() -> bean.mono().block());
                assertThat(target(bean).calls).isEqualTo(1);
            });
        }

        @Test
        void endsItsFluxWithTheRefusal() {
            with(Limited.class, bean -> {
                assertThat(bean.flux().collectList().block()).containsExactly("almost", "done");
                assertThatExceptionOfType(RefusedException.class)
                        .isThrownBy(() -> bean.flux().blockLast());
                assertThat(target(bean).calls).isEqualTo(1);
            });
        }

        @Test
        void isChargedForEachSubscriptionAndNotForAnUnusedPublisher() {
            with(Limited.class, bean -> {
                Mono<String> unused = bean.mono();
                Mono<String> used = bean.mono();
                assertThat(used.block()).isEqualTo("done");
                assertThatExceptionOfType(RefusedException.class).isThrownBy(used::block);
                assertThatExceptionOfType(RefusedException.class).isThrownBy(unused::block);
            });
        }
    }

    static class Held {

        final CompletableFuture<String> answer = new CompletableFuture<>();
        final Sinks.Many<String> answers = Sinks.many().unicast().onBackpressureBuffer();
        final List<String> onBehalfOf = new ArrayList<>();
        final List<ClassLoader> classLoaders = new ArrayList<>();

        @Guarded("shop")
        CompletionStage<String> stage() {
            onBehalfOf.add(String.valueOf(Principals.current()));
            classLoaders.add(Thread.currentThread().getContextClassLoader());
            return answer;
        }

        @Guarded("shop")
        Mono<String> mono() {
            return Mono.fromFuture(answer);
        }

        @Guarded("shop")
        Flux<String> flux() {
            return answers.asFlux();
        }

        @Guarded("shop")
        void blocking() {
            assertThat(answer).isNotDone();
        }

        @Guarded("shop")
        void failing() {
            throw new IllegalArgumentException("as asked for");
        }

        @RateLimited("one")
        @Guarded("shop")
        CompletionStage<String> limited() {
            return answer;
        }
    }

    interface Port<R> {
        R call();
    }

    static class FarShop implements Port<CompletableFuture<String>> {

        @Override
        @Guarded("shop")
        public CompletableFuture<String> call() {
            return new CompletableFuture<>();
        }
    }

    static class Reports<R> {

        final Sinks.One<String> answer = Sinks.one();

        @SuppressWarnings("unchecked")
        @Guarded("shop")
        R call() {
            return (R) answer.asMono();
        }
    }

    static class ReactiveReports extends Reports<Mono<String>> {}

    private Guard shop() {
        return Guard.of(
                Bound.named("shop").limit(1).maxWait(Duration.ofSeconds(5)).build(), backend);
    }

    @Nested
    @DisplayName("a guarded method")
    class AGuardedMethod {

        @Test
        void hasItsTurnUntilItReturns() {
            with(Held.class, bean -> {
                bean.blocking();
                assertThatIllegalArgumentException().isThrownBy(bean::failing);
                assertThat(shop().inFlight()).isZero();
            });
        }

        @Test
        void hasItsTurnUntilItsStageCompletes() {
            with(Held.class, bean -> {
                CompletionStage<String> result = bean.stage();
                assertThat(shop().inFlight()).isEqualTo(1);
                target(bean).answer.complete("done");
                assertThat(result.toCompletableFuture()).isCompletedWithValue("done");
                assertThat(shop().inFlight()).isZero();
            });
        }

        @Test
        void hasItsTurnUntilItsStageCompletesAlsoByAGenericInterface() {
            ApplicationContextRunner byInterface = runner().withPropertyValues("spring.aop.proxy-target-class=false")
                    .withBean(FarShop.class);
            byInterface.run(context -> {
                Port<?> port = context.getBean(Port.class);
                CompletableFuture<?> result = (CompletableFuture<?>) port.call();
                assertThat(shop().inFlight()).isEqualTo(1);
                result.cancel(false);
                assertThat(shop().inFlight()).isZero();
            });
        }

        @Test
        void hasItsTurnUntilItsMonoTerminatesAlsoInAGenericClass() {
            with(ReactiveReports.class, bean -> {
                CompletableFuture<String> result = bean.call().toFuture();
                assertThat(shop().inFlight()).isEqualTo(1);
                target(bean).answer.tryEmitValue("done");
                assertThat(result).isCompletedWithValue("done");
                assertThat(shop().inFlight()).isZero();
            });
        }

        @Test
        void hasItsTurnUntilItsMonoTerminates() {
            with(Held.class, bean -> {
                CompletableFuture<String> result = bean.mono().toFuture();
                assertThat(shop().inFlight()).isEqualTo(1);
                target(bean).answer.completeExceptionally(new IllegalStateException("as asked for"));
                assertThat(result).isCompletedExceptionally();
                assertThat(shop().inFlight()).isZero();
            });
        }

        @Test
        void givesItsTurnBackWhenTheSubscriberLeaves() {
            with(Held.class, bean -> {
                List<String> seen = new ArrayList<>();
                Disposable subscription = bean.flux().subscribe(seen::add);
                target(bean).answers.tryEmitNext("first").orThrow();
                assertThat(seen).containsExactly("first");
                assertThat(shop().inFlight()).isEqualTo(1);
                subscription.dispose();
                assertThat(shop().inFlight()).isZero();
            });
        }

        @Test
        void isCalledOnceTheCallBeforeHasEndedOnBehalfOfItsOwnCaller() {
            with(Held.class, bean -> {
                authenticate("ann");
                CompletionStage<String> first = bean.stage();
                authenticate("bob");
                CompletionStage<String> second = bean.stage();
                assertThat(shop().waiting()).isEqualTo(1);
                authenticate("ann");
                target(bean).answer.complete("done");
                assertThat(first.toCompletableFuture()).isCompletedWithValue("done");
                assertThat(second.toCompletableFuture().join()).isEqualTo("done");
                assertThat(target(bean).onBehalfOf).containsExactly("ann", "bob");
            });
        }

        @Test
        void isCalledAfterAWaitWithTheClassLoaderOfItsCaller() {
            with(Held.class, bean -> {
                bean.stage();
                ClassLoader before = Thread.currentThread().getContextClassLoader();
                ClassLoader ofCaller = new URLClassLoader(new URL[0], before);
                Thread.currentThread().setContextClassLoader(ofCaller);
                CompletionStage<String> second = bean.stage();
                Thread.currentThread().setContextClassLoader(before);
                target(bean).answer.complete("done");
                assertThat(second.toCompletableFuture().join()).isEqualTo("done");
                assertThat(target(bean).classLoaders).containsExactly(before, ofCaller);
            });
        }

        @Test
        void isRefusedAfterTheLongestWait() {
            with(Held.class, bean -> {
                bean.stage();
                CompletableFuture<String> waiting = bean.mono().toFuture();
                time.advance(Duration.ofSeconds(5));
                assertThatThrownBy(waiting::join).cause().isInstanceOfSatisfying(RefusedException.class, refused -> {
                    assertThat(refused.by()).isEqualTo(RefusedException.By.GUARD);
                    assertThat(refused.name()).isEqualTo("shop");
                    assertThat(refused.admission()).isNotNull();
                });
            });
        }

        @Test
        void waitsNoMoreOnceNobodyWantsItsResult() {
            with(Held.class, bean -> {
                bean.stage();
                CompletableFuture<String> waiting = bean.stage().toCompletableFuture();
                Disposable subscription = bean.mono().subscribe();
                assertThat(shop().waiting()).isEqualTo(2);
                waiting.cancel(true);
                subscription.dispose();
                assertThat(shop().waiting()).isZero();
            });
        }

        @Test
        void waitsForNoTurnInShadowMode() {
            with(runner().withPropertyValues("sluice.guards.shop.shadow=true"), Held.class, bean -> {
                bean.stage();
                bean.stage();
                assertThat(target(bean).onBehalfOf).hasSize(2);
            });
        }

        @Test
        void isNotCalledIfItsThreadIsInterruptedWhileItWaits() throws InterruptedException {
            AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
            AtomicBoolean interrupted = new AtomicBoolean();
            Thread[] caller = new Thread[1];
            with(Held.class, bean -> {
                bean.stage();
                caller[0] = new Thread(() -> {
                    thrown.set(catchThrowable(bean::blocking));
                    interrupted.set(Thread.currentThread().isInterrupted());
                });
                caller[0].start();
                await().until(() -> shop().waiting() == 1);
                caller[0].interrupt();
                await().until(() -> !caller[0].isAlive());
                assertThat(shop().waiting()).isZero();
            });
            assertThat(thrown.get()).isInstanceOf(CancellationException.class);
            assertThat(interrupted).isTrue();
        }

        @Test
        void staysChargedIfItsCallerGivesUp() {
            with(Held.class, bean -> {
                bean.stage();
                bean.limited().toCompletableFuture().cancel(false);
                assertThat(shop().waiting()).isZero();
                assertThat(failure(bean.limited()))
                        .isInstanceOfSatisfying(
                                RefusedException.class,
                                refused -> assertThat(refused.by()).isEqualTo(RefusedException.By.LIMIT));
            });
        }
    }

    static class Sale {

        @WaitingRoomRequired(value = "sale", key = "#visitor")
        String look(String visitor) {
            return "here it is, " + visitor;
        }

        @ReleasesPlace(value = "sale", key = "#visitor")
        void buy(String visitor, boolean soldOut) {
            if (soldOut) {
                throw new IllegalArgumentException("sold out");
            }
        }

        @ReleasesPlace(value = "sale", key = "#visitor")
        Mono<String> buyLater(String visitor) {
            return Mono.just("sold");
        }

        @WaitingRoomRequired(value = "sale", key = "#visitor")
        @WaitingRoomRequired(value = "hall", key = "#visitor")
        String lookIntoBoth(String visitor) {
            return "here they are, " + visitor;
        }

        @ReleasesPlace("sale")
        String buyOnBehalfOfNobody() {
            return "sold";
        }

        @WaitingRoomRequired("sale")
        String lookAround() {
            return "all of it";
        }
    }

    static class Basket {

        private @Nullable String customer = "Ann";

        public @Nullable String getCustomer() {
            return customer;
        }

        String empty() {
            customer = null;
            return "sold";
        }
    }

    static class Till {

        @ReleasesPlace(value = "sale", key = "#basket.customer.toLowerCase()")
        String sell(Basket basket) {
            return basket.empty();
        }

        @ReleasesPlace(value = "sale", key = "#basket.customer.toLowerCase()")
        CompletionStage<String> sellInStages(Basket basket) {
            return CompletableFuture.completedFuture(basket.empty());
        }

        @ReleasesPlace(value = "sale", key = "#basket.customer.toLowerCase()")
        Mono<String> sellLater(Basket basket) {
            return Mono.fromSupplier(basket::empty);
        }
    }

    @Nested
    @DisplayName("a method behind a waiting room")
    class AMethodBehindAWaitingRoom {

        @Test
        void isForVisitorsWhoAreInside() {
            with(Sale.class, bean -> {
                assertThat(bean.look("ann")).isEqualTo("here it is, ann");
                assertThat(bean.look("ann")).isEqualTo("here it is, ann");
            });
        }

        @Test
        void givesWhoeverHasToWaitATicket() {
            with(Sale.class, bean -> {
                bean.look("ann");
                RefusedException refused = refusal(() -> bean.look("bob"));
                assertThat(refused.by()).isEqualTo(RefusedException.By.ROOM);
                assertThat(refused.name()).isEqualTo("sale");
                assertThat(refused.ticket())
                        .satisfies(
                                ticket -> assertThat(ticket.standing().state()).isEqualTo(Standing.State.QUEUED));
                assertThat(refused.retryAfter()).isPositive();
            });
        }

        @Test
        void isForVisitorsWhoAreInsideAllRoomsThatAreNamed() {
            with(Sale.class, bean -> {
                assertThat(refusal(() -> bean.lookIntoBoth("ann")).name()).isEqualTo("hall");
                assertThat(refusal(() -> bean.lookIntoBoth("bob")).name()).isEqualTo("sale");
            });
        }

        @Test
        void hasTheSameVisitorsAsHttp() {
            runner().withBean(Sale.class).run(context -> {
                WaitingRoom room = context.getBean(HttpGate.class).room("sale").room();
                room.admit("p:ann");
                authenticate("ann");
                Sale bean = context.getBean(Sale.class);
                assertThat(bean.lookAround()).isEqualTo("all of it");
                authenticate("bob");
                assertThat(refusal(bean::lookAround).ticket()).isNotNull();
            });
        }

        @Test
        void refusesWhoIsNobody() {
            with(
                    Sale.class,
                    bean -> assertThat(refusal(bean::lookAround))
                            .hasMessage(
                                    "The waiting room \"sale\" wants to know who calls, and this call does not tell"));
        }

        @Test
        void countsWhoIsNobodyAndGoesAheadInShadowMode() {
            with(observed().withPropertyValues("sluice.rooms.sale.shadow=true"), Sale.class, bean -> {
                assertThat(bean.lookAround()).isEqualTo("all of it");
                assertThat(decisions).containsExactly(GateObserver.Outcome.SHADOWED);
            });
        }

        @Test
        void isReleasedBySuccessAlone() {
            with(Sale.class, bean -> {
                bean.look("ann");
                assertThatIllegalArgumentException().isThrownBy(() -> bean.buy("ann", true));
                time.advance(Duration.ofSeconds(1));
                assertThat(refusal(() -> bean.look("bob")).ticket()).isNotNull();
                bean.buy("ann", false);
                time.advance(Duration.ofSeconds(1));
                assertThat(bean.look("bob")).isNotEmpty();
                assertThat(bean.buyLater("bob").block()).isEqualTo("sold");
                time.advance(Duration.ofSeconds(1));
                assertThat(bean.look("cid")).isNotEmpty();
            });
        }

        @Test
        void releasesWhomTheKeyNamedBeforeTheCall() {
            runner().withBean(Till.class).run(context -> {
                Till till = context.getBean(Till.class);
                assertFreesThePlaceOfAnn(context, till::sell);
                assertFreesThePlaceOfAnn(context, basket -> soon(till.sellInStages(basket)));
                assertFreesThePlaceOfAnn(
                        context, basket -> soon(till.sellLater(basket).toFuture()));
            });
        }

        private void assertFreesThePlaceOfAnn(ApplicationContext context, Function<Basket, String> sell) {
            WaitingRoom room = context.getBean(HttpGate.class).room("sale").room();
            assertThat(room.admit("p:ann").pass()).isNotNull();
            assertThat(sell.apply(new Basket())).isEqualTo("sold");
            time.advance(Duration.ofSeconds(1));
            assertThat(room.admit("p:bob").pass()).isNotNull();
            room.leave("p:bob");
            time.advance(Duration.ofSeconds(1));
        }

        private static String soon(CompletionStage<String> stage) {
            return stage.toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
        }

        @Test
        void succeedsThoughItIsNotKnownWhosePlaceItFrees() {
            with(Sale.class, bean -> assertThat(bean.buyOnBehalfOfNobody()).isEqualTo("sold"));
        }
    }

    record Order(String customer) {}

    static class Tenants {
        public String of(Order order) {
            return order.customer().substring(0, 1);
        }
    }

    static class Keyed {

        @RateLimited(value = "one", key = "#order.customer")
        void byArgument(Order order) {}

        @RateLimited(value = "one", key = "@tenants.of(#order)")
        void byBean(Order order) {}

        @RateLimited(value = "one", key = "#principal")
        void byExpressionOfPrincipal() {}

        @RateLimited(value = "one", key = "#principal")
        void byExpressionOfPrincipal(Object principal) {}

        @RateLimited("one")
        void byPrincipal() {}

        @RateLimited("one")
        Mono<String> byPrincipalOfTheContext() {
            return Mono.just("done");
        }

        @RateLimited("known")
        void known() {}

        @RateLimited("known")
        CompletionStage<String> knownLater() {
            return CompletableFuture.completedFuture("done");
        }

        @RateLimited(value = "two", permits = 2)
        void heavy() {}
    }

    @Nested
    @DisplayName("a caller")
    class ACaller {

        @Test
        void isWhomTheExpressionNames() {
            withTenants(bean -> {
                bean.byArgument(new Order("ann"));
                bean.byArgument(new Order("bob"));
                assertThat(refusal(() -> bean.byArgument(new Order("ann"))).name())
                        .isEqualTo("one");
            });
        }

        @Test
        void mayBeNamedByABean() {
            runner().withBean(Keyed.class).withBean("tenants", Tenants.class).run(context -> {
                Keyed bean = context.getBean(Keyed.class);
                bean.byBean(new Order("ann"));
                bean.byBean(new Order("bob"));
                refusal(() -> bean.byBean(new Order("anton")));
            });
        }

        @Test
        void isThePrincipalWhereThereIsOne() {
            withTenants(bean -> {
                authenticate("ann");
                bean.byPrincipal();
                authenticate("bob");
                bean.byPrincipal();
                refusal(bean::byPrincipal);
            });
        }

        @Test
        void isThePrincipalAlsoWhereAParameterHasThatName() {
            withTenants(bean -> {
                authenticate("ann");
                bean.byExpressionOfPrincipal("ann in one session");
                refusal(() -> bean.byExpressionOfPrincipal("ann in another session"));
            });
        }

        @Test
        void isThePrincipalOfTheReactiveContext() {
            withTenants(bean -> {
                Mono<String> byAnn = as("ann", bean.byPrincipalOfTheContext());
                assertThat(byAnn.block()).isEqualTo("done");
                assertThat(as("bob", bean.byPrincipalOfTheContext()).block()).isEqualTo("done");
                assertThatExceptionOfType(RefusedException.class).isThrownBy(byAnn::block);
            });
        }

        private Mono<String> as(String user, Mono<String> mono) {
            return mono.contextWrite(ReactiveSecurityContextHolder.withAuthentication(
                    UsernamePasswordAuthenticationToken.authenticated(user, "", List.of())));
        }

        @Test
        void withoutANameSharesTheLimitWithAllOthersWithoutOne() {
            withTenants(bean -> {
                bean.byPrincipal();
                refusal(bean::byExpressionOfPrincipal);
            });
        }

        @Test
        void withoutANameIsRefusedWhereTheLimitSaysSo() {
            withTenants(bean -> {
                RefusedException refused = refusal(bean::known);
                assertThat(refused.decision()).isNull();
                assertThat(refused).hasMessageContaining("wants to know who calls");
                assertThat(failure(bean.knownLater())).isInstanceOf(RefusedException.class);
                authenticate("ann");
                bean.known();
            });
        }

        @Test
        void withoutANameOnlyCountsWhereALimitInShadowModeSaysSo() {
            ApplicationContextRunner shadowed =
                    observed().withBean("tenants", Tenants.class).withPropertyValues("sluice.limits.known.shadow=true");
            with(shadowed, Keyed.class, bean -> {
                bean.known();
                assertThat(bean.knownLater().toCompletableFuture()).isCompletedWithValue("done");
                assertThat(decisions).containsExactly(GateObserver.Outcome.SHADOWED, GateObserver.Outcome.SHADOWED);
            });
        }

        @Test
        void paysForTheWeightOfACall() {
            withTenants(bean -> {
                bean.heavy();
                assertThat(refusal(bean::heavy).retryAfter()).isEqualTo(Duration.ofSeconds(1));
            });
        }

        private void withTenants(Consumer<Keyed> test) {
            runner().withBean(Keyed.class).withBean("tenants", Tenants.class).run(context -> {
                assertThat(context).hasNotFailed();
                test.accept(context.getBean(Keyed.class));
            });
        }
    }

    private static <B> B target(B proxy) {
        return AopTestUtils.getTargetObject(proxy);
    }
}
