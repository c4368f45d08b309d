package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** Who is counted, as the log has it. */
class StartLogTest {

    private final List<Logger> loggers = Stream.of(HttpGate.class, LiveConfiguration.class)
            .map(type -> (Logger) LoggerFactory.getLogger(type))
            .toList();
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private final ApplicationContextRunner application =
            new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class));

    @BeforeEach
    void listen() {
        lines.start();
        loggers.forEach(logger -> {
            logger.setLevel(Level.INFO);
            logger.addAppender(lines);
        });
    }

    @AfterEach
    void stopListening() {
        loggers.forEach(logger -> {
            logger.detachAppender(lines);
            logger.setLevel(null);
        });
    }

    private List<String> logged() {
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    static class Mailer {
        @RateLimited(value = "mail", rate = "3/1m", key = "#customer")
        public void send(String customer) {}
    }

    @Test
    void limitThatAnAnnotationDeclaresNamesNoKey() {
        application.withBean(Mailer.class).run(context -> {
            context.getBean(LiveConfiguration.class).limit("mail", limit -> limit.with("5/1m", null, null));
            assertThat(logged())
                    .contains(
                            "Limit mail: 3/1m, without a key by-address, on outage local-share",
                            "Changed limit mail: 5/1m, without a key by-address, on outage local-share");
        });
    }

    @Test
    void limitThatIsConfiguredNamesItsKey() {
        application.withPropertyValues("sluice.limits.mail.rate=3/1m").run(context -> {
            context.getBean(LiveConfiguration.class).limit("mail", limit -> limit.with("5/1m", null, null));
            assertThat(logged())
                    .contains(
                            "Limit mail: 3/1m by principal, without a key by-address, on outage local-share",
                            "Changed limit mail: 5/1m by principal, without a key by-address, on outage local-share");
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        principal    | principal or cookie
        header:X-Api | principal, header:X-Api or cookie
        address      | principal or address
        """)
    void roomNamesThePrincipalFirst(String key, String visitors) {
        application
                .withPropertyValues("sluice.rooms.sale.capacity=1", "sluice.rooms.sale.key=" + key)
                .run(context -> assertThat(logged())
                        .contains("Room sale: 1 inside for 300000ms by " + visitors + ", mode open"));
    }
}
