package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What there is for operators, with {@code SluiceAutoConfiguration} and where it is excluded. */
class LeftOutTest {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withBean(MeterRegistry.class, SimpleMeterRegistry::new)
            .withConfiguration(
                    AutoConfigurations.of(SluiceActuatorAutoConfiguration.class, SluiceMetricsAutoConfiguration.class))
            .withPropertyValues("management.endpoints.web.exposure.include=sluice");

    @Test
    void anApplicationStartsWithoutWhatIsAboutSluice() {
        runner.run(context -> assertThat(context)
                .hasNotFailed()
                .doesNotHaveBean(SluiceEndpoint.class)
                .doesNotHaveBean(SluiceHealthIndicator.class)
                .doesNotHaveBean("sluiceBackendMeters")
                .doesNotHaveBean(GateObserver.class));
    }

    @Test
    void anApplicationWithSluiceHasItAll() {
        runner.withConfiguration(AutoConfigurations.of(SluiceAutoConfiguration.class))
                .run(context -> assertThat(context)
                        .hasSingleBean(SluiceEndpoint.class)
                        .hasSingleBean(SluiceHealthIndicator.class)
                        .hasBean("sluiceBackendMeters")
                        .hasSingleBean(GateObserver.class));
    }
}
