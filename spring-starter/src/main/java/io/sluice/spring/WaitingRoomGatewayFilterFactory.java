package io.sluice.spring;

import java.util.List;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.factory.AbstractGatewayFilterFactory;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** {@code WaitingRoom=event-1}: only visitors who are inside pass. */
final class WaitingRoomGatewayFilterFactory
        extends AbstractGatewayFilterFactory<WaitingRoomGatewayFilterFactory.Config> {

    private final HttpGate gate;

    WaitingRoomGatewayFilterFactory(HttpGate gate) {
        super(Config.class);
        this.gate = gate;
    }

    @Override
    public List<String> shortcutFieldOrder() {
        return List.of("room");
    }

    @Override
    public GatewayFilter apply(Config config) {
        RoomGate room = gate.room(config.room);
        return (exchange, chain) -> WebFluxCall.of(exchange)
                .flatMap(call -> call.unlessAnswered(room.enter(call), inside -> {
                    inside.getResponse().beforeCommit(() -> releaseIfTold(room, call));
                    return chain.filter(inside);
                }));
    }

    private static Mono<Void> releaseIfTold(RoomGate room, WebFluxCall call) {
        ServerWebExchange exchange = call.exchange();
        ServerHttpResponse response = exchange.getResponse();
        if (!"true".equalsIgnoreCase(response.getHeaders().getFirst(room.releaseHeader()))) {
            return Mono.empty();
        }
        response.getHeaders().remove(room.releaseHeader());
        return Mono.fromCompletionStage(() -> room.release(call));
    }

    /** What the filter is told. */
    public static class Config {
        private String room = "";

        /** Sets the name of the room. */
        public void setRoom(String room) {
            this.room = room;
        }
    }
}
