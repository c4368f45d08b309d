package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The contract on a gateway in front of a service. */
abstract class GatewayContract extends WebContract {

    private final Upstream upstream = new Upstream(service);

    /** Returns the prefix of the properties of routes. */
    abstract String routes();

    /** Returns the properties that switch the gateway off, and what of it would not start without it. */
    abstract Map<String, String> switchedOff();

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

    @Test
    void startsWhereTheGatewayIsSwitchedOff() {
        properties.putAll(switchedOff());
        started();
        assertThat(enqueued("ann")).isNotEmpty();
    }

    @Test
    void takesFiltersInTheLongForm() {
        String prefix = routes() + "[0].";
        routed("/long/**");
        List<Map<String, String>> filters = List.of(
                Map.of("name", "RateLimited", "args.limit", "per-user", "args.permits", "2"),
                Map.of("name", "WaitingRoom", "args.room", "sale"),
                Map.of("name", "Guard", "args.guard", "shop"));
        for (int i = 0; i < filters.size(); i++) {
            String filter = prefix + "filters[" + i + "].";
            filters.get(i).forEach((name, value) -> properties.put(filter + name, value));
        }
        started();
        HttpResponse<String> first = get("/long/1", "ann");
        assertThat(first.statusCode()).isEqualTo(200);
        assertThat(header(first, "RateLimit")).startsWith("\"per-user\";r=0;t=1");
        assertThat(header(first, "Sluice-Pass")).isNotEmpty();
        assertThat(get("/long/2", "ann").statusCode()).isEqualTo(429);
    }
}
