package io.sluice.spring;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.RouterFunctions;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/** The waiting-room endpoints on Spring MVC. */
final class MvcQueueRoutes {

    private MvcQueueRoutes() {}

    static RouterFunction<ServerResponse> on(String path, QueueEndpoints endpoints) {
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
        return RouterFunctions.nest(request -> endpoints.areThere(), routes);
    }

    private static ServerResponse withBody(
            ServerRequest request, BiFunction<GatedCall, String, CompletionStage<HttpAnswer>> endpoint)
            throws IOException {
        byte[] bytes = request.servletRequest().getInputStream().readNBytes(QueueEndpoints.MOST_BYTES + 1);
        // Too large to be one of ours: treat it as any other text that is not the expected JSON.
        String body = bytes.length > QueueEndpoints.MOST_BYTES ? "" : new String(bytes, StandardCharsets.UTF_8);
        return answer(request, call -> endpoint.apply(call, body));
    }

    private static ServerResponse answer(
            ServerRequest request, Function<GatedCall, CompletionStage<HttpAnswer>> endpoint) {
        HttpServletRequest servletRequest = request.servletRequest();
        CompletableFuture<ServerResponse> response = endpoint.apply(ServletCall.of(servletRequest))
                .thenApply(MvcQueueRoutes::toResponse)
                .toCompletableFuture();
        // No time-out here: a wait to enter has the room's.
        return response.isDone() ? response.join() : ServerResponse.async(response, Duration.ZERO);
    }

    private static ServerResponse toResponse(HttpAnswer answer) {
        ServerResponse.BodyBuilder response = ServerResponse.status(answer.status());
        answer.headers().forEach((name, value) -> response.header(name, value));
        return answer.body().isEmpty() ? response.build() : response.body(answer.bodyBytes());
    }
}
