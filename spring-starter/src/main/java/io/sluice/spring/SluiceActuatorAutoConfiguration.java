package io.sluice.spring;

import io.sluice.Backend;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The endpoint {@code sluice} and the health contributor, if there is Actuator and Sluice is not excluded. */
@AutoConfiguration(after = SluiceAutoConfiguration.class)
@ConditionalOnBean(HttpGate.class)
class SluiceActuatorAutoConfiguration {

    static String typeOf(Backend backend) {
        String name = backend.getClass().getSimpleName();
        return switch (name) {
            case "LocalBackend" -> "local";
            case "RedisBackend" -> "redis";
            default -> name;
        };
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({Endpoint.class, ConditionalOnAvailableEndpoint.class})
    static class EndpointConfiguration {

        @Bean
        @ConditionalOnAvailableEndpoint
        SluiceEndpoint sluiceEndpoint(HttpGate gates, LiveConfiguration live, Backend backend) {
            return new SluiceEndpoint(gates, live, backend);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
    static class HealthConfiguration {

        @Bean
        @ConditionalOnEnabledHealthIndicator("sluice")
        SluiceHealthIndicator sluiceHealthIndicator(Backend backend) {
            return new SluiceHealthIndicator(backend, typeOf(backend));
        }
    }
}
