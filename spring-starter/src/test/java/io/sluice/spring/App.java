package io.sluice.spring;

import io.sluice.Backend;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;

/** An application under test, on a free loopback port. */
record App(ConfigurableApplicationContext context, Map<String, Object> changed) implements AutoCloseable {

    /** An application that has nothing of its own. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Empty {}

    /** Starts it, on the backend that its properties say if none is given. */
    static App start(
            WebApplicationType type,
            Class<?> application,
            Map<String, String> properties,
            @Nullable Backend backend,
            Service service) {
        Map<String, Object> all = new LinkedHashMap<>(properties);
        all.put("server.port", "0");
        all.put("server.address", "127.0.0.1");
        all.putIfAbsent("logging.level.root", "off");
        all.put("spring.main.banner-mode", "off");
        Map<String, Object> changed = new ConcurrentHashMap<>();
        ConfigurableApplicationContext started = new SpringApplicationBuilder(application)
                .web(type)
                .properties(all)
                .initializers(starting -> {
                    starting.getEnvironment().getPropertySources().addFirst(new MapPropertySource("changed", changed));
                    GenericApplicationContext context = (GenericApplicationContext) starting;
                    if (backend != null) {
                        context.registerBean(Backend.class, () -> backend);
                    }
                    context.registerBean(Service.class, () -> service);
                    context.registerBean("clientAndUser", KeyResolver.class, () -> App::clientAndUser);
                })
                .run();
        return new App(started, changed);
    }

    private static String clientAndUser(HttpCall call) {
        return call.clientAddress() + ' ' + call.pathVariable("user");
    }

    /** Changes properties, and says so as Spring Cloud does. */
    void refresh(String... propertiesAndValues) {
        for (int i = 0; i < propertiesAndValues.length; i += 2) {
            changed.put(propertiesAndValues[i], propertiesAndValues[i + 1]);
        }
        publish(changed.keySet());
    }

    /** Takes a changed property away again. */
    void refreshWithout(String property) {
        changed.remove(property);
        publish(Set.of(property));
    }

    private void publish(Set<String> keys) {
        context.publishEvent(new EnvironmentChangeEvent(context, keys));
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port"));
    }

    @Override
    public void close() {
        context.close();
    }
}
