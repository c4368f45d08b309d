package io.sluice.benchmarks.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.cloud.gateway.config.HttpClientCustomizer;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.netty.resources.LoopResources;

/** Real Spring Cloud Gateways, each on a free loopback port with event loops of its own. */
final class GatewayFleet implements AutoCloseable {

    /** An event loop per core is what a gateway pod of its own would have. */
    private static final int LOOPS = Runtime.getRuntime().availableProcessors();

    private final List<ConfigurableApplicationContext> gateways = new ArrayList<>();

    /**
     * Starts them one after the other; what has started is closed when one of them fails.
     *
     * @param sharedState puts into each context what all gateways of an arm share
     */
    static GatewayFleet start(
            int gateways,
            Map<String, Object> properties,
            ApplicationContextInitializer<ConfigurableApplicationContext> sharedState) {
        GatewayFleet fleet = new GatewayFleet();
        try {
            for (int i = 1; i <= gateways; i++) {
                fleet.gateways.add(new SpringApplicationBuilder(GatewayApplication.class)
                        .properties(Map.of("replay.gateway", "gateway-" + i))
                        .properties(properties)
                        .initializers(sharedState)
                        .run());
            }
            return fleet;
        } catch (RuntimeException e) {
            fleet.close();
            throw e;
        }
    }

    List<String> uris() {
        return gateways.stream()
                .map(gateway -> (WebServerApplicationContext) gateway)
                .map(gateway -> "http://127.0.0.1:"
                        + Objects.requireNonNull(gateway.getWebServer()).getPort())
                .toList();
    }

    @Override
    public void close() {
        gateways.forEach(ConfigurableApplicationContext::close);
    }

    /** A gateway as an application has it; only its threads bear names that tell their CPU time apart. */
    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class GatewayApplication {

        @Bean
        ReactorResourceFactory gatewayThreads(Environment environment) {
            ReactorResourceFactory resources = new ReactorResourceFactory();
            resources.setUseGlobalResources(false);
            resources.setLoopResourcesSupplier(
                    () -> LoopResources.create(environment.getRequiredProperty("replay.gateway"), LOOPS, true));
            return resources;
        }

        @Bean
        HttpClientCustomizer sendOnGatewayThreads(ReactorResourceFactory resources) {
            return client -> client.runOn(resources.getLoopResources());
        }
    }
}
