package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/** Which environment variables the log calls ignored. */
class IgnoredVariablesTest {

    private final Logger logger = (Logger) LoggerFactory.getLogger(IgnoredVariablesBindHandler.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final ApplicationContextRunner application =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class));

    @BeforeEach
    void listen() {
        lines.start();
        logger.setLevel(Level.WARN);
        logger.addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(lines);
        logger.setLevel(null);
    }

    private String logged() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).collect(Collectors.joining("\n"));
    }

    private static ApplicationContextRunner with(ApplicationContextRunner application, Map<String, Object> variables) {
        String name = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
        return application.withInitializer(context -> context.getEnvironment()
                .getPropertySources()
                .replace(name, new SystemEnvironmentPropertySource(name, variables)));
    }

    @Test
    void thoseInWhichAnUnderscoreStandsForADashOfANameThatNoFileHas() {
        Map<String, Object> variables = Map.of(
                "SLUICE_LIMITS_PER_USER_RATE", "1/1h",
                "SLUICE_LIMITS_WAITING_ROOM_JOINS_ON_OUTAGE", "open",
                "SLUICE_ROOMS_EVENT1_CAPACITY", "1",
                "SLUICE_ROOMS_EVENT_1_PATIENCE", "2m");
        with(application, variables).run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(logged())
                    .contains(
                            "SLUICE_LIMITS_PER_USER_RATE has no effect",
                            "leave out the underscores within names: SLUICE_LIMITS_PERUSER_RATE",
                            "names: SLUICE_LIMITS_WAITINGROOMJOINS_ONOUTAGE",
                            "names: SLUICE_ROOMS_EVENT1_PATIENCE");
        });
    }

    @Test
    void notThoseThatHaveAnEffectOrAreNotSluices() {
        Map<String, Object> variables = Map.of(
                "SLUICE_SECRET", "a secret of the tests, long enough",
                "SLUICE_FILTER_ORDER", "-80",
                "SLUICE_SERVICE_HOST", "10.0.0.1",
                "SLUICE_LIMITS_PER_USER_BURST", "20",
                "SLUICE_LIMITS_SEARCH_API_RATE", "5/1s",
                "SLUICE_LIMITS_WAITING_ROOM_JOINS_RATE", "1/1h",
                "SLUICE_GUARDS_SHOP_FLOOR_LIMIT", "3");
        with(
                        application.withPropertyValues(
                                "sluice.limits.per-user.rate=10/1s",
                                "sluice.limits.search.rate=${SLUICE_LIMITS_SEARCH_API_RATE}",
                                "sluice.guards.shopFloor.limit=${SLUICE_GUARDS_SHOP_FLOOR_LIMIT}"),
                        variables)
                .run(context -> {
                    assertThat(context).hasNotFailed();
                    SluiceProperties properties = context.getBean(SluiceProperties.class);
                    assertThat(properties.limits().get("per-user"))
                            .extracting(SluiceProperties.LimitProperties::burst)
                            .isEqualTo(20L);
                    assertThat(logged()).isEmpty();
                });
    }
}
