package io.sluice.spring;

import io.sluice.Backend;
import io.sluice.Guard;
import io.sluice.LocalBackend;
import io.sluice.RateLimiter;
import io.sluice.Signer;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All limits, rooms and guards, by their configured names. The adapters to the web stacks ask here and have no rules
 * of their own. A gate is the same object as long as the application runs; a live change replaces its definition.
 */
final class HttpGate {

    private static final Logger log = LoggerFactory.getLogger(HttpGate.class);

    /** Lets every call pass, but keeps what it was charged: its password is checked next, whatever refuses it then. */
    private static final Gate KEEP_CHARGES = new Gate() {
        @Override
        public CompletionStage<Optional<HttpAnswer>> enter(GatedCall call) {
            Passage passage = Passage.of(call);
            return passage.once(this, () -> {
                passage.charges().keep();
                return PASS;
            });
        }
    };

    private final Backend backend;
    private final Signer signer;
    private final LiveSettings settings;
    private final KeyResolvers keys;
    private final GateObserver observer;
    private final Duration storeCall;
    private final Hold atOnce;
    private final boolean isBeforeSecurity;

    private final Map<String, LimitGate> limits = new ConcurrentSkipListMap<>();
    private final Map<String, RoomGate> rooms = new ConcurrentSkipListMap<>();
    private final Map<String, GuardGate> guards = new ConcurrentSkipListMap<>();

    /** The limits that the start had. Others may be in force by now. Guarded by this. */
    private final LimitsAtStart atStart;

    HttpGate(
            SluiceProperties properties,
            Backend backend,
            Signer signer,
            Map<String, KeyResolver> keyResolvers,
            GateObserver observer,
            SecurityOrder security) {
        this.backend = observer.backend(backend);
        this.signer = signer;
        this.settings = new LiveSettings(HttpSettings.of(properties));
        this.keys = new KeyResolvers(keyResolvers, settings);
        this.observer = observer;
        this.storeCall = backend instanceof LocalBackend
                ? Duration.ZERO
                : properties.redis().timeout();
        this.atOnce = Hold.forAtMost(storeCall, backend.time());
        this.isBeforeSecurity = security.isBehind(properties.filterOrder());
        this.atStart = new LimitsAtStart(properties);
        each("limits", properties.allLimits(), this::addLimit);
        each("rooms", properties.rooms(), this::addRoom);
        each("guards", properties.guards(), this::addGuard);
        properties.checkFilters();
        settings.replace(settings.now().withFilters(filters(properties.filters())));
    }

    /** Returns the gate of these filters. They must have been checked, and what they name must exist. */
    Gate filters(List<SluiceProperties.FilterProperties> filters) {
        List<PathGates.Entry> entries = new ArrayList<>();
        for (SluiceProperties.FilterProperties filter : filters) {
            log.info("Filter {}: {}", entries.size(), filter.text());
            entries.add(entry(filter));
        }
        Gate all = PathGates.of(entries);
        return isBeforeSecurity && all != Gate.OPEN ? Gate.inOrder(List.of(all, KEEP_CHARGES)) : all;
    }

    private PathGates.Entry entry(SluiceProperties.FilterProperties filter) {
        List<Gate> gates = new ArrayList<>();
        if (filter.limit() != null) {
            gates.add(limit(filter.limit()).costing(filter.permits()));
        }
        if (filter.room() != null) {
            gates.add(outsideTheQueue(room(filter.room())));
        }
        if (filter.guard() != null) {
            gates.add(outsideTheQueue(guard(filter.guard())));
        }
        return filter.toEntry(Gate.inOrder(gates));
    }

    /** Exempts the waiting-room endpoints from a gate: visitors must reach them without being inside. */
    private Gate outsideTheQueue(Gate gate) {
        Gate outside = PathGates.except(
                QueueEndpoints.methods(settings.now().waitingRoom().path()), gate);
        return call -> (hasRooms() ? outside : gate).enter(call);
    }

    /** Tells whether there is a room, and so its endpoints. Without a room, their paths are not Sluice's. */
    boolean hasRooms() {
        return !rooms.isEmpty();
    }

    /** Returns how long one call of the store may take; zero if the store is in this process. */
    Duration storeCall() {
        return storeCall;
    }

    /** Returns the settings of requests besides limits, rooms and guards. */
    LiveSettings settings() {
        return settings;
    }

    /** Runs a step for each property, and names the property if one of its values is wrong. */
    static <P> void each(String kind, Map<String, P> properties, BiConsumer<String, P> step) {
        properties.forEach((name, value) ->
                SluiceConfigurationException.check("sluice." + kind + "." + name, () -> step.accept(name, value)));
    }

    void addLimit(String name, SluiceProperties.LimitProperties properties) {
        addLimit(name, properties, properties.text());
    }

    private void addLimit(String name, SluiceProperties.LimitProperties properties, String text) {
        LimitGate.Definition definition = new LimitGate.Definition(
                RateLimiter.of(properties.toLimit(name), backend), limitKey(name, properties), properties);
        limits.put(name, new LimitGate(definition, settings, observer));
        log.info("Limit {}: {}", name, text);
    }

    /** Returns the key of a limit with these properties. */
    KeyResolver limitKey(String name, SluiceProperties.LimitProperties properties) {
        KeyResolver key = keys.parse("sluice.limits." + name + ".key", LimitsOnJoins.keyOf(name, properties));
        return keys.orElse(key, properties.anonymous());
    }

    void addRoom(String name, SluiceProperties.RoomProperties properties) {
        RoomGate.Definition definition = new RoomGate.Definition(
                keys.parseOrNull("sluice.rooms." + name + ".key", properties.key()), properties);
        Duration refresh = settings.now().waitingRoom().refresh();
        WaitingRoom room = WaitingRoom.of(properties.toRoom(name, refresh), backend, signer);
        LimitsOnJoins joins = LimitsOnJoins.of(this::limit);
        LimitsOnJoins inShadow = LimitsOnJoins.inShadow(this::limit);
        rooms.put(name, new RoomGate(room, definition, joins, inShadow, settings, atOnce, observer));
        log.info("Room {}: {}", name, properties.text());
    }

    void addGuard(String name, SluiceProperties.GuardProperties properties) {
        GuardGate.Definition definition = new GuardGate.Definition(guardKey(name, properties), properties);
        guards.put(name, new GuardGate(Guard.of(properties.toBound(name), backend), definition, settings, observer));
        log.info("Guard {}: {}", name, properties.text());
    }

    /** Returns the key of a guard with these properties. */
    KeyResolver guardKey(String name, SluiceProperties.GuardProperties properties) {
        KeyResolver key = keys.parse("sluice.guards." + name + ".key", properties.key());
        return keys.orElse(key, SluiceProperties.Anonymous.BY_ADDRESS);
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

    /** Returns the resolvers of keys. */
    KeyResolvers keys() {
        return keys;
    }

    LimitGate limit(String name) {
        return SluiceProperties.named("limit", limits, name);
    }

    /**
     * Returns the limit of this name that an annotation declares with this rate. A configured limit takes precedence.
     *
     * @throws IllegalArgumentException if it is declared with another rate elsewhere, or the rate cannot be read
     */
    synchronized LimitGate declaredLimit(String name, String rate) {
        SluiceProperties.LimitProperties declared = atStart.declare(name, rate);
        if (!limits.containsKey(name)) {
            addLimit(name, declared, declared.declaredText());
        }
        return limit(name);
    }

    RoomGate room(String name) {
        return SluiceProperties.named("room", rooms, name);
    }

    GuardGate guard(String name) {
        return SluiceProperties.named("guard", guards, name);
    }

    /** Returns the answer to a request in which a call of a bean was refused. */
    HttpAnswer refusal(GatedCall call, RefusedException refused) {
        Passage.of(call).isRefused();
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
            if (gate.room().isTokenOfThisRoom(token)) {
                return gate;
            }
        }
        return null;
    }
}
