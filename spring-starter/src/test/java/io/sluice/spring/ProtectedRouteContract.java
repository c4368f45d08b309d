package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What goes by all protections as it is. */
abstract class ProtectedRouteContract extends WebContract {

    ProtectedRouteContract(WebStack stack) {
        super(stack);
    }

    private HttpRequest.Builder options() {
        return to("/orders/1").method("OPTIONS", HttpRequest.BodyPublishers.noBody());
    }

    @Test
    void isNotCountedWhereABrowserOnlyAsksWhetherItMayCall() {
        routed("/orders/**", "RateLimited=per-user", "WaitingRoom=sale", "Guard=shop");
        started();
        HttpResponse<String> preflight = send(
                options().header("Origin", "https://shop.example").header("Access-Control-Request-Method", "POST"));
        assertThat(preflight.headers().map()).doesNotContainKeys("ratelimit", "set-cookie", "sluice-pass");
        assertThat(get("/orders/1", "ann").statusCode()).isEqualTo(200);
        HttpResponse<String> other = send(options());
        assertThat(other.headers().map()).containsKey("ratelimit");
        assertThat(other.statusCode()).isEqualTo(429);
    }

    @Test
    void keepsItsBodyToTheByte() {
        routed("/echo/**", "RateLimited=per-user", "WaitingRoom=sale", "Guard=shop");
        started();
        byte[] body = new byte[200_000];
        new Random(4).nextBytes(body);
        HttpResponse<byte[]> response = Http.send(
                to("/echo/1", "ann")
                        .header("Content-Type", "application/octet-stream")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body)),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(body);
    }
}
