package io.sluice.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import io.sluice.Backend;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/** An application on a web stack, over a real port. The time of limits, rooms and guards is the test's. */
abstract class WebFixture {

    /** How often a room looks at its store. */
    static final Duration REFRESH = Duration.ofMillis(200);

    final WebStack stack;
    final Service service;
    final ManualTime time = new ManualTime();
    final LocalBackend backend = LocalBackend.create(time);
    final Map<String, String> properties = new LinkedHashMap<>();
    private @Nullable App app;

    WebFixture(WebStack stack) {
        this.stack = stack;
        this.service = stack.service;
        properties.put("sluice.secret", "a secret of the tests, long enough");
    }

    @AfterEach
    void close() {
        service.open();
        if (app != null) {
            app.close();
        }
        stack.close();
        backend.close();
    }

    void routed(String path, String... filters) {
        stack.route(properties, path, List.of(filters));
    }

    void started() {
        started(backend);
    }

    App started(Backend other) {
        App started = stack.start(properties, other);
        app = started;
        return started;
    }

    /** Returns the application; starts it if it is not. */
    App app() {
        return app == null ? started(backend) : app;
    }

    HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(uri().resolve(path)).timeout(Duration.ofSeconds(20));
    }

    HttpRequest.Builder to(String path, String user) {
        return to(path).header("Authorization", user);
    }

    URI uri() {
        return app().uri();
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        return Http.send(request);
    }

    CompletableFuture<HttpResponse<String>> sendAsync(HttpRequest.Builder request) {
        return Http.sendAsync(request);
    }

    /** Sends what the client of the JDK would not, and returns the answer with its head. */
    String sendRaw(String request) throws IOException {
        try (Socket socket = openWith(request)) {
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    /** Sends a request of a client that may hang up. */
    Socket openWith(String request) throws IOException {
        Socket socket = new Socket(uri().getHost(), uri().getPort());
        socket.getOutputStream().write(request.getBytes(UTF_8));
        return socket;
    }

    HttpResponse<String> get(String path, String user) {
        return send(to(path, user));
    }

    CompletableFuture<HttpResponse<String>> getAsync(String path, String user) {
        return sendAsync(to(path, user));
    }

    /** Sends a request, and returns once the service has it. */
    CompletableFuture<HttpResponse<String>> underWay(String path, String user) {
        int calls = service.calls().size();
        CompletableFuture<HttpResponse<String>> answer = getAsync(path, user);
        await().until(() -> service.calls().size() == calls + 1);
        return answer;
    }

    HttpResponse<String> post(String path, String user, String body) {
        return send(to(path, user).POST(HttpRequest.BodyPublishers.ofString(body)));
    }
}
