package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import kotlin.coroutines.Continuation;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.PriorityOrdered;
import org.springframework.core.annotation.AliasFor;
import org.springframework.resilience.annotation.EnableResilientMethods;
import org.springframework.resilience.annotation.Retryable;
import org.springframework.scheduling.annotation.Async;
import org.springframework.scheduling.annotation.EnableAsync;
import org.springframework.stereotype.Controller;
import org.springframework.test.util.AopTestUtils;

/** How annotations are read, and what is found wrong with them before anybody is served. */
class AnnotationsAtStartTest {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class))
            .withPropertyValues(
                    "sluice.limits.one.rate=1/1h",
                    "sluice.limits.two.rate=2/1h",
                    "sluice.limits.by-header.rate=1/1h",
                    "sluice.limits.by-header.key=header:X-Api-Key",
                    "sluice.rooms.sale.capacity=1",
                    "sluice.guards.shop.limit=1",
                    "per-hour=1/1h");

    private void failsWith(Class<?> bean, String message) {
        runner.withBean(bean).run(context -> assertThat(context).getFailure().hasStackTraceContaining(message));
    }

    private <B> void with(Class<B> bean, Consumer<B> test) {
        runner.withBean(bean).run(context -> {
            assertThat(context).hasNotFailed();
            test.accept(context.getBean(bean));
        });
    }

    private static void isRefused(Runnable call) {
        assertThatExceptionOfType(RefusedException.class).isThrownBy(call::run);
    }

    static class UnknownLimit {
        @RateLimited("three")
        void call() {}
    }

    static class UnknownRoom {
        @WaitingRoomRequired(value = "market", key = "'all'")
        void call() {}
    }

    static class UnknownReleasedRoom {
        @ReleasesPlace(value = "market", key = "'all'")
        void call() {}
    }

    static class UnknownGuard {
        @Guarded("church")
        void call() {}
    }

    static class UnreadableKey {
        @RateLimited(value = "one", key = "#user.")
        void call(String user) {}
    }

    static class UnknownVariable {
        @Guarded(value = "shop", key = "#customer.id")
        void call(String user) {}
    }

    static class ForgottenHash {
        @RateLimited(value = "one", key = "user")
        void call(String user) {}
    }

    static class UnknownBean {
        @RateLimited(value = "one", key = "@tenants.of(#user)")
        void call(String user) {}
    }

    static class CalledAsAFunction {
        @RateLimited(value = "one", key = "'u' + #user('X')")
        void call(String user) {}
    }

    static class TooHeavy {
        @RateLimited(value = "two", permits = 3)
        void call() {}
    }

    static class Twice {
        @RateLimited(value = "two", key = "#user")
        @RateLimited(value = "two", key = "#shop")
        void call(String user, String shop) {}
    }

    static class WantsARequest {
        @RateLimited("by-header")
        void call() {}
    }

    static class UnreadableRate {
        @RateLimited(rate = "10 per second")
        void call() {}
    }

    static class Overloaded {
        @RateLimited(rate = "1/1h")
        void call(String user) {}

        @RateLimited(rate = "1/1h")
        void call(int user) {}
    }

    static class DeclaredDifferently {
        @RateLimited(value = "mail", rate = "1/1h")
        void send() {}

        @RateLimited(value = "mail", rate = "2/1h")
        void sendAll() {}
    }

    static class Static {
        @RateLimited("one")
        static void call() {}
    }

    static class Final {
        @RateLimited("one")
        void call() {}

        @RateLimited("one")
        final void finalCall() {}
    }

    static class Suspending {
        @Guarded("shop")
        @Nullable
        Object call(String user, Continuation<String> continuation) {
            return null;
        }
    }

    @Controller
    @RateLimited("one")
    static class Answering {
        @MessageMapping("greetings")
        public String greet() {
            return "hello";
        }
    }

    /** As of Spring's for messages; there are others that know no HTTP. */
    @Retention(RetentionPolicy.RUNTIME)
    @interface MessageMapping {
        String value();
    }

    @RateLimited("one")
    static class NothingPublic {
        void call() {}
    }

    static class EarlyPostProcessor implements BeanPostProcessor, PriorityOrdered {
        @Override
        public int getOrder() {
            return 0;
        }

        @RateLimited("one")
        void call() {}
    }

    static class Early {
        @RateLimited("one")
        void call() {}
    }

    /** As a scanner of mappers has it that is given a data source. */
    static class WithFactoryPostProcessor {

        @Bean
        static BeanFactoryPostProcessor scanner(Early early) {
            return beans -> {};
        }
    }

    @Nested
    @DisplayName("the start fails")
    class TheStartFails {

        @Test
        void forAnUnknownNameAndSaysWhichThereAre() {
            failsWith(
                    UnknownLimit.class,
                    "@RateLimited on AnnotationsAtStartTest.UnknownLimit.call: There is no limit \"three\"."
                            + " Configured under sluice.limits: by-header, one, per-user, two, waiting-room-joins, waiting-room-keyed-joins,"
                            + " waiting-room-rejoins");
            failsWith(UnknownRoom.class, "There is no room \"market\". Configured under sluice.rooms: sale");
            failsWith(UnknownReleasedRoom.class, "@ReleasesPlace on AnnotationsAtStartTest.UnknownReleasedRoom.call");
            failsWith(UnknownGuard.class, "There is no guard \"church\". Configured under sluice.guards: shop");
        }

        @Test
        void forAKeyThatCannotWorkAndNamesTheMethod() {
            failsWith(
                    UnreadableKey.class,
                    "@RateLimited on AnnotationsAtStartTest.UnreadableKey.call: cannot use the key \"#user.\"");
            failsWith(UnknownVariable.class, "there is no #customer, but #principal, #user");
            failsWith(ForgottenHash.class, "a variable begins with #: #user");
            failsWith(UnknownBean.class, "there is no bean @tenants");
            failsWith(CalledAsAFunction.class, "there is no function #user('X'), but methods: #variable.method(…)");
        }

        @Test
        void evenIfTheBeanIsLazy() {
            runner.withBean(UnknownLimit.class, UnknownLimit::new, definition -> definition.setLazyInit(true))
                    .run(context -> assertThat(context).hasFailed());
        }

        @Test
        void forALimitThatCannotBeMeant() {
            failsWith(TooHeavy.class, "A call on the limit \"two\" costs 1 to 2 permits, but 3 are asked for");
            failsWith(Twice.class, "the limit \"two\" is named twice, and a call is charged once per limit");
            failsWith(WantsARequest.class, "sluice.limits.by-header.key wants a request");
            failsWith(UnreadableRate.class, "cannot use \"10 per second\"");
            failsWith(Overloaded.class, "another limit is named \"AnnotationsAtStartTest.Overloaded.call\" already");
            failsWith(DeclaredDifferently.class, "declares the limit \"mail\" with the rate");
        }

        @Test
        void forAMethodThatWouldNotBeProtected() {
            failsWith(Static.class, "a private, static or final method cannot be protected");
            failsWith(Final.class, "a private, static or final method cannot be protected");
            failsWith(EarlyPostProcessor.class, "is made before beans can be protected");
            runner.withBean(Early.class)
                    .withUserConfiguration(WithFactoryPostProcessor.class)
                    .run(context -> assertThat(context)
                            .getFailure()
                            .hasStackTraceContaining("is made before beans can be protected"));
            failsWith(Suspending.class, "a suspend function returns before its call has ended");
        }

        @Test
        void forAClassWithoutAMethodThatWouldBeProtected() {
            failsWith(
                    Answering.class,
                    "The annotation on AnnotationsAtStartTest.Answering would have no effect: on a controller it is"
                            + " meant for the methods that HTTP requests are mapped to, and there are none");
            failsWith(NothingPublic.class, "it is meant for public methods, and there are none");
        }
    }

    @RateLimited(rate = "1/1h", value = "expensive")
    @Guarded("shop")
    @Retention(RetentionPolicy.RUNTIME)
    @interface Expensive {

        @AliasFor(annotation = RateLimited.class, attribute = "key")
        String per() default "'all'";
    }

    static class Composed {
        @Expensive
        void report() {}

        @Expensive
        void summary() {}

        @Expensive(per = "#user")
        void reportOf(String user) {}
    }

    static class Repeated {
        @RateLimited(value = "one", key = "#user")
        @RateLimited(value = "two", key = "'all'")
        void call(String user) {}
    }

    @RateLimited("one")
    static class AnnotatedClass {
        public void first() {}

        public void second() {}

        @RateLimited("two")
        public void own() {}

        void notPublic() {}

        @Override
        public String toString() {
            return "a bean";
        }
    }

    interface Mailing {
        @RateLimited("one")
        void send();
    }

    static class Mail implements Mailing {
        @Override
        public void send() {}
    }

    interface Buying {
        @RateLimited(value = "purchases", rate = "9/1h", permits = 3)
        void buy();
    }

    static class Purchases implements Buying {
        @Override
        public void buy() {}
    }

    interface Remote {
        @RateLimited(value = "one", key = "#user")
        void call(String user);
    }

    static class RemoteFactory implements FactoryBean<Remote> {
        @Override
        public Remote getObject() {
            return (Remote) Proxy.newProxyInstance(
                    Remote.class.getClassLoader(), new Class<?>[] {Remote.class}, (proxy, method, arguments) -> null);
        }

        @Override
        public Class<?> getObjectType() {
            return Remote.class;
        }
    }

    static class InPlace {
        @RateLimited(rate = "${per-hour}")
        void one() {}

        @RateLimited(rate = "1/1h")
        void other() {}
    }

    static class Retried {
        int calls;

        @RateLimited("one")
        @Retryable(maxRetries = 2, delay = 1)
        void call() {
            calls++;
            throw new IllegalStateException("as asked for");
        }

        @RateLimited("two")
        @Async
        CompletableFuture<String> threadName() {
            return CompletableFuture.completedFuture(Thread.currentThread().getName());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAsync
    @EnableResilientMethods
    static class AsyncAndRetries {
        @Bean
        @Lazy
        Retried retried() {
            return new Retried();
        }
    }

    @Nested
    @DisplayName("an annotation")
    class AnAnnotation {

        @Test
        void mayBeComposed() {
            with(Composed.class, bean -> {
                bean.report();
                isRefused(bean::summary);
                bean.reportOf("ann");
                isRefused(() -> bean.reportOf("ann"));
            });
        }

        @Test
        void mayBeRepeated() {
            with(Repeated.class, bean -> {
                bean.call("ann");
                isRefused(() -> bean.call("ann"));
                bean.call("bob");
                isRefused(() -> bean.call("cid"));
            });
        }

        @Test
        void onAClassIsMeantForItsPublicMethodsThatHaveNoneOfTheirOwn() {
            with(AnnotatedClass.class, bean -> {
                bean.first();
                isRefused(bean::second);
                bean.own();
                bean.notPublic();
            });
        }

        @Test
        void onAnInterfaceIsMeantForWhatImplementsIt() {
            runner.withBean(Mail.class).run(context -> {
                Mailing bean = context.getBean(Mailing.class);
                bean.send();
                isRefused(bean::send);
            });
        }

        @Test
        void holdsForAProxyOfTheInterfaceToo() {
            runner.withBean(Mail.class)
                    .withPropertyValues("spring.aop.proxy-target-class=false")
                    .run(context -> {
                        Mailing bean = context.getBean(Mailing.class);
                        assertThat(bean).isNotInstanceOf(Mail.class);
                        bean.send();
                        isRefused(bean::send);
                    });
        }

        @Test
        void isReadAgainForAProxyOfTheInterfaceAfterItsLimitHasChanged() {
            runner.withBean(Purchases.class)
                    .withPropertyValues("spring.aop.proxy-target-class=false")
                    .run(context -> {
                        Buying bean = context.getBean(Buying.class);
                        context.getBean(LiveConfiguration.class)
                                .limit("purchases", limit -> limit.with("2/1h", null, null));
                        bean.buy();
                        isRefused(bean::buy);
                    });
        }

        @Test
        void holdsForWhatAFactoryMakesOfAnInterface() {
            runner.withBean(RemoteFactory.class).run(context -> {
                assertThat(context).hasNotFailed();
                Remote bean = context.getBean(Remote.class);
                bean.call("ann");
                bean.call("bob");
                isRefused(() -> bean.call("ann"));
            });
        }

        @Test
        void withARateDeclaresALimitNamedByThePlace() {
            with(InPlace.class, bean -> {
                bean.one();
                bean.other();
                assertThatExceptionOfType(RefusedException.class)
                        .isThrownBy(bean::one)
                        .returns("AnnotationsAtStartTest.InPlace.one", RefusedException::name);
            });
        }

        @Test
        void givesWayToTheConfiguredRate() {
            runner.withBean(InPlace.class)
                    .withPropertyValues("sluice.limits[AnnotationsAtStartTest.InPlace.one].rate=2/1h")
                    .run(context -> {
                        InPlace bean = context.getBean(InPlace.class);
                        bean.one();
                        bean.one();
                        isRefused(bean::one);
                    });
        }

        @Test
        void isObeyedOnceBeforeRetriesAndOnTheThreadOfTheCaller() {
            runner.withUserConfiguration(AsyncAndRetries.class).run(context -> {
                Retried bean = context.getBean(Retried.class);
                assertThatExceptionOfType(IllegalStateException.class).isThrownBy(bean::call);
                isRefused(bean::call);
                assertThat(AopTestUtils.<Retried>getTargetObject(bean).calls).isEqualTo(3);
                assertThat(bean.threadName().join())
                        .isNotEqualTo(Thread.currentThread().getName());
            });
        }
    }
}
