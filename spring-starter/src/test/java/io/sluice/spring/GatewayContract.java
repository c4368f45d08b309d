package io.sluice.spring;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;

/** The contract on a gateway in front of a service. */
abstract class GatewayContract extends WebContract {

    private final Upstream upstream = new Upstream(service);

    /** Returns the prefix of the properties of routes. */
    abstract String routes();

    @Override
    void route(Map<String, String> properties, int index, String path, List<String> filters) {
        String prefix = routes() + "[" + index + "].";
        properties.put(prefix + "id", "route-" + index);
        properties.put(prefix + "uri", upstream.uri().toString());
        properties.put(prefix + "predicates[0]", "Path=" + path);
        for (int i = 0; i < filters.size(); i++) {
            properties.put(prefix + "filters[" + i + "]", filters.get(i));
        }
    }

    @AfterEach
    void closeUpstream() {
        upstream.close();
    }
}
