package io.sluice.benchmarks.replay;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The gateways' configuration. An unprotected gateway and one with Sluice differ in these properties and in nothing
 * else. All durations are given as in the uncompressed test and divided by the compression here.
 */
final class GatewayProperties {

    static final int PERMITS_PER_SECOND = 10;
    static final int BURST = 10;
    /** Well before the client gives up after 30 s. */
    static final int LONGEST_HOLD_SECONDS = 25;
    /** Well above two for each user in the replay's first minute. */
    static final int JOINS_PER_MINUTE = 100_000;

    /** Sluice's own. */
    private static final int REJOINS_PER_MINUTE = 60;

    private static final String ROUTES = "spring.cloud.gateway.server.webflux.routes";
    private static final String LIMIT = "RateLimited=per-user";
    private static final String CALLS = "Guard=shop-calls";
    private static final String ROOM = "WaitingRoom=" + Journey.EVENT;

    private final double compression;
    private final Map<String, Object> properties = new LinkedHashMap<>();
    private int routes;

    private GatewayProperties(double compression) {
        this.compression = compression;
        set("server.address", "127.0.0.1");
        set("server.port", 0);
        set("spring.main.web-application-type", "reactive");
        set("spring.main.banner-mode", "off");
        set("spring.main.register-shutdown-hook", false);
        set("spring.jmx.enabled", false);
        set("logging.level.root", "warn");
        // Warns of an annotation of Spring Cloud Gateway's own, once for each gateway.
        set("logging.level.org.hibernate.validator", "error");
    }

    /** Forwards every path to the shop as it is. */
    static Map<String, Object> unprotected(String shopUri) {
        GatewayProperties gateway = new GatewayProperties(1);
        gateway.route("shop", shopUri).predicate("Path=/**");
        return gateway.properties;
    }

    /**
     * Puts Sluice in front. A guard shapes logins; all other calls of a user are limited and have their own guard.
     * Buying takes a pass of the waiting room, whose endpoints ({@code /queue/**}) the gateway answers itself.
     *
     * @param bounds the guards' bounds
     * @param roomCapacity how many visitors may be inside at once
     */
    static Map<String, Object> guarded(String shopUri, GuardBounds bounds, int roomCapacity, double compression) {
        GatewayProperties gateway = new GatewayProperties(compression);
        // One secret, as gateways that share a room need it: a ticket of one gateway is good at all of them.
        gateway.set("sluice.secret", "replay-secret-0123456789-replay-secret-0123456789");
        gateway.set("sluice.limits.per-user.rate", PERMITS_PER_SECOND + "/" + gateway.duration(1));
        gateway.set("sluice.limits.per-user.burst", BURST);
        gateway.set("sluice.limits.per-user.key", "header:Authorization");
        String room = "sluice.rooms." + Journey.EVENT;
        gateway.set(room + ".capacity", roomCapacity);
        gateway.set(room + ".stay", gateway.duration(300));
        gateway.set(room + ".claim-within", gateway.duration(60));
        gateway.set(room + ".patience", gateway.duration(60));
        gateway.set(room + ".enter-wait", gateway.duration(LONGEST_HOLD_SECONDS));
        gateway.set(room + ".key", "header:Authorization");
        // All users come from one address.
        gateway.set("sluice.limits.waiting-room-keyed-joins.rate", JOINS_PER_MINUTE + "/" + gateway.duration(60));
        gateway.set("sluice.limits.waiting-room-rejoins.rate", REJOINS_PER_MINUTE + "/" + gateway.duration(60));
        gateway.set("sluice.guards.shop-login.limit", bounds.logins());
        gateway.set("sluice.guards.shop-login.max-wait", gateway.duration(LONGEST_HOLD_SECONDS));
        gateway.set("sluice.guards.shop-calls.limit", bounds.calls());
        gateway.set("sluice.guards.shop-calls.max-wait", gateway.duration(LONGEST_HOLD_SECONDS));
        gateway.set("sluice.guards.shop-calls.key", "header:Authorization");
        // Not 429, so that what the room refuses is told from what a limit refuses.
        gateway.set("sluice.waiting-room.api-status", 503);
        gateway.set("sluice.waiting-room.refresh", gateway.duration(0.2));
        gateway.route("login", shopUri).predicate("Path=/auth/login").filters("Guard=shop-login");
        gateway.route("order", shopUri).predicate("Path=/orders", "Method=POST").filters(LIMIT, ROOM, CALLS);
        gateway.route("pay", shopUri).predicate("Path=/payments/**").filters(LIMIT, ROOM, CALLS);
        gateway.route("look", shopUri).predicate("Path=/orders/{id},/events/**").filters(LIMIT, CALLS);
        return gateway.properties;
    }

    private Route route(String id, String shopUri) {
        String prefix = ROUTES + "[" + routes++ + "]";
        set(prefix + ".id", id);
        set(prefix + ".uri", shopUri);
        return new Route(prefix);
    }

    private String duration(double seconds) {
        return Math.round(seconds * 1_000 / compression) + "ms";
    }

    private void set(String name, Object value) {
        properties.put(name, value);
    }

    private final class Route {

        private final String prefix;

        Route(String prefix) {
            this.prefix = prefix;
        }

        Route predicate(String... predicates) {
            return setAll(".predicates[", predicates);
        }

        void filters(String... filters) {
            var unused = setAll(".filters[", filters);
        }

        private Route setAll(String list, String... values) {
            for (int i = 0; i < values.length; i++) {
                set(prefix + list + i + "]", values[i]);
            }
            return this;
        }
    }
}
