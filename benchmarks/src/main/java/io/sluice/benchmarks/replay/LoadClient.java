package io.sluice.benchmarks.replay;

import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.timeout.ReadTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufMono;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/**
 * The load test's HTTP client: keep-alive, no cookies, no redirects, no retries, connect and response timeouts of
 * 30 s. One event loop does all of it, including the timing, so its objects need no locks.
 *
 * <p>It uses Reactor Netty's client, not the JDK's: on two cores the latter starts a thread for every answer, and the
 * CPU time of threads that end at once cannot be told apart from the gateways'.
 */
final class LoadClient implements AutoCloseable {

    static final long TIMEOUT_NANOS = Durations.seconds(30);
    private static final int MAX_CONNECTIONS = 20_000;

    private final LoopResources loops = LoopResources.create("client", 1, true);
    /**
     * Takes the connection that has rested longest. With the most recently used one, gateways on Reactor Netty 1.3.7
     * never answered a few polls of a protected arm: its server may stop reading from a kept connection whose next
     * request comes while another thread still completes the last answer (reactor-netty issue 4361). This build has
     * 1.3.8, in which that is corrected.
     */
    private final ConnectionProvider connections = ConnectionProvider.builder("client")
            .maxConnections(MAX_CONNECTIONS)
            .fifo()
            .build();

    private final List<HttpClient> gateways;
    private final EventLoop loop;
    private final Timeline timeline;

    LoadClient(List<String> gatewayUris, double compression, long originNanoTime, Failures failures) {
        Duration timeout = Duration.ofNanos((long) (TIMEOUT_NANOS / compression));
        HttpClient client = HttpClient.create(connections)
                .runOn(loops)
                .disableRetry(true)
                .followRedirect(false)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) timeout.toMillis())
                .responseTimeout(timeout);
        gateways = gatewayUris.stream().map(client::baseUrl).toList();
        loop = loops.onClient(true).next();
        timeline = new CompressedTimeline(loop, compression, originNanoTime, failures);
    }

    /** Returns the time of the client's event loop. */
    Timeline timeline() {
        return timeline;
    }

    /** Runs something on the client's event loop. */
    void execute(Runnable task) {
        timeline.schedule(0, task);
    }

    /** Returns what the client's event loop answers. */
    <T> T ask(Supplier<T> question) {
        return CompletableFuture.supplyAsync(question, loop)
                .orTimeout(60, TimeUnit.SECONDS)
                .join();
    }

    /** Sends a call through the gateway of this number, counted round. Never fails: a failure is an answer, too. */
    Mono<Answer> send(int gateway, Call call) {
        HttpClient.RequestSender request = gateways.get(gateway % gateways.size())
                .headers(headers -> addHeaders(headers, call))
                .request(HttpMethod.valueOf(call.method()))
                .uri(call.path());
        // One body of known length, not a stream: it goes out as one message with a Content-Length.
        HttpClient.ResponseReceiver<?> exchange =
                call.body().isEmpty() ? request : request.send(ByteBufMono.fromString(Mono.just(call.body())));
        return exchange.responseSingle((response, content) -> content.asString()
                        .defaultIfEmpty("")
                        .map(body -> new Answer(response.status().code(), body)))
                .onErrorResume(failure -> Mono.just(new Answer(statusOf(failure), "")));
    }

    private static void addHeaders(HttpHeaders headers, Call call) {
        headers.set(HttpHeaderNames.ACCEPT, "application/json");
        if (!call.token().isEmpty()) {
            headers.set(HttpHeaderNames.AUTHORIZATION, "Bearer " + call.token());
        }
        if (!call.body().isEmpty()) {
            headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        }
    }

    private static int statusOf(Throwable failure) {
        boolean timedOut = failure instanceof ReadTimeoutException || failure instanceof ConnectTimeoutException;
        return timedOut ? Answer.TIMED_OUT : Answer.BROKEN;
    }

    @Override
    public void close() {
        connections.disposeLater().block(Duration.ofSeconds(5));
        loops.disposeLater(Duration.ZERO, Duration.ofSeconds(2)).block(Duration.ofSeconds(5));
    }
}
