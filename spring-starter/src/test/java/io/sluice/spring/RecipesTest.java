package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.redis.RedisServer;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;

/** The configurations of docs/recipes.md start as they are printed, and do what the page says. */
class RecipesTest {

    private static final Pattern RECIPE =
            Pattern.compile("^## ([^\\n]+)\\n.*?^```yaml\\n(.*?)^```", Pattern.MULTILINE | Pattern.DOTALL);

    private final Upstream upstream = new Upstream();
    private final RedisServer redis = RedisServer.start();
    private final Map<String, String> recipes = recipes();
    private @Nullable App gateway;

    private static Map<String, String> recipes() {
        return RECIPE.matcher(PrintedYaml.page("docs/recipes.md"))
                .results()
                .collect(Collectors.toMap(
                        recipe -> recipe.group(1),
                        (MatchResult recipe) -> recipe.group(2),
                        (one, other) -> one,
                        LinkedHashMap::new));
    }

    private void start(String title) {
        stop();
        String yaml = Objects.requireNonNull(recipes.get(title), title)
                .replace("http://shop:8080", upstream.uri().toString())
                .replace("10.0.0.0/8", "127.0.0.0/8");
        Map<String, String> properties = PrintedYaml.properties(yaml);
        properties.put("REDIS_URI", redis.uri());
        properties.put("PARTNER_KEYS", "k-1|k-2");
        gateway = App.start(WebApplicationType.REACTIVE, App.Empty.class, properties, null, new Service());
    }

    @AfterEach
    void close() {
        stop();
        upstream.close();
        redis.close();
    }

    private void stop() {
        if (gateway != null) {
            gateway.close();
        }
    }

    private HttpResponse<String> send(String method, String path, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        Objects.requireNonNull(gateway).uri().resolve(path))
                .method(method, HttpRequest.BodyPublishers.noBody());
        return Http.send(headers.length == 0 ? request : request.headers(headers));
    }

    private static String policy(HttpResponse<?> response) {
        return response.headers().firstValue("RateLimit-Policy").orElse("none");
    }

    @Test
    void allStart() {
        assertThat(recipes).hasSize(6);
        recipes.keySet().forEach(this::start);
    }

    @Test
    void aPlanHasItsOwnLimit() {
        start("A limit per plan");
        assertThat(policy(send("GET", "/api/1", "Authorization", "ann", "X-Plan", "gold")))
                .startsWith("\"gold\"");
        assertThat(policy(send("GET", "/api/1", "Authorization", "ann"))).startsWith("\"free\"");
    }

    @Test
    void aLoginIsRefusedAfterFiveInARow() {
        start("Protect a login");
        List<Integer> answers = IntStream.range(0, 6)
                .mapToObj(i -> send("POST", "/auth/login").statusCode())
                .toList();
        assertThat(answers).containsExactly(200, 200, 200, 200, 200, 429);
    }

    @Test
    void aLoginDoesNotWaitForWhoeverIsSlowToSendTheirs() throws IOException {
        start("Protect a login");
        List<Socket> slow = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                slow.add(sendingTheBeginningOfALogin());
            }
            assertThat(send("POST", "/auth/login").statusCode()).isEqualTo(200);
        } finally {
            for (Socket socket : slow) {
                socket.close();
            }
        }
    }

    private Socket sendingTheBeginningOfALogin() throws IOException {
        URI uri = Objects.requireNonNull(gateway).uri();
        Socket socket = new Socket(uri.getHost(), uri.getPort());
        socket.getOutputStream()
                .write("POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nu"
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    void aSaleShowsBrowsersTheWaitingPage() {
        start("A flash sale");
        HttpResponse<String> page = send("GET", "/sale/1", "Accept", "text/html");
        assertThat(page.statusCode()).isEqualTo(202);
        assertThat(page.body()).contains("You are in the queue").contains("\"hiddenPollMs\":60000");
    }

    @Test
    void aSaleTakesInACrowdThatComesThroughALoadBalancer() {
        start("A flash sale");
        assertThat(IntStream.range(0, 120)
                        .map(i -> send("GET", "/sale/1", "Accept", "text/html", "X-Forwarded-For", "203.0.113." + i)
                                .statusCode()))
                .containsOnly(202);
    }

    @Test
    void anAppIsKnownByItsAuthorization() {
        start("An API for apps");
        assertThat(send("GET", "/orders/1").statusCode()).isEqualTo(403);
        assertThat(send("GET", "/orders/1", "Authorization", "ann").headers().firstValue("Sluice-Pass"))
                .isPresent();
    }

    @Test
    void aPartnerPassesByTheRoom() {
        start("Partners pass by");
        HttpResponse<String> partner = send("GET", "/orders/1", "X-Partner-Key", "k-2");
        assertThat(policy(partner)).startsWith("\"partner\"");
        assertThat(partner.headers().firstValue("Sluice-Pass")).isEmpty();
        assertThat(send("GET", "/orders/1", "X-Partner-Key", "k-22").headers().firstValue("Sluice-Pass"))
                .as("everybody")
                .isPresent();
    }
}
