package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.Guard;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** A WebSocket on a servlet container. */
@Tag("servlet")
class ServletSocketTest extends WebContract {

    /** An application that opens WebSockets as Spring does, by a handler. */
    @Configuration(proxyBeanMethods = false)
    @Import(ServletTest.Application.class)
    static class WithWebSocket {

        @Bean
        Sockets sockets() {
            return new Sockets();
        }
    }

    @RestController
    static class Sockets {

        @RequestMapping("/socket")
        void open(HttpServletRequest request, HttpServletResponse response) throws Exception {
            ServerContainer container =
                    (ServerContainer) request.getServletContext().getAttribute(ServerContainer.class.getName());
            container.upgradeHttpToWebSocket(
                    request,
                    response,
                    ServerEndpointConfig.Builder.create(Greeting.class, "/socket")
                            .build(),
                    Map.of());
        }
    }

    /** Public, for the container makes it. */
    public static class Greeting extends Endpoint {

        @Override
        public void onOpen(Session session, EndpointConfig config) {
            try {
                session.getBasicRemote().sendText("welcome");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final Duration PATIENT = Duration.ofSeconds(10);

    private final List<WebSocket> sockets = new CopyOnWriteArrayList<>();

    ServletSocketTest() {
        super(new ServiceStack(WebApplicationType.SERVLET, WithWebSocket.class));
    }

    /** Opens one, and returns what it says first. */
    private CompletableFuture<String> opened() {
        CompletableFuture<String> said = new CompletableFuture<>();
        WebSocket.Listener listener = new WebSocket.Listener() {
            @Override
            public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
                said.complete(text.toString());
                return null;
            }
        };
        URI address = URI.create(uri().resolve("/socket").toString().replaceFirst("http", "ws"));
        return HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(address, listener)
                .thenCompose(socket -> {
                    sockets.add(socket);
                    return said;
                });
    }

    @AfterEach
    void abort() {
        sockets.forEach(WebSocket::abort);
    }

    private Guard guard() {
        return app().bean(HttpGate.class).guard("shop").guard();
    }

    @Test
    void givesItsTurnBackOnceItIsOpen() {
        routed("/socket", "Guard=shop");
        started();
        assertThat(opened()).succeedsWithin(PATIENT).isEqualTo("welcome");
        await().until(() -> guard().inFlight() == 0);
        assertThat(sockets).singleElement().matches(socket -> !socket.isInputClosed());
    }
}
