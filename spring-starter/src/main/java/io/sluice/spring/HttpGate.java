package io.sluice.spring;

import io.sluice.Backend;
import io.sluice.Guard;
import io.sluice.RateLimiter;
import io.sluice.Signer;
import io.sluice.WaitingRoom;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that is protected, by the names users gave it. Each adapter to a web stack asks here and holds no rule of
 * its own. A gate is the same object as long as the application runs; a live change replaces what is in it.
 */
final class HttpGate {

    private static final Logger log = LoggerFactory.getLogger(HttpGate.class);

    private final Backend backend;
    private final Signer signer;
    private final KeyResolvers keys;
    private final SluiceProperties.WaitingRoomProperties http;
    private final GateObserver observer;

    private final Map<String, LimitGate> limits = new ConcurrentSkipListMap<>();
    private final Map<String, RoomGate> rooms = new ConcurrentSkipListMap<>();
    private final Map<String, GuardGate> guards = new ConcurrentSkipListMap<>();

    HttpGate(SluiceProperties properties, Backend backend, Signer signer, KeyResolvers keys, GateObserver observer) {
        this.backend = observer.backend(backend);
        this.signer = signer;
        this.keys = keys;
        this.http = properties.waitingRoom();
        this.observer = observer;
        each("limits", properties.allLimits(), this::addLimit);
        each("rooms", properties.rooms(), this::addRoom);
        each("guards", properties.guards(), this::addGuard);
    }

    /** Names the property in whatever is wrong with one of its values. */
    static <P> void each(String kind, Map<String, P> properties, BiConsumer<String, P> step) {
        properties.forEach((name, value) -> {
            try {
                step.accept(name, value);
            } catch (IllegalArgumentException e) {
                throw SluiceConfigurationException.at("sluice." + kind + "." + name, e);
            }
        });
    }

    void addLimit(String name, SluiceProperties.LimitProperties properties) {
        LimitGate.Definition definition = new LimitGate.Definition(
                RateLimiter.of(properties.toLimit(name), backend),
                keys.parse("sluice.limits." + name + ".key", properties.key()),
                properties);
        limits.put(name, new LimitGate(definition, observer));
        log.info("Limit {}: {}", name, properties.text());
    }

    void addRoom(String name, SluiceProperties.RoomProperties properties) {
        RoomGate.Definition definition = new RoomGate.Definition(
                keys.parseOrNull("sluice.rooms." + name + ".key", properties.key()), properties);
        WaitingRoom room = WaitingRoom.of(properties.toRoom(name, http.refresh()), backend, signer);
        rooms.put(name, new RoomGate(room, definition, http, observer));
        log.info("Room {}: {}", name, properties.text());
    }

    void addGuard(String name, SluiceProperties.GuardProperties properties) {
        GuardGate.Definition definition =
                new GuardGate.Definition(keys.parse("sluice.guards." + name + ".key", properties.key()), properties);
        guards.put(name, new GuardGate(Guard.of(properties.toBound(name), backend), definition, observer));
        log.info("Guard {}: {}", name, properties.text());
    }

    Map<String, LimitGate> limits() {
        return limits;
    }

    Map<String, RoomGate> rooms() {
        return rooms;
    }

    Map<String, GuardGate> guards() {
        return guards;
    }

    KeyResolvers keys() {
        return keys;
    }

    LimitGate limit(String name) {
        return named("limit", limits, name);
    }

    RoomGate room(String name) {
        return named("room", rooms, name);
    }

    GuardGate guard(String name) {
        return named("guard", guards, name);
    }

    /** Returns the room of that name, or null if there is none. */
    @Nullable
    RoomGate findRoom(String name) {
        return rooms.get(name);
    }

    /** Returns the room that a token claims to be of, or null if there is none. */
    @Nullable
    RoomGate findRoomOf(String token) {
        for (RoomGate gate : rooms.values()) {
            if (gate.room().claims(token)) {
                return gate;
            }
        }
        return null;
    }

    private static <G> G named(String kind, Map<String, G> gates, String name) {
        G gate = gates.get(name);
        if (gate == null) {
            throw new SluiceConfigurationException(
                    "There is no " + kind + " \"" + name + "\". Configured under sluice." + kind + "s: "
                            + (gates.isEmpty() ? "none" : String.join(", ", gates.keySet())),
                    "Add sluice." + kind + "s." + name + ", or name one that is there.");
        }
        return gate;
    }
}
