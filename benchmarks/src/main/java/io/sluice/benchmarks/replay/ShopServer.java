package io.sluice.benchmarks.replay;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/** The shop behind real HTTP on a free loopback port: one server plays the balancer and all pods. */
final class ShopServer implements AutoCloseable {

    private final ScheduledExecutorService modelThread;
    private final Timeline timeline;
    private final LoopResources loops;
    private final Shop shop;
    private final DisposableServer server;

    ShopServer(ShopModel model, PodShape shape, double compression, long originNanoTime, long seed, Failures failures) {
        modelThread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "shop-model");
            thread.setDaemon(true);
            return thread;
        });
        timeline = new CompressedTimeline(modelThread, compression, originNanoTime, failures);
        shop = new Shop(model, shape, timeline, new Random(seed));
        timeline.schedule(0, shop::start);
        loops = LoopResources.create("shop", 1, true);
        server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .runOn(loops)
                .handle(this::handle)
                .bindNow();
    }

    String uri() {
        return "http://127.0.0.1:" + server.port();
    }

    /** Asks the model on the model's own thread. */
    <T> T ask(Function<Shop, T> question) {
        return CompletableFuture.supplyAsync(() -> question.apply(shop), modelThread)
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    @Override
    public void close() {
        modelThread.shutdownNow();
        server.disposeNow(Duration.ofSeconds(5));
        loops.disposeLater(Duration.ZERO, Duration.ofSeconds(2)).block(Duration.ofSeconds(5));
    }

    private Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response) {
        return request.receive()
                .aggregate()
                .asString()
                .defaultIfEmpty("")
                .flatMap(body -> answer(read(request, body)))
                .flatMap(reply -> write(reply, response));
    }

    private Mono<ShopReply> answer(ShopRequest request) {
        return Mono.create(client -> timeline.schedule(0, () -> shop.handle(request, client::success)));
    }

    private static ShopRequest read(HttpServerRequest request, String body) {
        QueryStringDecoder address = new QueryStringDecoder(request.uri());
        Map<String, String> fields = new HashMap<>(Json.fields(body));
        for (Map.Entry<String, List<String>> parameter : address.parameters().entrySet()) {
            fields.put(parameter.getKey(), parameter.getValue().get(0));
        }
        String authorization = request.requestHeaders().get(HttpHeaderNames.AUTHORIZATION, "");
        String token = authorization.startsWith("Bearer ") ? authorization.substring("Bearer ".length()) : "";
        return new ShopRequest(request.method().name(), address.path(), token, fields);
    }

    private static Mono<Void> write(ShopReply reply, HttpServerResponse response) {
        response.status(reply.status()).header(HttpHeaderNames.CONTENT_TYPE, "application/json");
        if (reply.releasesPlace()) {
            response.header("Sluice-Release", "true");
        }
        return response.sendString(Mono.just(Json.object(reply.body()))).then();
    }
}
