package io.sluice.spring;

import io.sluice.Backend;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A gateway on WebFlux on a free loopback port, with routes to an upstream of its own, whose properties can change. */
final class GatewayApp implements AutoCloseable {

    final Service service = new Service();
    private final Upstream upstream = new Upstream(service);
    private final Map<String, Object> properties = new LinkedHashMap<>();
    private final Map<String, Object> changed = new LinkedHashMap<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private @Nullable ConfigurableApplicationContext context;
    private int routes;

    GatewayApp() {
        with("server.port", "0");
        with("server.address", "127.0.0.1");
        with("logging.level.root", "warn");
        with("spring.main.banner-mode", "off");
        with("sluice.secret", "a secret of the tests, long enough");
        with("management.endpoints.web.exposure.include", "health,sluice,metrics");
        with("management.endpoint.health.show-details", "always");
        with("management.health.redis.enabled", "false");
    }

    GatewayApp with(String property, String value) {
        properties.put(property, value);
        return this;
    }

    GatewayApp route(String path, String... filters) {
        String prefix = "spring.cloud.gateway.server.webflux.routes[" + routes + "].";
        with(prefix + "id", "route-" + routes++);
        with(prefix + "uri", upstream.uri().toString());
        with(prefix + "predicates[0]", "Path=" + path);
        for (int i = 0; i < filters.length; i++) {
            with(prefix + "filters[" + i + "]", filters[i]);
        }
        return this;
    }

    GatewayApp start(Backend backend) {
        return start(starting -> starting.registerBean(Backend.class, () -> backend));
    }

    /** Starts it on the backend that its properties say. */
    GatewayApp start() {
        return start(starting -> {});
    }

    private GatewayApp start(Consumer<GenericApplicationContext> beans) {
        context = new SpringApplicationBuilder(App.Empty.class)
                .web(WebApplicationType.REACTIVE)
                .properties(properties)
                .initializers(starting -> {
                    starting.getEnvironment().getPropertySources().addFirst(new MapPropertySource("changed", changed));
                    beans.accept((GenericApplicationContext) starting);
                })
                .run();
        return this;
    }

    <T> T bean(Class<T> type) {
        return started().getBean(type);
    }

    private ConfigurableApplicationContext started() {
        if (context == null) {
            throw new IllegalStateException("not started");
        }
        return context;
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
        started().publishEvent(new EnvironmentChangeEvent(started(), keys));
    }

    HttpResponse<String> get(String path, String user) {
        return send(to(path).header("Authorization", user));
    }

    HttpResponse<String> get(String path) {
        return send(to(path));
    }

    HttpResponse<String> post(String path, String body) {
        return send(
                to(path).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    HttpRequest.Builder to(String path) {
        String port = started().getEnvironment().getRequiredProperty("local.server.port");
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .timeout(Duration.ofSeconds(20));
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    HttpClient client() {
        return client;
    }

    JsonNode json(String path) {
        return JsonMapper.shared().readTree(get(path).body());
    }

    @Override
    public void close() {
        if (context != null) {
            context.close();
        }
        upstream.close();
    }
}
