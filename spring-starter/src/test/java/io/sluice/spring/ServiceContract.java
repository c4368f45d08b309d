package io.sluice.spring;

import static io.sluice.spring.Http.json;
import static io.sluice.spring.Http.problem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The contract on a service that protects itself, by {@code sluice.filters}. */
abstract class ServiceContract extends WebStackContract {

    /** Returns the properties that put all of the application below {@code /shop/web}. */
    abstract Map<String, String> belowAPath();

    /** Returns a stack with an application that has a route for everything, a {@code RouterFunction}. */
    abstract WebStack routingEverything();

    @Nested
    @DisplayName("an application that routes everything")
    class RoutingEverything extends WebContract {

        RoutingEverything() {
            super(routingEverything());
        }

        @Test
        void leavesTheWayIntoARoomOpen() {
            routed("/orders/**", "WaitingRoom=sale");
            started();
            assertThat(enter("ann", enqueued("ann")).statusCode()).isEqualTo(201);
            assertThat(get("/orders/1", "ann").body()).isEqualTo("routed");
        }
    }

    @Nested
    @DisplayName("an application below a path")
    class BelowAPath extends WebContract {

        BelowAPath() {
            super(stack());
        }

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
                time.advance(REFRESH);
                return json(get(poll.group(1), "nobody"))
                        .get("state")
                        .stringValue()
                        .equals("READY");
            });
            JsonNode ready = json(get(poll.group(1), "nobody"));
            HttpResponse<String> entered = post(
                    enqueue.replace("/enqueue", "/enter"),
                    "ben",
                    entering(
                            ready.get("ticketId").stringValue(),
                            ready.get("gateToken").stringValue()));
            assertThat(entered.statusCode()).isEqualTo(201);
            assertThat(get("/shop/web/orders/1", "ben").statusCode()).isEqualTo(200);
        }
    }
}
