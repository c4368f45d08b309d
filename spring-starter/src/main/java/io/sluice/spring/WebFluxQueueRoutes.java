package io.sluice.spring;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.springframework.context.ApplicationContext;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferLimitException;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.web.reactive.function.server.RouterFunction;
import org.springframework.web.reactive.function.server.RouterFunctions;
import org.springframework.web.reactive.function.server.ServerRequest;
import org.springframework.web.reactive.function.server.ServerResponse;
import reactor.core.publisher.Mono;

/** The waiting-room endpoints on WebFlux. */
final class WebFluxQueueRoutes {

    private WebFluxQueueRoutes() {}

    /** @param context the application whose rooms these are */
    static RouterFunction<ServerResponse> on(String path, QueueEndpoints endpoints, ApplicationContext context) {
        RouterFunction<ServerResponse> routes = RouterFunctions.route()
                .POST(path + QueueEndpoints.ENQUEUE, request -> withBody(request, endpoints::enqueue))
                .GET(
                        path + QueueEndpoints.STATUS,
                        request -> answer(request, call -> endpoints.status(call.query("ticketId"))))
                .POST(path + QueueEndpoints.ENTER, request -> withBody(request, endpoints::enter))
                .DELETE(
                        path + QueueEndpoints.TICKET,
                        request -> answer(request, call -> endpoints.leave(request.pathVariable("ticketId"))))
                .build();
        return RouterFunctions.nest(
                request -> endpoints.areThere() && !WebFluxFrame.isOfAnother(request.exchange(), context), routes);
    }

    private static Mono<ServerResponse> withBody(
            ServerRequest request, BiFunction<GatedCall, String, CompletionStage<HttpAnswer>> endpoint) {
        return body(request).flatMap(body -> answer(request, call -> endpoint.apply(call, body)));
    }

    /** Does not use the application's codecs: they go by the type that the body claims, and have a limit of their own. */
    private static Mono<String> body(ServerRequest request) {
        return DataBufferUtils.join(request.exchange().getRequest().getBody(), QueueEndpoints.MOST_BYTES)
                .map(WebFluxQueueRoutes::text)
                // Too large to be one of ours: as unreadable as any other text that is not the expected JSON.
                .onErrorReturn(DataBufferLimitException.class, "")
                .defaultIfEmpty("");
    }

    private static String text(DataBuffer bytes) {
        String text = bytes.toString(StandardCharsets.UTF_8);
        DataBufferUtils.release(bytes);
        return text;
    }

    private static Mono<ServerResponse> answer(
            ServerRequest request, Function<GatedCall, CompletionStage<HttpAnswer>> endpoint) {
        return WebFluxCall.of(request.exchange())
                .flatMap(call -> ReactiveStages.mono(endpoint.apply(call), call::eventLoop))
                .flatMap(WebFluxQueueRoutes::toResponse);
    }

    private static Mono<ServerResponse> toResponse(HttpAnswer answer) {
        ServerResponse.BodyBuilder response = ServerResponse.status(answer.status());
        answer.headers().forEach((name, value) -> response.header(name, value));
        return answer.body().isEmpty() ? response.build() : response.bodyValue(answer.bodyBytes());
    }
}
