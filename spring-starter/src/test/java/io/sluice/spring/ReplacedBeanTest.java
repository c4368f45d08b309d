package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.context.bean.override.convention.TestBean;
import org.springframework.test.context.bean.override.mockito.MockitoBean;
import org.springframework.test.context.junit.jupiter.SpringJUnitConfig;

/** The tests of an application may replace its annotated beans. */
@SpringJUnitConfig
class ReplacedBeanTest {

    @Configuration(proxyBeanMethods = false)
    @ImportAutoConfiguration(SluiceAutoConfiguration.class)
    static class Application {

        @Bean
        Mailer mailer() {
            return new Mailer();
        }

        @Bean
        Printer printer() {
            return new Printer();
        }
    }

    static class Mailer {

        @RateLimited(rate = "1/1h")
        String send() {
            return "sent";
        }
    }

    static class Printer {

        @RateLimited(rate = "1/1h")
        String print() {
            return "printed";
        }
    }

    @TestBean
    @Autowired
    Mailer mailer;

    @MockitoBean
    Printer printer;

    static Mailer mailer() {
        return new Mailer() {
            @Override
            String send() {
                return "replaced";
            }
        };
    }

    @Test
    void isCalledAsTheTestWants() {
        assertThat(mailer.send()).isEqualTo("replaced");
        assertThat(mailer.send()).isEqualTo("replaced");
        assertThat(printer.print()).isNull();
    }
}
