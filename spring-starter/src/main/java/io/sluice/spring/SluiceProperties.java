package io.sluice.spring;

import io.sluice.Bound;
import io.sluice.Limit;
import io.sluice.Room;
import io.sluice.Signer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.web.util.pattern.PathPattern;
import org.springframework.web.util.pattern.PathPatternParser;

/**
 * The configuration under {@code sluice}.
 *
 * @param backend where state is kept: in this process, or in Redis, shared by all gateways
 * @param redis where Redis is, if that is the backend
 * @param secret the secret that signs tickets and passes: at least 16 bytes, the same on every gateway. Without one,
 *     tickets end with the process
 * @param limits rate limits by name. The limit per-user (10/1s by principal) exists by default
 * @param rooms waiting rooms by name
 * @param guards guards by name
 * @param filters which limits, rooms and guards protect which paths, where no gateway's routes name them
 * @param filterOrder the order of sluice.filters among other filters. By default after Spring Security's (-100, or
 *     spring.security.filter.order), which knows the principal; in front of them, they act before a password is checked
 * @param trustedProxies addresses and networks of the proxies whose X-Forwarded-For is trusted
 * @param rateLimitHeaders which headers report the state of limits
 * @param waitingRoom the settings common to all rooms
 * @param pages the pages that people read
 */
@ConfigurationProperties("sluice")
public record SluiceProperties(
        @DefaultValue("local") BackendType backend,
        @DefaultValue RedisProperties redis,
        @Nullable String secret,
        @DefaultValue Map<String, LimitProperties> limits,
        @DefaultValue Map<String, RoomProperties> rooms,
        @DefaultValue Map<String, GuardProperties> guards,
        @DefaultValue List<FilterProperties> filters,
        @DefaultValue("-90") int filterOrder,
        @DefaultValue List<String> trustedProxies,
        @DefaultValue("draft") RateLimitHeaders rateLimitHeaders,
        @DefaultValue WaitingRoomProperties waitingRoom,
        @DefaultValue PagesProperties pages) {

    static final String PER_USER = "per-user";

    /** A lower status is not final. */
    private static final int LOWEST_STATUS = 200;

    private static final int HIGHEST_STATUS = 599;

    private static final Set<Integer> STATUSES_WITHOUT_BODY = Set.of(204, 205, 304);

    /** The key that is the authenticated principal. */
    static final String PRINCIPAL = "principal";

    /** The key that is the client's address. */
    static final String ADDRESS = "address";

    private static final Set<String> LIMITS_BY_DEFAULT =
            Stream.concat(Stream.of(PER_USER), LimitsOnJoins.NAMES.stream()).collect(Collectors.toUnmodifiableSet());

    public SluiceProperties {
        limits = Names.meant(limits, LIMITS_BY_DEFAULT);
        rooms = Names.meant(rooms, Set.of());
        guards = Names.meant(guards, Set.of());
    }

    /** Where state is kept. */
    public enum BackendType {
        /** In this process. */
        LOCAL,
        /** In Redis, with {@code io.sluice:sluice-redis}. */
        REDIS
    }

    /**
     * Where Redis is.
     *
     * @param uri the URI of Redis, such as redis://host:6379, rediss://user:password@host:6380 or
     *     redis-sentinel://host1:26379,host2:26379/0#mymaster
     * @param cluster URIs of some nodes of a cluster, in place of uri
     * @param timeout how long a decision may wait for Redis
     * @param keyPrefix the prefix of all keys
     */
    public record RedisProperties(
            @Nullable String uri,
            @DefaultValue List<String> cluster,
            @DefaultValue("50ms") Duration timeout,
            @DefaultValue("sluice") String keyPrefix) {

        /** Leaves out users and passwords. */
        @Override
        public String toString() {
            return "RedisProperties[uri=" + (uri == null ? null : RedisAddress.withoutCredentials(uri)) + ", cluster="
                    + new RedisAddress(cluster, true) + ", timeout=" + timeout + ", keyPrefix=" + keyPrefix + "]";
        }
    }

    /** The headers that report the state of limits. */
    public enum RateLimitHeaders {
        /** {@code RateLimit} and {@code RateLimit-Policy}, as in the IETF's draft. */
        DRAFT,
        /** {@code X-RateLimit-Limit}, {@code -Remaining} and {@code -Reset}, of the limit nearest to refusing. */
        LEGACY,
        /** Both. */
        BOTH,
        /** None. */
        NONE
    }

    /** What happens to a request without a key. */
    public enum Anonymous {
        /** Its address is its key. */
        BY_ADDRESS,
        /** All requests without a key share one. */
        SHARED,
        /** It is answered with 403. */
        REFUSE
    }

    /**
     * A rate limit.
     *
     * @param rate permits and period, such as {@code 10/1s}; several bandwidths separated by commas
     * @param burst how many permits fit at once; by default those of one period. Only for a single bandwidth
     * @param key who is counted: principal, header:NAME, cookie:NAME, query:NAME, path:NAME, spel:EXPRESSION, address,
     *     or the name of a KeyResolver bean
     * @param anonymous what happens to a request without a key
     * @param onOutage who decides while the store is away
     * @param maxKeys how many callers in debt the local backend keeps records for
     * @param shadow whether to decide, count and mark without refusing
     */
    public record LimitProperties(
            @Nullable String rate,
            @Nullable Long burst,
            @DefaultValue("principal") String key,
            @DefaultValue("by-address") Anonymous anonymous,
            @DefaultValue("local-share") Limit.OnOutage onOutage,
            @DefaultValue("100000") int maxKeys,
            @DefaultValue("false") boolean shadow) {

        Limit toLimit(String name) {
            return Limit.named(name)
                    .rate(rateAndBurst())
                    .onOutage(onOutage)
                    .maxKeys(maxKeys)
                    .build();
        }

        private String rateAndBurst() {
            String text = required("rate", rate, "10/1s");
            if (burst == null) {
                return text;
            }
            if (text.contains(",") || text.contains("burst")) {
                throw new IllegalArgumentException("burst is " + burst + ", and rate is \"" + text
                        + "\": write the burst of each bandwidth into the rate, such as \"10/1s burst 20, 300/1m burst"
                        + " 50\"");
            }
            return text + " burst " + burst;
        }

        /**
         * Returns these properties with the given values; null leaves one as it is. A new rate replaces the burst too.
         */
        LimitProperties with(@Nullable String newRate, @Nullable Long newBurst, @Nullable Boolean newShadow) {
            return new LimitProperties(
                    newRate == null ? rate : newRate,
                    newBurst != null || newRate != null ? newBurst : burst,
                    key,
                    anonymous,
                    onOutage,
                    maxKeys,
                    newShadow == null ? shadow : newShadow);
        }

        /** Tells whether callers are principals, who are known without a request. */
        boolean countsPrincipals() {
            return key.equals(PRINCIPAL);
        }

        LimitProperties by(String newKey) {
            return new LimitProperties(rate, burst, newKey, anonymous, onOutage, maxKeys, shadow);
        }

        String text() {
            return text(" by " + key);
        }

        /** Returns the text of a limit that annotations declare: their own keys count, where they have some. */
        String declaredText() {
            return text("");
        }

        private String text(String byWhat) {
            return rate + (burst == null ? "" : " burst " + burst) + byWhat + ", without a key " + word(anonymous)
                    + ", on outage " + word(onOutage) + shadowText(shadow);
        }
    }

    /**
     * A waiting room; see {@link Room} for what each value means.
     *
     * @param capacity how many visitors may be inside at once
     * @param stay how long a visitor may stay
     * @param renewable whether a request from inside starts the stay anew
     * @param claimWithin how long a called visitor may take to enter
     * @param patience how long a silent visitor still counts as waiting
     * @param enterWait how long entering may be held until a place is free
     * @param mode the mode in which the room starts
     * @param key who the visitor is if there is no principal; by default a random id in the cookie
     * @param shadow whether to decide, count and mark without refusing
     */
    public record RoomProperties(
            @Nullable Integer capacity,
            @DefaultValue("5m") Duration stay,
            @DefaultValue("false") boolean renewable,
            @DefaultValue("60s") Duration claimWithin,
            @DefaultValue("60s") Duration patience,
            @DefaultValue("10s") Duration enterWait,
            @DefaultValue("open") Room.Mode mode,
            @Nullable String key,
            @DefaultValue("false") boolean shadow) {

        Room toRoom(String name, Duration refresh) {
            return Room.named(name)
                    .capacity(required("capacity", capacity, "500"))
                    .stay(stay)
                    .renewable(renewable)
                    .claimWithin(claimWithin)
                    .patience(patience)
                    .enterWait(enterWait)
                    .refresh(refresh)
                    .mode(mode)
                    .build();
        }

        RoomProperties withShadow(boolean value) {
            return new RoomProperties(capacity, stay, renewable, claimWithin, patience, enterWait, mode, key, value);
        }

        /** Tells whether these properties differ from an open room's policy in nothing but capacity and mode. */
        boolean differsOnlyInWhatIsLive(Room open) {
            Room changed = toRoom(open.name(), open.refresh());
            return open.equals(changed.toBuilder()
                    .capacity(open.capacity())
                    .mode(open.mode())
                    .build());
        }

        String text() {
            return capacity + " inside for " + DurationStyle.SIMPLE.print(stay) + (renewable ? " (renewable)" : "")
                    + " by " + visitors() + ", mode " + word(mode) + shadowText(shadow);
        }

        /** Returns who a visitor is: the principal, else whom the key names, else whoever brings the cookie. */
        private String visitors() {
            if (key == null || key.equals(PRINCIPAL)) {
                return "principal or cookie";
            }
            return key.equals(ADDRESS) ? "principal or address" : "principal, " + key + " or cookie";
        }
    }

    /**
     * A guard.
     *
     * @param limit how many calls may have a turn at once, over all gateways
     * @param maxWait how long a call may wait for its turn
     * @param maxWaiting how many calls may wait
     * @param maxHold how long a call keeps its turn while others wait, 1s to 24h; 0 to keep it until the call ends
     * @param key the key of the callers whom the turns go round, as for a limit; the address for a call without a key
     * @param shadow whether to decide, count and mark without holding or refusing
     */
    public record GuardProperties(
            @Nullable Integer limit,
            @DefaultValue("10s") Duration maxWait,
            @DefaultValue("10000") int maxWaiting,
            @DefaultValue("0s") Duration maxHold,
            @DefaultValue("principal") String key,
            @DefaultValue("false") boolean shadow) {

        Bound toBound(String name) {
            return Bound.named(name)
                    .limit(required("limit", limit, "4"))
                    .maxWait(maxWait)
                    .maxWaiting(maxWaiting)
                    .maxHold(maxHold)
                    .build();
        }

        /** Returns these properties with the given values; null leaves a value as it is. */
        GuardProperties with(
                @Nullable Integer newLimit,
                @Nullable Duration newMaxWait,
                @Nullable Integer newMaxWaiting,
                @Nullable Duration newMaxHold,
                @Nullable Boolean newShadow) {
            return new GuardProperties(
                    newLimit == null ? limit : newLimit,
                    newMaxWait == null ? maxWait : newMaxWait,
                    newMaxWaiting == null ? maxWaiting : newMaxWaiting,
                    newMaxHold == null ? maxHold : newMaxHold,
                    key,
                    newShadow == null ? shadow : newShadow);
        }

        String text() {
            return limit + " at once, others wait up to " + DurationStyle.SIMPLE.print(maxWait) + " by " + key
                    + (maxHold.isZero()
                            ? ""
                            : ", turns held for " + DurationStyle.SIMPLE.print(maxHold) + " go to them")
                    + shadowText(shadow);
        }
    }

    /**
     * The protection of a path. Every filter whose path and method match applies, in the order in which they are
     * written. Within one filter the limit comes first, then the room, then the guard.
     *
     * @param path a path pattern as in Spring's mappings (PathPattern), such as /orders/**
     * @param methods the methods of the requests it applies to, GET including HEAD; by default all
     * @param limit the name of a limit
     * @param permits how many permits of the limit a request costs
     * @param room the name of a waiting room
     * @param guard the name of a guard
     */
    public record FilterProperties(
            @Nullable String path,
            @DefaultValue List<String> methods,
            @Nullable String limit,
            @DefaultValue("1") long permits,
            @Nullable String room,
            @Nullable String guard) {

        String text() {
            List<String> parts = new ArrayList<>();
            parts.add(methods.isEmpty() ? String.valueOf(path) : String.join(",", methods) + ' ' + path);
            if (limit != null) {
                parts.add("limit " + limit + (permits == 1 ? "" : " (" + permits + " permits)"));
            }
            if (room != null) {
                parts.add("room " + room);
            }
            if (guard != null) {
                parts.add("guard " + guard);
            }
            return String.join(", ", parts);
        }

        private FilterProperties checked(SluiceProperties all) {
            if (limit != null) {
                requireLimit(all.allLimits(), limit, permits);
            }
            if (room != null) {
                all.requireRoom(room);
            }
            if (guard != null) {
                all.requireGuard(guard);
            }
            toEntry(Gate.OPEN);
            return this;
        }

        PathGates.Entry toEntry(Gate gate) {
            if (limit == null && room == null && guard == null) {
                throw new IllegalArgumentException("Expected limit, room or guard, for example: limit: " + PER_USER);
            }
            PathPatternParser parser = PathPatternParser.defaultInstance;
            // As in Spring's mappings, a path begins with a slash even if it is written without one.
            PathPattern pattern = parser.parse(parser.initFullPathPattern(required("path", path, "/orders/**")));
            return new PathGates.Entry(pattern, PathGates.methods(methods), gate);
        }
    }

    /**
     * The settings common to all rooms.
     *
     * @param path the path of the endpoints
     * @param refresh how often a gateway asks how far the queues have moved
     * @param pageStatus the status of the waiting page
     * @param apiStatus the status of the answer to a client that does not want a page
     * @param releaseHeader the response header with which the service says that the visitor is done
     * @param secureCookies which of the rooms' cookies browsers send over HTTPS only
     */
    public record WaitingRoomProperties(
            @DefaultValue("/queue") String path,
            @DefaultValue("200ms") Duration refresh,
            @DefaultValue("202") int pageStatus,
            @DefaultValue("429") int apiStatus,
            @DefaultValue("Sluice-Release") String releaseHeader,
            @DefaultValue("auto") SecureCookies secureCookies) {

        /** Tells whether the cookie of a call is for HTTPS alone. */
        boolean secure(GatedCall call) {
            return switch (secureCookies) {
                case AUTO -> call.secure();
                case ALWAYS -> true;
                case NEVER -> false;
            };
        }

        /** Returns these properties if they can be used. */
        WaitingRoomProperties checked() {
            if (!path.startsWith("/") || path.endsWith("/") || path.contains("//")) {
                throw new IllegalArgumentException("path is \"" + path
                        + "\", but it begins with a slash and does not end with one, such as /queue");
            }
            checkStatus("page-status", pageStatus);
            checkStatus("api-status", apiStatus);
            return this;
        }

        /** Returns these properties, with the values that only a restart changes as they were at start. */
        WaitingRoomProperties asStarted(WaitingRoomProperties started) {
            return new WaitingRoomProperties(
                    started.path, started.refresh, pageStatus, apiStatus, releaseHeader, secureCookies);
        }

        private static void checkStatus(String property, int status) {
            if (status < LOWEST_STATUS || status > HIGHEST_STATUS) {
                throw new IllegalArgumentException(property + " is " + status + ", but a status lies between "
                        + LOWEST_STATUS + " and " + HIGHEST_STATUS);
            }
            if (STATUSES_WITHOUT_BODY.contains(status)) {
                throw new IllegalArgumentException(
                        property + " is " + status + ", but an answer with it has no body, and so no page or document");
            }
        }
    }

    /** Which cookies are {@code Secure} and have the prefix {@code __Host-}. */
    public enum SecureCookies {
        /** All but those of calls to localhost by plain HTTP, as far as this application sees. */
        AUTO,
        /** All: for applications behind a proxy that takes HTTPS calls and passes them on to localhost. */
        ALWAYS,
        /** None: for a rehearsal by plain HTTP, whose clients would drop them. */
        NEVER
    }

    /**
     * The pages that people read.
     *
     * @param location the folder of files that replace the built-in ones: waiting.html, refusal.html, style.css,
     *     messages.properties, messages_fr.properties and so on
     * @param language the language for readers of none of the available ones
     */
    public record PagesProperties(
            @DefaultValue("classpath:/sluice/") String location,
            @DefaultValue("en") Locale language) {

        String folder() {
            return location.endsWith("/") ? location : location + "/";
        }
    }

    static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String shadowText(boolean shadow) {
        return shadow ? ", shadow: refuses nothing" : "";
    }

    private static <T> T required(String property, @Nullable T value, String example) {
        if (value == null) {
            throw new SluiceConfigurationException(
                    property + " is not set; for example: " + property + ": " + example, "Set it.");
        }
        return value;
    }

    /** Leaves out the secret, and users and passwords of Redis. */
    @Override
    public String toString() {
        return "SluiceProperties[backend=" + backend + ", redis=" + redis + ", secret="
                + (secret == null ? null : "***") + ", limits=" + limits + ", rooms=" + rooms + ", guards=" + guards
                + ", filters=" + filters + ", filterOrder=" + filterOrder + ", trustedProxies=" + trustedProxies
                + ", rateLimitHeaders=" + rateLimitHeaders + ", waitingRoom=" + waitingRoom + ", pages=" + pages + "]";
    }

    /**
     * Returns the signer of tickets and passes; null without a secret.
     *
     * @throws SluiceConfigurationException if the secret cannot be used
     */
    @Nullable
    Signer signer() {
        String text = secret;
        return text == null || text.isEmpty()
                ? null
                : SluiceConfigurationException.under("sluice.secret", () -> Signer.of(text));
    }

    /**
     * Checks that each filter can be used, and that what it names exists.
     *
     * @throws SluiceConfigurationException if not; the message names the filter
     */
    void checkFilters() {
        for (int i = 0; i < filters.size(); i++) {
            FilterProperties filter = filters.get(i);
            SluiceConfigurationException.under("sluice.filters[" + i + "]", () -> filter.checked(this));
        }
    }

    /** @throws IllegalArgumentException if there is no such room */
    void requireRoom(String name) {
        named("room", rooms, name);
    }

    /** @throws IllegalArgumentException if there is no such guard */
    void requireGuard(String name) {
        named("guard", guards, name);
    }

    /**
     * Returns the limit of this name.
     *
     * @throws IllegalArgumentException if there is none, or if it never grants one call so many permits
     */
    static LimitProperties requireLimit(Map<String, LimitProperties> limits, String name, long permits) {
        LimitProperties limit = named("limit", limits, name);
        LimitGate.checkPermits(limit.toLimit(name), permits);
        return limit;
    }

    /** Returns the value of this name, or fails with a list of the existing names. */
    static <T> T named(String kind, Map<String, T> there, String name) {
        T named = there.get(name);
        if (named == null) {
            throw new SluiceConfigurationException(
                    "There is no " + kind + " \"" + name + "\". Configured under sluice." + kind + "s: "
                            + (there.isEmpty() ? "none" : String.join(", ", there.keySet())),
                    "Add sluice." + kind + "s." + name + ", or name one that is there.");
        }
        return named;
    }

    /** Returns the limits as written, and those that exist by default. */
    Map<String, LimitProperties> allLimits() {
        Map<String, LimitProperties> all = new LinkedHashMap<>();
        all.put(PER_USER, limit("10/1s", PRINCIPAL));
        all.putAll(limits);
        if (!rooms.isEmpty()) {
            LimitsOnJoins.addTo(all);
        }
        return all;
    }

    /** Returns a limit of this rate and key, with the defaults for the rest. */
    static LimitProperties limit(String rate, String key) {
        return new LimitProperties(rate, null, key, Anonymous.BY_ADDRESS, Limit.OnOutage.LOCAL_SHARE, 100_000, false);
    }
}
