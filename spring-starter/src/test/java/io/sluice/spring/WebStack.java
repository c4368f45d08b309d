package io.sluice.spring;

import io.sluice.Backend;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.WebApplicationType;

/** A web stack, as tests see it: how an application on it starts, and how what it serves is protected. For one test. */
abstract class WebStack implements AutoCloseable {

    final Service service = new Service();
    private final WebApplicationType type;
    private final Class<?> application;
    private int filters;

    WebStack(WebApplicationType type, Class<?> application) {
        this.type = type;
        this.application = application;
    }

    /** Adds to the properties a path of the service, with filters such as {@code RateLimited=per-user}. */
    abstract void route(Map<String, String> properties, String path, List<String> filters);

    /** Adds to the properties one of {@code sluice.filters}, which all stacks have. */
    void filter(Map<String, String> properties, Map<String, String> filter) {
        String prefix = "sluice.filters[" + filters++ + "].";
        filter.forEach((name, value) -> properties.put(prefix + name, value));
    }

    App start(Map<String, String> properties, @Nullable Backend backend) {
        return App.start(type, application, properties, backend, service);
    }

    /** Tells whether the server notices that a client hangs up before it has something to send to it. */
    boolean noticesHangUps() {
        return type == WebApplicationType.REACTIVE;
    }

    @Override
    public void close() {
        service.open();
    }
}
