package io.sluice.spring;

import static io.sluice.spring.Http.header;
import static io.sluice.spring.Http.problem;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.Guard;
import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How a route with a guard holds calls, and when it refuses. */
abstract class GuardedRouteContract extends WebContract {

    GuardedRouteContract(WebStack stack) {
        super(stack);
    }

    @BeforeEach
    void routes() {
        routed("/slow/**", "Guard=shop", "Guard=shop");
        routed("/failing/**", "Guard=shop");
        routed("/logins/**", "Guard=shop");
        started();
    }

    @Test
    void hasItsTurnBackWhenTheBackendFails() {
        for (int i = 0; i < 3; i++) {
            assertThat(get("/failing/" + i, "ann").statusCode()).isEqualTo(500);
        }
        assertThat(service.calls()).hasSize(3);
    }

    @Test
    void holdsACallUntilTheBackendHasRoom() {
        CompletableFuture<HttpResponse<String>> first = sendAsync(to("/slow/1").GET());
        await().until(() -> service.calls().size() == 1);
        CompletableFuture<HttpResponse<String>> second = sendAsync(to("/slow/2").GET());
        await().until(() -> !time.scheduled().isEmpty());
        assertThat(service.calls()).containsExactly("GET /slow/1");
        service.open();
        assertThat(first.join().statusCode()).isEqualTo(200);
        assertThat(second.join().statusCode()).isEqualTo(200);
    }

    @Test
    void refusesACallWhoseTurnDoesNotComeInTime() {
        CompletableFuture<HttpResponse<String>> first = sendAsync(to("/slow/1").GET());
        await().until(() -> service.calls().size() == 1);
        CompletableFuture<HttpResponse<String>> second = sendAsync(to("/slow/2").GET());
        await().until(() -> !time.scheduled().isEmpty());
        time.advance(Duration.ofSeconds(5));
        HttpResponse<String> refused = second.join();
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(header(refused, "Retry-After")).isEqualTo("1");
        assertThat(problem(refused).get("type").stringValue())
                .isEqualTo("https://iana.org/assignments/http-problem-types#temporary-reduced-capacity");
        service.open();
        assertThat(first.join().statusCode()).isEqualTo(200);
    }

    @Test
    void givesOnTheTurnOfAWaitingCallWhoseClientHungUp() throws IOException {
        CompletableFuture<HttpResponse<String>> first = sendAsync(to("/slow/1").GET());
        await().until(() -> service.calls().size() == 1);
        try (Socket second = openWith("GET /slow/2 HTTP/1.1\r\nHost: localhost\r\n\r\n")) {
            await().until(() -> !time.scheduled().isEmpty());
        }
        if (stack.noticesHangUps()) {
            await().until(() -> time.scheduled().isEmpty());
        }
        service.open();
        first.join();
        assertThat(get("/slow/3", "ann").statusCode()).isEqualTo(200);
        assertThat(service.calls().contains("GET /slow/2")).isNotEqualTo(stack.noticesHangUps());
    }

    @Test
    void takesTheTurnOfACallWhoseBodyIsSlowToComeForTheNext() throws IOException {
        app().refresh("sluice.guards.shop.key", "header:Authorization", "sluice.guards.shop.max-hold", "2s");
        Guard guard = app().bean(HttpGate.class).guard("shop").guard();
        try (Socket slow = openWith("POST /logins/1 HTTP/1.1\r\nHost: localhost\r\nAuthorization: eve\r\n"
                + "Connection: close\r\nContent-Length: 9\r\n\r\nu")) {
            await().until(() -> guard.inFlight() == 1);
            CompletableFuture<HttpResponse<String>> another =
                    sendAsync(to("/logins/2", "ann").POST(HttpRequest.BodyPublishers.ofString("user=ann")));
            await().until(() -> guard.waiting() == 1);
            time.advance(Duration.ofSeconds(2));
            assertThat(another.join().statusCode()).isEqualTo(200);
            await().until(() -> guard.inFlight() == 0);
            assertThat(guard.overdue()).isEqualTo(1);
            slow.getOutputStream().write("ser=eve\n".getBytes(US_ASCII));
            assertThat(new String(slow.getInputStream().readAllBytes(), US_ASCII))
                    .as("the late call goes on")
                    .startsWith("HTTP/1.1 200");
        }
        await().until(() -> guard.overdue() == 0);
        assertThat(guard.inFlight()).isZero();
    }
}
