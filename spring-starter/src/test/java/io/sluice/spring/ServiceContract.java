package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The contract on a service that protects itself, by {@code sluice.filters}. */
abstract class ServiceContract extends WebContract {

    private static final Map<String, String> KINDS =
            Map.of("RateLimited", "limit", "WaitingRoom", "room", "Guard", "guard");

    private int filters;

    /** Returns the properties that put all of the application below {@code /shop/web}. */
    abstract Map<String, String> belowAPath();

    @Override
    void route(Map<String, String> properties, int index, String path, List<String> names) {
        for (String name : names) {
            String prefix = "sluice.filters[" + filters++ + "].";
            String[] kindAndArguments = name.split("=", 2);
            String[] arguments = kindAndArguments[1].split(", ", 2);
            properties.put(prefix + "path", path);
            properties.put(prefix + KINDS.get(kindAndArguments[0]), arguments[0]);
            if (arguments.length > 1) {
                properties.put(prefix + "permits", arguments[1]);
            }
        }
    }

    @Nested
    @DisplayName("an application below a path")
    class BelowAPath {

        @Test
        void handsOutAddressesThatLeadInside() {
            properties.putAll(belowAPath());
            routed("/orders/**", "WaitingRoom=sale");
            routed("/done", "WaitingRoom=sale");
            started();
            assertThat(get("/shop/web/orders/1", "ann").statusCode()).isEqualTo(200);
            String enqueue =
                    problem(get("/shop/web/orders/1", "ben")).get("enqueue").stringValue();
            assertThat(enqueue).isEqualTo("/shop/web/queue/enqueue");
            assertThat(post(enqueue, "ben", "{\"eventId\": \"sale\"}").statusCode())
                    .isEqualTo(201);
            String page = send(to("/shop/web/orders/1", "ben").header("Accept", "text/html"))
                    .body();
            Matcher poll = Pattern.compile("\"status\":\"([^\"]+)\"").matcher(page);
            assertThat(poll.find()).isTrue();
            assertThat(get("/shop/web/done", "ann").statusCode()).isEqualTo(200);
            await().until(() -> {
                time.advance(Duration.ofMillis(200));
                return json(get(poll.group(1), "nobody"))
                        .get("state")
                        .stringValue()
                        .equals("READY");
            });
            JsonNode ready = json(get(poll.group(1), "nobody"));
            HttpResponse<String> entered = post(
                    enqueue.replace("/enqueue", "/enter"),
                    "ben",
                    "{\"ticketId\":\"" + ready.get("ticketId").stringValue() + "\",\"gateToken\":\""
                            + ready.get("gateToken").stringValue() + "\"}");
            assertThat(entered.statusCode()).isEqualTo(201);
            assertThat(get("/shop/web/orders/1", "ben").statusCode()).isEqualTo(200);
        }
    }
}
