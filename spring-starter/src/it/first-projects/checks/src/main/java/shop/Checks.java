package shop;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Value;

/** The shop allows 3 searches an hour and has room for one visitor who orders. */
public abstract class Checks {

    private static final String PAGE = "text/html";
    private static final String JSON = "application/json";

    @Value("${local.server.port}")
    private int port;

    @Test
    void fourthSearchIsRefused() throws Exception {
        for (int i = 0; i < 3; i++) {
            HttpResponse<String> found = get("/search", "searcher", JSON);
            assertThat(found.statusCode()).isEqualTo(200);
            assertThat(found.body()).isEqualTo("found");
        }

        HttpResponse<String> refused = get("/search", "searcher", JSON);

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(refused.headers().firstValueAsLong("Retry-After").orElseThrow()).isPositive();
        assertThat(refused.headers().firstValue("RateLimit-Policy")).hasValue("\"per-user\";q=3;w=3600");
        assertThat(get("/search", "somebody else", JSON).statusCode()).isEqualTo(200);
    }

    @Test
    void visitorWaitsWhileTheShopIsFull() throws Exception {
        HttpResponse<String> ordered = get("/orders", "first visitor", JSON);
        assertThat(ordered.statusCode()).isEqualTo(200);
        assertThat(ordered.body()).isEqualTo("ordered");

        HttpResponse<String> waiting = get("/orders", "second visitor", PAGE);
        assertThat(waiting.statusCode()).isEqualTo(202);
        assertThat(waiting.headers().firstValue("Content-Type").orElseThrow()).startsWith(PAGE);

        HttpResponse<String> joined = send(to("/queue/enqueue", "third visitor", JSON)
                .header("Content-Type", JSON)
                .POST(HttpRequest.BodyPublishers.ofString("{\"eventId\": \"event-1\"}")));
        assertThat(joined.statusCode()).isEqualTo(201);
        assertThat(joined.body()).contains("\"state\":\"QUEUED\"");
        assertThat(get("/orders", "first visitor", JSON).statusCode()).isEqualTo(200);
    }

    private HttpResponse<String> get(String path, String visitor, String accept) throws Exception {
        return send(to(path, visitor, accept));
    }

    private HttpRequest.Builder to(String path, String visitor, String accept) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                .header("Authorization", visitor)
                .header("Accept", accept);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
