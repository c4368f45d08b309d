package io.sluice.benchmarks.replay;

import io.sluice.Backend;
import io.sluice.LocalBackend;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The one backend that all gateways of an arm share. They run in one JVM, so it is the local one; each gateway finds
 * it as a bean and makes none of its own.
 */
final class SharedBackend implements ApplicationContextInitializer<ConfigurableApplicationContext>, AutoCloseable {

    private final Backend backend = LocalBackend.create();

    @Override
    public void initialize(ConfigurableApplicationContext gateway) {
        gateway.getBeanFactory().registerSingleton("replayBackend", backend);
    }

    @Override
    public void close() {
        backend.close();
    }
}
