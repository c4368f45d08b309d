package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.http.server.reactive.ReactorHttpHandlerAdapter;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebHandler;
import org.springframework.web.server.adapter.WebHttpHandlerBuilder;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;

@Tag("webflux")
class EventLoopsTest {

    @Test
    void aRequestGoesOnAfterAWaitOnTheEventLoopThatBroughtIt() throws IOException, InterruptedException {
        List<String> threads = new ArrayList<>();
        WebHandler handler = exchange -> {
            threads.add(Thread.currentThread().getName());
            CompletableFuture<Optional<HttpAnswer>> answer = new CompletableFuture<>();
            // The event loop runs this only when it has left the request to wait.
            eventLoop(exchange).execute(() -> new Thread(() -> answer.complete(Optional.empty())).start());
            return WebFluxCall.through(call -> answer, exchange, () -> {
                threads.add(Thread.currentThread().getName());
                return Mono.empty();
            });
        };
        DisposableServer server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .handle(new ReactorHttpHandlerAdapter(
                        WebHttpHandlerBuilder.webHandler(handler).build()))
                .bindNow();
        try {
            URI uri = URI.create("http://127.0.0.1:" + server.port());
            HttpResponse<Void> response = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding());
            assertThat(response.statusCode()).isEqualTo(200);
        } finally {
            server.disposeNow();
        }
        assertThat(threads).hasSize(2).containsOnly(threads.get(0));
    }

    private static EventLoop eventLoop(ServerWebExchange exchange) {
        List<EventLoop> found = new ArrayList<>();
        HttpServerRequest request = ServerHttpRequestDecorator.getNativeRequest(exchange.getRequest());
        request.withConnection(connection -> found.add(connection.channel().eventLoop()));
        return found.get(0);
    }

    @Test
    void aRequestWithoutAServerGoesOnOnReactorsThreads() {
        MockServerWebExchange exchange = MockServerWebExchange.from(MockServerHttpRequest.get("/"));
        assertThat(EventLoops.of(exchange)).isSameAs(Schedulers.parallel());
    }
}
