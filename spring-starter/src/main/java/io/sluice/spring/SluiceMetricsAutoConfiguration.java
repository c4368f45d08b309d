package io.sluice.spring;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.observation.ObservationRegistry;
import io.sluice.Backend;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/** Meters, if there is Micrometer and Sluice is not excluded. */
@AutoConfiguration(
        after = SluiceAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
        })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({MeterRegistry.class, HttpGate.class})
class SluiceMetricsAutoConfiguration {

    @Bean
    GateObserver sluiceMicrometerObserver(MeterRegistry registry, ObjectProvider<ObservationRegistry> observations) {
        return new MicrometerObserver(registry, observations.getIfAvailable(() -> ObservationRegistry.NOOP));
    }

    @Bean
    MeterBinder sluiceBackendMeters(Backend backend) {
        return registry -> {
            Gauge.builder("sluice.backend.available", backend, one -> one.isAvailable() ? 1 : 0)
                    .description("1 while the store answers, 0 while a breaker is open")
                    .register(registry);
            Gauge.builder("sluice.backend.gateways", backend, Backend::gateways)
                    .description("Gateways that share the store, this one included")
                    .register(registry);
        };
    }
}
