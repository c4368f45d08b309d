package io.sluice.spring;

import static org.springframework.cloud.gateway.support.GatewayToStringStyler.filterToStringCreator;

import java.util.List;
import org.springframework.cloud.gateway.filter.GatewayFilter;
import org.springframework.cloud.gateway.filter.factory.AbstractGatewayFilterFactory;

/**
 * The filter {@code WaitingRoom=event-1}: only visitors who are inside pass. A bean, for routes in Java:
 *
 * <pre>{@code
 * route.path("/orders/**").filters(f -> f.filter(waitingRoom.apply(at -> at.setRoom("event-1")))).uri(service)
 * }</pre>
 */
public final class WaitingRoomGatewayFilterFactory
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
        return new GateFilter(
                room, filterToStringCreator(this).append("room", config.room).toString());
    }

    /** The filter's arguments. */
    public static class Config {
        private String room = "";

        /** Sets the name of the room. */
        public void setRoom(String room) {
            this.room = room;
        }
    }
}
