package io.sluice.benchmarks.replay;

import java.time.Duration;
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

/** A gateway in this JVM, on a free loopback port and with its own event loops. */
final class GatewayContext implements Gateway {

    /** One event loop per core, as a gateway in its own pod would have. */
    private static final int LOOPS = Runtime.getRuntime().availableProcessors();

    private final ConfigurableApplicationContext context;

    private GatewayContext(ConfigurableApplicationContext context) {
        this.context = context;
    }

    /**
     * Starts a gateway.
     *
     * @param sharedState adds to the context what all gateways of an arm share
     * @param arguments more properties, in the form of a command line
     */
    static GatewayContext start(
            Map<String, Object> properties,
            ApplicationContextInitializer<ConfigurableApplicationContext> sharedState,
            String... arguments) {
        return new GatewayContext(new SpringApplicationBuilder(GatewayApplication.class)
                .properties(properties)
                .initializers(sharedState)
                .run(arguments));
    }

    @Override
    public String uri() {
        WebServerApplicationContext web = (WebServerApplicationContext) context;
        return "http://127.0.0.1:" + Objects.requireNonNull(web.getWebServer()).getPort();
    }

    @Override
    public long processCpuNanos() {
        return 0;
    }

    @Override
    public void close() {
        context.close();
    }

    /** A gateway as an application has it; only the names of its threads differ, which tell their CPU time apart. */
    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class GatewayApplication {

        @Bean
        ReactorResourceFactory gatewayThreads(Environment environment) {
            ReactorResourceFactory resources = new ReactorResourceFactory();
            resources.setUseGlobalResources(false);
            // When an arm ends nobody has a request left to wait for.
            resources.setShutdownQuietPeriod(Duration.ZERO);
            resources.setLoopResourcesSupplier(
                    () -> LoopResources.create(environment.getRequiredProperty(NAME), LOOPS, true));
            return resources;
        }

        @Bean
        HttpClientCustomizer sendOnGatewayThreads(ReactorResourceFactory resources) {
            return client -> client.runOn(resources.getLoopResources());
        }
    }
}
