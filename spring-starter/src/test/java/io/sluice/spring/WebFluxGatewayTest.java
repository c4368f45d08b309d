package io.sluice.spring;

import io.sluice.Backend;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;

/** The contract on Spring Cloud Gateway on WebFlux. */
class WebFluxGatewayTest extends WebContract {

    private @Nullable ConfigurableApplicationContext context;

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    @Override
    URI start(Map<String, String> properties) {
        Map<String, Object> all = new LinkedHashMap<>(properties);
        all.put("server.port", "0");
        all.put("server.address", "127.0.0.1");
        all.put("logging.level.root", "warn");
        all.put("spring.main.banner-mode", "off");
        ConfigurableApplicationContext started = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.REACTIVE)
                .properties(all)
                .initializers(
                        starting -> ((GenericApplicationContext) starting).registerBean(Backend.class, () -> backend))
                .run();
        context = started;
        return URI.create("http://127.0.0.1:" + started.getEnvironment().getRequiredProperty("local.server.port"));
    }

    @Override
    void stop() {
        if (context != null) {
            context.close();
        }
    }

    @Override
    void route(Map<String, String> properties, int index, String path, List<String> filters) {
        String prefix = "spring.cloud.gateway.server.webflux.routes[" + index + "].";
        properties.put(prefix + "id", "route-" + index);
        properties.put(prefix + "uri", upstream.uri().toString());
        properties.put(prefix + "predicates[0]", "Path=" + path);
        for (int i = 0; i < filters.size(); i++) {
            properties.put(prefix + "filters[" + i + "]", filters.get(i));
        }
    }
}
