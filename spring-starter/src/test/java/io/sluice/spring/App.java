package io.sluice.spring;

import io.sluice.Backend;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;

/** An application under test, on a free loopback port. */
record App(ConfigurableApplicationContext context) implements AutoCloseable {

    /** An application that has nothing of its own. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Empty {}

    static App start(
            WebApplicationType type,
            Class<?> application,
            Map<String, String> properties,
            Backend backend,
            Service service) {
        Map<String, Object> all = new LinkedHashMap<>(properties);
        all.put("server.port", "0");
        all.put("server.address", "127.0.0.1");
        all.put("logging.level.root", "off");
        all.put("spring.main.banner-mode", "off");
        return new App(new SpringApplicationBuilder(application)
                .web(type)
                .properties(all)
                .initializers(starting -> {
                    GenericApplicationContext context = (GenericApplicationContext) starting;
                    context.registerBean(Backend.class, () -> backend);
                    context.registerBean(Service.class, () -> service);
                })
                .run());
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port"));
    }

    @Override
    public void close() {
        context.close();
    }
}
