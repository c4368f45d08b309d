package io.sluice.benchmarks.gateway;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.cloud.gateway.filter.ratelimit.KeyResolver;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.core.publisher.Mono;

/** A gateway as an application has it, on a free loopback port. */
final class RunningGateway implements AutoCloseable {

    private final Contender contender;
    private final ConfigurableApplicationContext context;

    RunningGateway(Contender contender, String upstreamUri, String redisUri) {
        this.contender = contender;
        context = new SpringApplicationBuilder(Application.class)
                .properties(contender.properties(upstreamUri, redisUri))
                .run();
    }

    Contender contender() {
        return contender;
    }

    InetSocketAddress address() {
        WebServerApplicationContext web = (WebServerApplicationContext) context;
        return new InetSocketAddress(
                InetAddress.getLoopbackAddress(),
                Objects.requireNonNull(web.getWebServer()).getPort());
    }

    @Override
    public void close() {
        context.close();
    }

    @SpringBootConfiguration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        /** Keeps the first gateway that closes from ending the others' threads. */
        @Bean
        ReactorResourceFactory threadsOfItsOwn() {
            ReactorResourceFactory resources = new ReactorResourceFactory();
            resources.setUseGlobalResources(false);
            return resources;
        }

        /** Tells RequestRateLimiter who calls. */
        @Bean
        KeyResolver authorization() {
            return exchange ->
                    Mono.justOrEmpty(exchange.getRequest().getHeaders().getFirst("Authorization"));
        }
    }
}
