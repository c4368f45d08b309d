package io.sluice.spring;

import static io.sluice.spring.Http.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeEach;
import tools.jackson.databind.JsonNode;

/** An application with a limit, a room and a guard, as whoever runs it sees it. */
abstract class OperationsFixture extends WebContract {

    OperationsFixture(WebStack stack) {
        super(stack);
    }

    @BeforeEach
    void expose() {
        properties.put("management.endpoints.web.exposure.include", "health,sluice,metrics");
        properties.put("management.endpoint.health.show-details", "always");
        properties.put("management.health.redis.enabled", "false");
        properties.put("sluice.limits.per-user.rate", "2/1m");
        routed("/api/**", "RateLimited=per-user");
        routed("/orders/**", "WaitingRoom=sale");
        routed("/slow/**", "Guard=shop");
    }

    /** Returns what the endpoint shows. */
    JsonNode report() {
        return json(send(to("/actuator/sluice")));
    }

    /** Asks the endpoint for a change. */
    HttpResponse<String> change(String path, String body) {
        return send(to("/actuator/sluice/" + path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /** Returns the first value of a meter. */
    double value(String meter, String... tags) {
        StringBuilder path = new StringBuilder("/actuator/metrics/").append(meter);
        for (int i = 0; i < tags.length; i++) {
            path.append(i == 0 ? "?tag=" : "&tag=").append(tags[i]);
        }
        JsonNode found = json(send(to(path.toString())));
        assertThat(found.has("measurements")).as(path.toString()).isTrue();
        return found.at("/measurements/0/value").doubleValue();
    }
}
