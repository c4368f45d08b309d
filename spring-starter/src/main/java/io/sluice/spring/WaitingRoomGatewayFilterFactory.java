package io.sluice.spring;

import java.util.List;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.factory.AbstractGatewayFilterFactory;

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
        Gate room = gate.room(config.room);
        return (exchange, chain) -> WebFluxCall.through(room, exchange, () -> chain.filter(exchange));
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
