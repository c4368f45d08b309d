package io.sluice.spring;

import io.sluice.Backend;
import io.sluice.Guard;
import io.sluice.Limit;
import io.sluice.RateLimiter;
import io.sluice.Signer;
import io.sluice.WaitingRoom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that is protected, by the names users gave it. Each adapter to a web stack asks here and holds no rule of
 * its own.
 */
final class HttpGate {

    /** Where the adapters' filters stand among others: behind Spring Security's (-100), which knows the principal. */
    static final int FRAME_ORDER = -90;

    private static final Logger log = LoggerFactory.getLogger(HttpGate.class);

    private final Backend backend;
    private final KeyResolvers keys;
    private final Pages pages;
    private final Map<String, LimitGate> limits;
    private final Set<String> configured;
    private final SluiceProperties.RateLimitHeaders rateLimitHeaders;
    private final Map<String, RoomGate> rooms;
    private final Map<String, GuardGate> guards;
    private final Gate filters;
    private final String releaseHeader;

    HttpGate(SluiceProperties properties, Backend backend, Signer signer, KeyResolvers keys) {
        SluiceProperties.WaitingRoomProperties http = properties.waitingRoom();
        releaseHeader = http.releaseHeader();
        this.backend = backend;
        this.keys = keys;
        rateLimitHeaders = properties.rateLimitHeaders();
        pages = new Pages(properties.pages(), http.path());
        limits = Collections.synchronizedMap(each("limits", properties.allLimits(), this::limitGate));
        configured = Set.copyOf(limits.keySet());
        rooms = each(
                "rooms",
                properties.rooms(),
                (name, room) -> new RoomGate(
                        WaitingRoom.of(room.toRoom(name, http.refresh()), backend, signer),
                        room.key() == null ? null : keys.parse("sluice.rooms." + name + ".key", room.key()),
                        limit(SluiceProperties.JOINS).costing(1),
                        http,
                        pages));
        guards = each(
                "guards",
                properties.guards(),
                (name, guard) -> new GuardGate(
                        Guard.of(guard.toBound(name), backend),
                        keys.orElse(
                                keys.parse("sluice.guards." + name + ".key", guard.key()),
                                SluiceProperties.Anonymous.BY_ADDRESS),
                        pages));
        filters = filters(properties.filters());
        limits.values().forEach(gate -> log.info("{}", gate.limit()));
        rooms.values().forEach(gate -> log.info("{}", gate.room().room()));
        guards.values().forEach(gate -> log.info("{}", gate.guard().bound()));
    }

    private LimitGate limitGate(String name, SluiceProperties.LimitProperties limit) {
        return new LimitGate(
                RateLimiter.of(limit.toLimit(name), backend),
                keys.orElse(keys.parse("sluice.limits." + name + ".key", limit.key()), limit.anonymous()),
                limit,
                rateLimitHeaders,
                pages);
    }

    private static <P, G> Map<String, G> each(String kind, Map<String, P> properties, BiFunction<String, P, G> gate) {
        Map<String, G> gates = new LinkedHashMap<>();
        properties.forEach((name, value) -> {
            try {
                gates.put(name, gate.apply(name, value));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("sluice." + kind + "." + name + ": " + e.getMessage(), e);
            }
        });
        return gates;
    }

    private Gate filters(List<SluiceProperties.FilterProperties> properties) {
        List<PathGates.Entry> entries = new ArrayList<>();
        for (int i = 0; i < properties.size(); i++) {
            try {
                entries.add(entry(properties.get(i)));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("sluice.filters[" + i + "]: " + e.getMessage(), e);
            }
        }
        return PathGates.of(entries);
    }

    private PathGates.Entry entry(SluiceProperties.FilterProperties filter) {
        List<Gate> gates = new ArrayList<>();
        if (filter.limit() != null) {
            gates.add(limit(filter.limit()).costing(filter.permits()));
        }
        if (filter.room() != null) {
            gates.add(room(filter.room()));
        }
        if (filter.guard() != null) {
            gates.add(guard(filter.guard()));
        }
        return filter.toEntry(Gate.inOrder(gates));
    }

    /** Returns who can be told apart how. */
    KeyResolvers keys() {
        return keys;
    }

    /** Returns the filters of {@code sluice.filters}. */
    Gate filters() {
        return filters;
    }

    LimitGate limit(String name) {
        return named("limit", limits, name);
    }

    /**
     * Returns the limit of that name, which is declared in place with this rate. What is configured takes its place.
     *
     * @throws IllegalArgumentException if it is declared with another rate elsewhere, or the rate cannot be read
     */
    synchronized LimitGate declaredLimit(String name, String rate) {
        LimitGate known = limits.get(name);
        if (known == null) {
            known = limitGate(name, SluiceProperties.limit(rate, SluiceProperties.PRINCIPAL));
            limits.put(name, known);
            log.info("{}", known.limit());
        } else if (!configured.contains(name) && !known.limit().equals(Limit.parse(name, rate))) {
            throw new IllegalArgumentException("another annotation declares the limit \"" + name + "\" with the rate "
                    + known.limit().bandwidths() + ", this one with " + rate);
        }
        return known;
    }

    RoomGate room(String name) {
        return named("room", rooms, name);
    }

    GuardGate guard(String name) {
        return named("guard", guards, name);
    }

    /** Returns what is answered to a request in which a call of a bean was refused. */
    HttpAnswer refusal(HttpCall call, RefusedException refused) {
        return switch (refused.by()) {
            case LIMIT -> limit(refused.name()).refusal(call, refused);
            case ROOM -> room(refused.name()).refusal(call, refused);
            case GUARD -> guard(refused.name()).refusal(call, refused.retryAfter());
        };
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

    /** Returns the name of the response header with which whatever is behind the gates says that a visitor is done. */
    String releaseHeader() {
        return releaseHeader;
    }

    private static <G> G named(String kind, Map<String, G> gates, String name) {
        G gate = gates.get(name);
        if (gate == null) {
            throw new IllegalArgumentException("There is no " + kind + " \"" + name + "\". Configured under sluice."
                    + kind + "s: " + (gates.isEmpty() ? "none" : String.join(", ", gates.keySet())));
        }
        return gate;
    }
}
