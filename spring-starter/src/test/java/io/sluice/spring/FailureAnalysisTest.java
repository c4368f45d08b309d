package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.gateway.support.MvcFoundOnClasspathException;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.web.server.adapter.ForwardedHeaderTransformer;

/** What whoever starts an application with a common mistake reads: what is wrong, and what to do. */
@ExtendWith(OutputCaptureExtension.class)
class FailureAnalysisTest {

    private final Map<String, Object> properties = new LinkedHashMap<>();
    private Runnable mistake = () -> {};

    /** Starts an application that does not start. */
    private void fails() {
        properties.put("server.port", "0");
        properties.put("server.address", "127.0.0.1");
        properties.put("spring.main.banner-mode", "off");
        SpringApplicationBuilder application = new SpringApplicationBuilder(App.Empty.class)
                .web(WebApplicationType.REACTIVE)
                .properties(properties)
                .initializers(starting -> ((GenericApplicationContext) starting)
                        .registerBean("mistake", InitializingBean.class, () -> () -> mistake.run()));
        assertThat(catchThrowable(() -> application.run().close())).isNotNull();
    }

    private void route(String filter) {
        properties.put("spring.cloud.gateway.server.webflux.routes[0].id", "shop");
        properties.put("spring.cloud.gateway.server.webflux.routes[0].uri", "http://127.0.0.1:1");
        properties.put("spring.cloud.gateway.server.webflux.routes[0].predicates[0]", "Path=/shop");
        properties.put("spring.cloud.gateway.server.webflux.routes[0].filters[0]", filter);
    }

    private static void assertAnalysed(CapturedOutput output, String description, String action) {
        assertThat(output)
                .contains("APPLICATION FAILED TO START")
                .contains(description)
                .containsPattern("(?s)Action:\\s+\\Q" + action);
    }

    @Test
    void redisWithoutASecret(CapturedOutput output) {
        properties.put("sluice.backend", "redis");
        properties.put("sluice.redis.uri", "redis://127.0.0.1:1");
        fails();
        assertAnalysed(output, "sluice.secret is not set", "Set sluice.secret to at least 16 bytes");
    }

    @Test
    void redisWithoutAnAddress(CapturedOutput output) {
        properties.put("sluice.backend", "redis");
        properties.put("sluice.secret", "a secret of the tests, long enough");
        fails();
        assertAnalysed(output, "sluice.redis.uri is not set", "Set sluice.redis.uri, such as redis://localhost:6379");
    }

    @Test
    void redisThatCannotBeReached(CapturedOutput output) {
        properties.put("sluice.backend", "redis");
        properties.put("sluice.secret", "a secret of the tests, long enough");
        properties.put("sluice.redis.uri", "redis://127.0.0.1:1");
        fails();
        assertAnalysed(output, "Redis at redis://127.0.0.1:1", "Correct sluice.redis");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        sluice.redis.uri        | localhost:6379 | sluice.redis.uri: Not a URI of Redis. It looks like redis://host:6379
        sluice.redis.cluster    | x              | sluice.redis.cluster: Not a URI of Redis
        sluice.redis.timeout    | 0ms            | sluice.redis.timeout: The decisionTimeout lies between 1 ms and PT10S
        sluice.redis.key-prefix | ''             | sluice.redis.key-prefix: A keyPrefix is 1 to 64 characters
        sluice.redis.key-prefix | a b            | sluice.redis.key-prefix: A keyPrefix is 1 to 64 characters
        sluice.secret           | short          | sluice.secret: The secret has at least 16 bytes
        """)
    void valueThatRedisCannotBeUsedWith(String property, String value, String description) {
        contextRunner()
                .withPropertyValues(
                        "sluice.backend=redis",
                        "sluice.secret=a secret of the tests, long enough",
                        "sluice.redis.uri=redis://127.0.0.1:1",
                        property + "=" + value)
                .run(context -> {
                    FailureAnalysis analysis = analysisOf(context.getStartupFailure());
                    assertThat(analysis.getDescription()).startsWith(description);
                    assertThat(analysis.getAction()).isEqualTo("Correct the values under " + property + ".");
                });
    }

    @ParameterizedTest
    @CsvSource({
        "server.forward-headers-strategy, native",
        "server.forward-headers-strategy, framework",
        "spring.main.cloud-platform, kubernetes"
    })
    void trustedProxiesWhereTheAddressOfThePeerIsReplaced(String property, String value, CapturedOutput output) {
        properties.put("sluice.trusted-proxies", "10.0.0.0/8");
        properties.put(property, value);
        fails();
        assertAnalysed(output, "sluice.trusted-proxies cannot be kept to", "Set server.forward-headers-strategy: none");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void trustedProxiesWhereABeanReplacesTheAddressOfThePeer(boolean isLazy) {
        withTransformer(isLazy, new ForwardedHeaderTransformer()).run(context -> {
            FailureAnalysis analysis = analysisOf(context.getStartupFailure());
            assertThat(analysis.getDescription())
                    .startsWith("sluice.trusted-proxies cannot be kept to: with the bean forwardedHeaderTransformer");
            assertThat(analysis.getAction()).startsWith("Remove that bean, or leave sluice.trusted-proxies empty");
        });
    }

    @Test
    void trustedProxiesMayStandBesideABeanThatOnlyRemovesTheHeader() {
        ForwardedHeaderTransformer removing = new ForwardedHeaderTransformer();
        removing.setRemoveOnly(true);
        withTransformer(false, removing).run(context -> assertThat(context).hasNotFailed());
    }

    private static ReactiveWebApplicationContextRunner withTransformer(
            boolean isLazy, ForwardedHeaderTransformer transformer) {
        return new ReactiveWebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class))
                .withInitializer(context -> lazyIf(isLazy, context))
                .withPropertyValues(
                        "sluice.trusted-proxies=10.0.0.0/8", "spring.cloud.gateway.server.webflux.enabled=false")
                .withBean("forwardedHeaderTransformer", ForwardedHeaderTransformer.class, () -> transformer);
    }

    @Test
    void unknownRoom(CapturedOutput output) {
        properties.put("sluice.rooms.sale.capacity", "1");
        route("WaitingRoom=sail");
        fails();
        assertAnalysed(
                output,
                "There is no room \"sail\". Configured under sluice.rooms: sale",
                "Add sluice.rooms.sail, or name one that is there.");
    }

    @Test
    void unknownLimit(CapturedOutput output) {
        route("RateLimited=per-usr");
        fails();
        assertAnalysed(output, "There is no limit \"per-usr\"", "Add sluice.limits.per-usr");
    }

    @Test
    void unknownGuard(CapturedOutput output) {
        route("Guard=shop");
        fails();
        assertAnalysed(output, "Configured under sluice.guards: none", "Add sluice.guards.shop");
    }

    @Test
    void valueOutOfItsRange(CapturedOutput output) {
        properties.put("sluice.guards.shop.limit", "0");
        fails();
        assertAnalysed(
                output,
                "sluice.guards.shop: A guard's limit lies between 1 and 1000000, but it was 0",
                "Correct the values under sluice.guards.shop.");
    }

    @Test
    void durationOutOfItsRange(CapturedOutput output) {
        properties.put("sluice.guards.shop.limit", "4");
        properties.put("sluice.guards.shop.max-hold", "30ms");
        fails();
        assertAnalysed(
                output,
                "sluice.guards.shop: A guard's maxHold lies between PT1S and PT24H, or is 0 to take no permit back, but it"
                        + " was PT0.03S",
                "Correct the values under sluice.guards.shop.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        sluice.secret                | short         | sluice.secret: A secret has at least 16 bytes
        sluice.trusted-proxies       | proxy         | sluice.trusted-proxies has "proxy"
        sluice.pages.language        | fr            | sluice.pages.language is "fr"
        sluice.pages.location        | file:/nowhere | sluice.pages.location is "file:/nowhere/"
        sluice.waiting-room.path     | queue         | sluice.waiting-room: path is "queue", but it begins with a slash
        sluice.waiting-room.path     | /queue/       | sluice.waiting-room: path is "/queue/"
        sluice.waiting-room.page-status | 99         | sluice.waiting-room: page-status is 99
        sluice.waiting-room.page-status | 204        | sluice.waiting-room: page-status is 204, but an answer with it has no body
        sluice.waiting-room.page-status | 304        | sluice.waiting-room: page-status is 304, but an answer with it has no body
        sluice.waiting-room.api-status  | 205        | sluice.waiting-room: api-status is 205, but an answer with it has no body
        sluice.waiting-room.api-status  | 600        | sluice.waiting-room: api-status is 600
        sluice.limits.per-user.burst | 5             | sluice.limits.per-user: burst is 5, and rate is "10/1s, 300/1m"
        sluice.rooms.sale.key        | spel:user     | sluice.rooms.sale.key is "spel:user", which cannot be used: there
        """)
    void valueThatCannotBeUsed(String property, String value, String description) {
        contextRunner()
                .withPropertyValues(
                        "sluice.limits.per-user.rate=10/1s, 300/1m",
                        "sluice.rooms.sale.capacity=1",
                        property + "=" + value)
                .run(context -> {
                    FailureAnalysis analysis = analysisOf(context.getStartupFailure());
                    assertThat(analysis.getDescription()).startsWith(description);
                    assertThat(analysis.getAction()).startsWith("Correct the values under sluice.");
                });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        sluice.secret             | ${NO_SECRET}                     | the placeholder ${NO_SECRET} has no value
        sluice.secret             | private${NO_SECRET}private       | a placeholder in it has no value
        sluice.redis.uri          | redis://:private@${NO.HOST}:6379 | the placeholder ${NO.HOST} has no value
        sluice.redis.cluster[0]   | ${NO_NODE:${NO_OTHER}}           | the placeholder ${NO_OTHER} has no value
        sluice.trusted-proxies    | 10.0.0.0/8,${NO_NETWORK}         | the placeholder ${NO_NETWORK} has no value
        sluice.limits.search.rate | ${NO_RATE}                       | the placeholder ${NO_RATE} has no value
        sluice.limits.search.key  | ${NO_KEY}                        | the placeholder ${NO_KEY} has no value
        """)
    void placeholderWithoutAValue(String property, String value, String description) {
        contextRunner().withPropertyValues(property + "=" + value).run(context -> {
            FailureAnalysis analysis = analysisOf(context.getStartupFailure());
            assertThat(analysis.getDescription()).isEqualTo(property + ": " + description);
            assertThat(analysis.getAction()).startsWith("Set the environment variable");
        });
    }

    @ParameterizedTest
    @CsvSource({
        "sluice.rooms.sale.stay, 300",
        "sluice.guards.shop.max-wait, 25",
        "sluice.redis.timeout, ${TIMEOUT:50}",
        "sluice.waiting-room.refresh, -5"
    })
    void durationWithoutAUnit(String property, String value) {
        contextRunner().withPropertyValues(property + "=" + value).run(context -> {
            FailureAnalysis analysis = analysisOf(context.getStartupFailure());
            assertThat(analysis.getDescription()).startsWith(property + ": ").endsWith(" has no unit");
            assertThat(analysis.getAction()).startsWith("Write the unit, such as 500ms");
        });
    }

    @Test
    void secretWhoseVariableIsMissing(CapturedOutput output) {
        properties.put("sluice.secret", "${NOBODY_SETS_THIS}");
        fails();
        assertAnalysed(
                output,
                "sluice.secret: the placeholder ${NOBODY_SETS_THIS} has no value",
                "Set the environment variable, for example from: openssl rand -hex 32");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        sluice.filter[0].path         | sluice.filter[0].path. Those under sluice: backend, redis, secret, limits
        sluice.limits.per-user.rates  | sluice.limits.per-user.rates. Those under sluice.limits.per-user: rate, burst
        sluice.rooms.sale.patiance    | sluice.rooms.sale.patiance. Those under sluice.rooms.sale: capacity, stay
        sluice.rooms.sale.stay.long   | sluice.rooms.sale.stay.long. sluice.rooms.sale.stay has no properties of its own
        sluice.filters.orders.path    | sluice.filters.orders.path. sluice.filters has no properties of its own
        """)
    void propertyThatThereIsNot(String property, String description) {
        contextRunner()
                .withPropertyValues("sluice.rooms.sale.capacity=1", property + "=1")
                .run(context -> {
                    FailureAnalysis analysis = analysisOf(context.getStartupFailure());
                    assertThat(analysis.getDescription()).startsWith("There is no property " + description);
                });
    }

    @Test
    void propertyThatThereIsNotInAnApplication(CapturedOutput output) {
        properties.put("sluice.waiting-room.pagestatus", "200");
        properties.put("sluice.limits.search.ratte", "10/1s");
        fails();
        assertAnalysed(
                output, "There is no property sluice.limits.search.ratte", "Correct the name, or remove the property.");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void filtersOnAServletContainerWithoutSpringMvc(boolean isLazy) {
        new WebApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class))
                .withInitializer(context -> lazyIf(isLazy, context))
                .withPropertyValues("sluice.filters[0].path=/**", "sluice.filters[0].limit=per-user")
                .run(context -> {
                    FailureAnalysis analysis = analysisOf(context.getStartupFailure());
                    assertThat(analysis.getDescription()).startsWith("sluice.filters would have no effect");
                    assertThat(analysis.getAction()).contains("spring-boot-starter-webmvc");
                });
    }

    private static void lazyIf(boolean isLazy, ConfigurableApplicationContext context) {
        if (isLazy) {
            context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void filtersOfAnApplicationWithoutHttpAreAWarning(boolean isLazy, CapturedOutput output) {
        properties.put("logging.level.root", "warn");
        properties.put("spring.main.banner-mode", "off");
        properties.put("sluice.filters[0].path", "/**");
        properties.put("sluice.filters[0].limit", "per-user");
        new SpringApplicationBuilder(SluiceAutoConfiguration.class)
                .web(WebApplicationType.NONE)
                .lazyInitialization(isLazy)
                .properties(properties)
                .run()
                .close();
        assertThat(output).contains("sluice.filters have no effect: this application serves no HTTP");
    }

    static class Orders {
        @Guarded("church")
        void create() {}
    }

    @Test
    void annotationThatNamesWhatIsNotThere() {
        contextRunner().withBean(Orders.class).run(context -> {
            FailureAnalysis analysis = analysisOf(context.getStartupFailure());
            assertThat(analysis.getDescription())
                    .startsWith("@Guarded on FailureAnalysisTest.Orders.create: There is no guard \"church\"");
            assertThat(analysis.getAction()).startsWith("Add sluice.guards.church");
        });
    }

    static class Twice {
        @RateLimited
        @RateLimited
        void create() {}
    }

    @Test
    void annotationsThatNameOneLimitTwice() {
        contextRunner().withBean(Twice.class).run(context -> {
            FailureAnalysis analysis = analysisOf(context.getStartupFailure());
            assertThat(analysis.getDescription())
                    .startsWith(
                            "@RateLimited on FailureAnalysisTest.Twice.create: the limit \"per-user\" is named twice");
            assertThat(analysis.getAction()).startsWith("Name another limit");
        });
    }

    static class Hidden {
        @RateLimited
        @SuppressWarnings("unused")
        private void create() {}
    }

    @Test
    void annotationWithoutEffect() {
        contextRunner().withBean(Hidden.class).run(context -> {
            FailureAnalysis analysis = analysisOf(context.getStartupFailure());
            assertThat(analysis.getDescription())
                    .startsWith("The annotation on FailureAnalysisTest.Hidden.create would have no effect");
            assertThat(analysis.getAction()).startsWith("Make the method one that can be overridden");
        });
    }

    private static ApplicationContextRunner contextRunner() {
        return new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class));
    }

    private static FailureAnalysis analysisOf(@Nullable Throwable failure) {
        return Objects.requireNonNull(new SluiceFailureAnalyzer().analyze(Objects.requireNonNull(failure)));
    }

    @Test
    void bothGatewaysOnOneClasspath(CapturedOutput output) {
        // Gateway throws it where it finds Spring MVC, which is not on this classpath.
        mistake = () -> {
            throw new MvcFoundOnClasspathException();
        };
        fails();
        assertAnalysed(output, "Gateway on WebFlux and Spring MVC are on one classpath", "Keep one of the starters");
    }

    @Test
    void redisWithoutTheModule() {
        contextRunner()
                .withClassLoader(new FilteredClassLoader("io.sluice.redis"))
                .withPropertyValues("sluice.backend=redis")
                .run(context -> assertThat(context)
                        .getFailure()
                        .rootCause()
                        .isInstanceOf(SluiceConfigurationException.class)
                        .hasMessageContaining("io.sluice:sluice-redis"));
    }
}
