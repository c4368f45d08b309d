package io.sluice.spring;

import java.util.List;
import java.util.Map;
import org.springframework.boot.WebApplicationType;

/** A gateway in front of the service, with filters in its routes. */
final class GatewayStack extends WebStack {

    private final Upstream upstream = new Upstream(service);
    private final String prefix;
    private int routes;

    private GatewayStack(WebApplicationType type, String server, Class<?> application) {
        super(type, application);
        this.prefix = "spring.cloud.gateway.server." + server + ".routes";
    }

    static GatewayStack onWebFlux(Class<?> application) {
        return new GatewayStack(WebApplicationType.REACTIVE, "webflux", application);
    }

    static GatewayStack onWebMvc(Class<?> application) {
        return new GatewayStack(WebApplicationType.SERVLET, "webmvc", application);
    }

    @Override
    void route(Map<String, String> properties, String path, List<String> filters) {
        String route = addRoute(properties, path);
        for (int i = 0; i < filters.size(); i++) {
            properties.put(route + "filters[" + i + "]", filters.get(i));
        }
    }

    /** Adds to the properties a route without filters, and returns the prefix of what belongs to it. */
    String addRoute(Map<String, String> properties, String path) {
        String route = prefix + "[" + routes + "].";
        properties.put(route + "id", "route-" + routes++);
        properties.put(route + "uri", upstream.uri().toString());
        properties.put(route + "predicates[0]", "Path=" + path);
        return route;
    }

    /** Returns where the service is. */
    String service() {
        return upstream.uri().toString();
    }

    @Override
    public void close() {
        upstream.close();
    }
}
