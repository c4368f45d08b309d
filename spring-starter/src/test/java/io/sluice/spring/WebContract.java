package io.sluice.spring;

import static io.sluice.spring.Http.json;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import org.junit.jupiter.api.BeforeEach;
import tools.jackson.databind.JsonNode;

/** A part of what every web stack answers: one limit, one room and one guard, and the way through the queue. */
abstract class WebContract extends WebFixture {

    WebContract(WebStack stack) {
        super(stack);
    }

    @BeforeEach
    void configure() {
        properties.put("sluice.limits.per-user.rate", "2/1s");
        properties.put("sluice.limits.per-user.key", "header:Authorization");
        properties.put("sluice.rooms.sale.capacity", "1");
        properties.put("sluice.rooms.sale.key", "header:Authorization");
        properties.put("sluice.guards.shop.limit", "1");
        properties.put("sluice.guards.shop.max-wait", "5s");
    }

    String enqueued(String user) {
        HttpResponse<String> response = post("/queue/enqueue", user, "{\"eventId\": \"sale\"}");
        assertThat(response.statusCode()).isEqualTo(201);
        time.advance(REFRESH);
        return json(response).get("ticketId").stringValue();
    }

    JsonNode status(String ticket) {
        HttpResponse<String> response = send(to("/queue/status?ticketId=" + ticket));
        assertThat(response.statusCode()).isEqualTo(200);
        return json(response);
    }

    HttpResponse<String> enter(String user, String ticket) {
        return enter(user, ticket, status(ticket).get("gateToken").stringValue());
    }

    HttpResponse<String> enter(String user, String ticket, String gateToken) {
        return post("/queue/enter", user, entering(ticket, gateToken));
    }

    /** Returns the body of a call of {@code /queue/enter}. */
    static String entering(String ticket, String gateToken) {
        return "{\"ticketId\":\"" + ticket + "\",\"gateToken\":\"" + gateToken + "\"}";
    }
}
