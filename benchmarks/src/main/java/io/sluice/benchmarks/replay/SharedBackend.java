package io.sluice.benchmarks.replay;

import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The one backend that all gateways of an arm share. They live in one JVM, so it is the local one; each gateway finds
 * it as a bean and makes none of its own.
 */
final class SharedBackend implements ApplicationContextInitializer<ConfigurableApplicationContext>, AutoCloseable {

    @Override
    public void initialize(ConfigurableApplicationContext gateway) {
        // Waits for the starter: gateway.getBeanFactory().registerSingleton("replayBackend", LocalBackend.create()).
    }

    @Override
    public void close() {}
}
