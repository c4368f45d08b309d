package io.sluice.spring;

import io.sluice.Backend;
import io.sluice.LocalBackend;
import io.sluice.Signer;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;
import org.springframework.util.ClassUtils;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** Wires limits, rooms and guards from {@code sluice.*} into the web stack that the application has. */
@AutoConfiguration
@EnableConfigurationProperties(SluiceProperties.class)
public class SluiceAutoConfiguration {

    private static final String REDIS_BACKEND = "io.sluice.redis.RedisBackend";
    private static final Logger log = LoggerFactory.getLogger(SluiceAutoConfiguration.class);

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    Backend sluiceBackend(SluiceProperties properties, ObjectProvider<RedisAddress> address, ResourceLoader resources) {
        if (properties.backend() == SluiceProperties.BackendType.LOCAL) {
            return LocalBackend.create();
        }
        if (!ClassUtils.isPresent(REDIS_BACKEND, resources.getClassLoader())) {
            throw new SluiceConfigurationException(
                    "sluice.backend is redis, which needs one more dependency: io.sluice:sluice-redis",
                    "Add the dependency io.sluice:sluice-redis, or set sluice.backend: local.");
        }
        return RedisConnection.open(properties, address.getIfAvailable());
    }

    @Bean
    @ConditionalOnMissingBean
    Signer sluiceSigner(SluiceProperties properties) {
        String secret = properties.secret();
        if (secret != null && !secret.isEmpty()) {
            return Signer.of(secret);
        }
        if (!properties.rooms().isEmpty()) {
            log.warn("sluice.secret is not set: tickets and passes end when this process does");
        }
        return Signer.random();
    }

    @Bean
    HttpGate sluiceHttpGate(
            SluiceProperties properties,
            Backend backend,
            Signer signer,
            Map<String, KeyResolver> keyResolvers,
            ObjectProvider<GateObserver> observer) {
        return new HttpGate(
                properties,
                backend,
                signer,
                new KeyResolvers(keyResolvers),
                observer.getIfAvailable(() -> GateObserver.NONE));
    }

    @Bean
    LiveConfiguration sluiceLiveConfiguration(HttpGate gate, SluiceProperties properties) {
        return new LiveConfiguration(gate, properties);
    }

    /** Spring Cloud tells of changed properties. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(EnvironmentChangeEvent.class)
    static class Refresh {

        @Bean
        ConfigurationRefresh sluiceConfigurationRefresh(Environment environment, LiveConfiguration live) {
            return new ConfigurationRefresh(environment, live);
        }
    }

    /** Spring Cloud Gateway on WebFlux. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(GatewayFilter.class)
    static class WebFluxGateway {

        @Bean
        RateLimitedGatewayFilterFactory rateLimitedGatewayFilterFactory(HttpGate gate) {
            return new RateLimitedGatewayFilterFactory(gate);
        }

        @Bean
        WaitingRoomGatewayFilterFactory waitingRoomGatewayFilterFactory(HttpGate gate) {
            return new WaitingRoomGatewayFilterFactory(gate);
        }

        @Bean
        GuardGatewayFilterFactory guardGatewayFilterFactory(HttpGate gate) {
            return new GuardGatewayFilterFactory(gate);
        }

        @Bean
        RouterFunction<ServerResponse> sluiceQueueRoutes(SluiceProperties properties, HttpGate gate) {
            if (properties.rooms().isEmpty()) {
                // The path belongs to the application, or to what stands behind the gateway.
                return request -> Mono.empty();
            }
            return QueueRoutes.on(properties.waitingRoom().path(), new QueueEndpoints(gate));
        }
    }
}
