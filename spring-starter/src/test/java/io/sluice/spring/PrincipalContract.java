package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** With Spring Security the callers are its principals, the same on both web stacks, over a real port. */
abstract class PrincipalContract {

    static final UserDetails ANN =
            User.withUsername("ann").password("{noop}ann").build();
    static final UserDetails BOB =
            User.withUsername("bob").password("{noop}bob").build();

    private final ManualTime time = new ManualTime();
    private final LocalBackend backend = LocalBackend.create(time);
    private final HttpClient client = HttpClient.newHttpClient();
    private final Map<String, String> properties = new LinkedHashMap<>(Map.of(
            "sluice.secret", "a secret of the tests, long enough",
            "sluice.limits.per-user.rate", "1/1s",
            "sluice.rooms.sale.capacity", "1",
            "sluice.filters[0].path", "/filtered",
            "sluice.filters[0].limit", "per-user"));
    private @Nullable App app;

    abstract WebApplicationType type();

    abstract Class<?> application();

    @RestController
    static class Shop {

        private final Warehouse warehouse;

        Shop(Warehouse warehouse) {
            this.warehouse = warehouse;
        }

        @GetMapping("/filtered")
        String filtered() {
            return "done";
        }

        @GetMapping("/annotated")
        @RateLimited
        String annotated() {
            return "done";
        }

        @GetMapping("/open")
        @RateLimited
        String open() {
            return "done";
        }

        @GetMapping("/expression")
        @RateLimited(value = "by-initial", rate = "1/1s", key = "#principal.substring(0, 1)")
        String expression() {
            return "done";
        }

        @GetMapping("/bean")
        Mono<String> bean() {
            return warehouse.count();
        }

        @GetMapping("/room")
        @WaitingRoomRequired("sale")
        String room() {
            return "inside";
        }

        @GetMapping("/room/bean")
        Mono<String> roomOfBean() {
            return warehouse.look();
        }
    }

    static class Warehouse {

        @RateLimited
        Mono<String> count() {
            return Mono.just("done");
        }

        @WaitingRoomRequired("sale")
        Mono<String> look() {
            return Mono.just("inside");
        }
    }

    @AfterEach
    void close() {
        if (app != null) {
            app.close();
        }
        backend.close();
    }

    private HttpRequest.Builder to(String path) {
        if (app == null) {
            app = App.start(type(), application(), properties, backend, new Service());
        }
        return HttpRequest.newBuilder(app.uri().resolve(path)).timeout(Duration.ofSeconds(20));
    }

    private HttpRequest.Builder to(String path, String user) {
        String credentials = Base64.getEncoder().encodeToString((user + ':' + user).getBytes(StandardCharsets.UTF_8));
        return to(path).header("Authorization", "Basic " + credentials);
    }

    private HttpResponse<String> get(String path, String user) {
        return send(to(path, user));
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/filtered", "/annotated", "/expression", "/bean"})
    void eachPrincipalHasALimitOfItsOwn(String path) {
        assertThat(get(path, "ann").statusCode()).isEqualTo(200);
        assertThat(get(path, "bob").statusCode()).isEqualTo(200);
        assertThat(get(path, "ann").statusCode()).isEqualTo(429);
        time.advance(Duration.ofSeconds(1));
        assertThat(get(path, "ann").statusCode()).isEqualTo(200);
    }

    @Test
    void aPrincipalIsOneCallerOverHttpAndInACallOfABean() {
        assertThat(get("/annotated", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/bean", "ann").statusCode()).isEqualTo(429);
        assertThat(get("/bean", "bob").statusCode()).isEqualTo(200);
    }

    @Test
    void aPrincipalIsOneVisitorOverHttpAndInACallOfABean() {
        assertThat(get("/room", "ann").statusCode()).isEqualTo(200);
        assertThat(get("/room/bean", "ann").body()).isEqualTo("inside");
        HttpResponse<String> waits = get("/room/bean", "bob");
        assertThat(waits.statusCode()).isEqualTo(429);
        assertThat(waits.headers().firstValue("Set-Cookie"))
                .hasValueSatisfying(cookie -> assertThat(cookie).startsWith("sluice-sale="));
    }

    @Test
    void whoIsNotKnownDoesNotGetAsFarAsALimit() {
        assertThat(get("/annotated", "eve").statusCode()).isEqualTo(401);
    }

    @Test
    void whoeverIsAnonymousIsCountedByAddress() {
        properties.put("sluice.trusted-proxies", "127.0.0.1");
        assertThat(anonymous("203.0.113.7")).isEqualTo(200);
        assertThat(anonymous("203.0.113.8")).isEqualTo(200);
        assertThat(anonymous("203.0.113.7")).isEqualTo(429);
    }

    private int anonymous(String address) {
        return send(to("/open").header("X-Forwarded-For", address)).statusCode();
    }

    @Test
    void aRoomHasItsWayInThroughSpringSecurity() {
        assertThat(get("/room", "ann").statusCode()).isEqualTo(200);
        HttpResponse<String> joined =
                send(to("/queue/enqueue").POST(HttpRequest.BodyPublishers.ofString("{\"eventId\":\"sale\"}")));
        assertThat(joined.statusCode()).isEqualTo(201);
        String ticket =
                JsonMapper.shared().readTree(joined.body()).get("ticketId").stringValue();
        assertThat(send(to("/queue/status?ticketId=" + ticket)).statusCode()).isEqualTo(200);
        assertThat(send(to("/queue/tickets/" + ticket).DELETE()).statusCode()).isEqualTo(204);
        assertThat(send(to("/room")).statusCode()).isEqualTo(401);
    }

    @Test
    void passwordsAreCheckedBeforeFilters() {
        limitAttempts();
        assertThat(get("/room", "eve").statusCode()).isEqualTo(401);
        assertThat(get("/room", "eve").statusCode()).isEqualTo(401);
    }

    @Test
    void passwordsAreCheckedBehindFiltersWhereConfigured() {
        limitAttempts();
        properties.put("sluice.filter-order", "-110");
        assertThat(get("/room", "eve").statusCode()).isEqualTo(401);
        assertThat(get("/room", "eve").statusCode()).isEqualTo(429);
        assertThat(get("/annotated", "ann").statusCode())
                .as("annotations know the principal all the same")
                .isEqualTo(200);
        assertThat(get("/annotated", "bob").statusCode()).isEqualTo(200);
        assertThat(get("/annotated", "ann").statusCode()).isEqualTo(429);
    }

    private void limitAttempts() {
        properties.put("sluice.limits.attempts.rate", "1/1m");
        properties.put("sluice.limits.attempts.key", "address");
        properties.put("sluice.filters[1].path", "/room");
        properties.put("sluice.filters[1].limit", "attempts");
    }
}
