package io.sluice.redis;

import io.github.bucket4j.BucketConfiguration;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.cluster.RedisClusterClient;
import io.sluice.Backend;
import io.sluice.Bound;
import io.sluice.FairQueue;
import io.sluice.GuardStore;
import io.sluice.Limit;
import io.sluice.LimitStore;
import io.sluice.LocalBackend;
import io.sluice.Room;
import io.sluice.RoomStore;
import io.sluice.TimeSource;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The backend that keeps state in Redis, so that all gateways share it. Needs Redis 6.2 or later: standalone, behind
 * Sentinel, or a cluster. Safe for use by many threads.
 *
 * <pre>{@code
 * Backend backend = RedisBackend.connect("redis://localhost:6379");
 * Backend backend = RedisBackend.builder()
 *         .cluster("rediss://user:password@redis-1:6379", "rediss://user:password@redis-2:6379")
 *         .secret(System.getenv("SLUICE_SECRET"))
 *         .build();
 * }</pre>
 *
 * <p><b>Limits.</b> A decision takes at most one call of Redis; decisions that arrive while calls are in flight go
 * out together. {@link Limit#onOutage} decides if Redis does not answer within the
 * {@linkplain Builder#decisionTimeout deadline}, and always while Redis is known not to answer. Decisions complete on
 * an I/O thread of the connection or on a timer thread, so the code that follows them must not block, not even on
 * another decision of this backend.
 *
 * <p><b>Guards.</b> A guard's bound is divided among the live gateways, at least 1 for each.
 *
 * <p><b>Rooms.</b> A decision takes one call of Redis; a waiting visitor's poll takes none. While Redis does not
 * answer within the deadline, a visitor who joins gets a ticket that is numbered afterwards, and {@code enter} fails.
 * If Redis has lost the room, the gateways tell it who waits and who is inside: tickets and passes stay good.
 */
public final class RedisBackend implements Backend {

    private final Connector connector;
    private final TimeSource time;
    private final LocalBackend local;
    private final StoreTime storeTime;
    private final Gateways gateways;
    private final Shared shared;
    private final LongAdder outageDecisions = new LongAdder();

    private final List<Breaker> roomBreakers = new CopyOnWriteArrayList<>();

    // Guarded by this.
    private final Map<String, Entry> limits = new HashMap<>();
    private final Map<String, RedisRoom> rooms = new HashMap<>();
    private final Map<String, FairQueue> guards = new HashMap<>();
    private boolean closed;

    private record Entry(Limit limit, LimitStore store) {}

    private RedisBackend(Builder builder, Connector connector, Link link) {
        this.connector = connector;
        // Its timer runs deadlines, probes and heartbeats.
        local = LocalBackend.create();
        storeTime = new StoreTime(builder.machineTime == null ? local.time() : builder.machineTime);
        time = builder.controlledTime == null ? storeTime : builder.controlledTime;
        gateways = new Gateways(
                link,
                local.time(),
                builder.keyPrefix,
                builder.callers.fingerprint(),
                this::holdsMore,
                this::divideGuards);
        OutageLogs outages = new OutageLogs(link.isCluster(), local.time(), builder.decisionTimeout);
        shared = new Shared(
                link,
                time,
                local.time(),
                builder.controlledTime != null,
                builder.decisionTimeout,
                builder.keyPrefix,
                builder.callers,
                breakers(link, outages, local.time(), builder),
                outages,
                gateways,
                outageDecisions);
    }

    /** Returns one breaker for all keys, or on a cluster one for each tag. */
    private static List<Breaker> breakers(Link link, OutageLogs outages, TimeSource timer, Builder builder) {
        return IntStream.range(0, link.isCluster() ? LimitKeys.TAGS : 1)
                .mapToObj(tag -> LimitKeys.tagged(builder.keyPrefix, tag))
                .map(keysBeginWith -> Breaker.of(keysBeginWith, link, outages, timer, builder.decisionTimeout))
                .toList();
    }

    /**
     * Finds out whether Redis accepts writes. On a cluster some masters may be away; their callers begin in the
     * outage. All tags are tried without a cluster, too, and also in one call, because of a cluster node that is
     * taken for a lone Redis. It refuses the slots of other nodes or, if it has all slots, two slots in one call.
     */
    private void start() {
        List<String> keys = IntStream.range(0, LimitKeys.TAGS)
                .mapToObj(tag -> LimitKeys.tagged(shared.keyPrefix(), tag) + Breaker.PROBE_KEY)
                .toList();
        if (!shared.link().isCluster()) {
            Connector.await(Connector.soon(shared.link().readTogether(keys)));
        }
        List<CompletableFuture<String>> probes = keys.stream()
                .map(key -> Connector.soon(shared.link().probe(key)))
                .toList();
        CompletableFuture<Long> heartbeat = Connector.soon(gateways.start(storeTime::set));
        Map<Integer, RuntimeException> failures = new TreeMap<>();
        for (int tag = 0; tag < LimitKeys.TAGS; tag++) {
            try {
                Connector.await(probes.get(tag));
            } catch (RuntimeException e) {
                failures.put(tag, e);
            }
        }
        if (failures.isEmpty()) {
            Connector.await(heartbeat);
        } else if (!shared.link().isCluster() || failures.size() == LimitKeys.TAGS) {
            throw failures.values().iterator().next();
        }
        failures.forEach((tag, failure) -> shared.breakers().get(tag).open(failure));
    }

    /**
     * Connects to one Redis, or to the master behind Sentinels. Blocks until connected or refused.
     *
     * @param uri such as {@code redis://localhost:6379}, {@code rediss://user:password@host:6380/0} for TLS, or
     *     {@code redis-sentinel://host1:26379,host2:26379/0#mymaster}
     * @throws IllegalArgumentException if the URI cannot be read
     * @throws IllegalStateException if Redis cannot be reached or cannot be used; the message says what to do
     */
    public static RedisBackend connect(String uri) {
        return builder().uri(uri).build();
    }

    /** Starts a backend. One of {@code uri}, {@code cluster} and {@code client} is required. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * {@inheritDoc}
     *
     * <p>The limit's rate is kept in whole microseconds per permit, rounded up. The first limit with a {@linkplain
     * Limit#configuration Bucket4j configuration} opens a connection, for which this method blocks.
     *
     * @throws IllegalArgumentException also if that rounding would lose more than 1 % of the rate
     * @throws IllegalStateException also if that connection cannot be made; the message says what to do, and a later
     *     call tries again
     */
    @Override
    public LimitStore limit(Limit limit) {
        Entry entry = entry(limit.name());
        if (entry == null) {
            // Not under the lock: the first limit that Bucket4j decides opens a connection.
            Entry created = new Entry(limit, newStore(limit));
            synchronized (this) {
                checkOpen();
                entry = limits.computeIfAbsent(limit.name(), unused -> created);
            }
        }
        if (!entry.limit.equals(limit)) {
            throw new IllegalArgumentException("\"" + limit.name() + "\" is in use on this backend as " + entry.limit
                    + ". Give " + limit + " another name or another backend");
        }
        return entry.store;
    }

    private synchronized @Nullable Entry entry(String limitName) {
        checkOpen();
        return limits.get(limitName);
    }

    private LimitStore newStore(Limit limit) {
        BucketConfiguration configuration = limit.configuration();
        if (configuration == null) {
            return new RedisLimit(limit, shared);
        }
        try {
            return new BucketLimit(limit, configuration, shared);
        } catch (RedisException e) {
            throw connector.unusable(e);
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Other gateways go on deciding by their own definition until they redefine the limit, too.
     *
     * @throws IllegalArgumentException if rounding to whole microseconds would lose more than 1 % of the rate
     */
    @Override
    public LimitStore redefine(Limit limit) {
        Entry present = entry(limit.name());
        if (present != null && present.limit.equals(limit)) {
            return present.store;
        }
        Entry created = new Entry(limit, newStore(limit));
        synchronized (this) {
            checkOpen();
            limits.put(limit.name(), created);
        }
        return created.store;
    }

    @Override
    public synchronized RoomStore room(Room room) {
        checkOpen();
        RedisRoom store = rooms.computeIfAbsent(room.name(), unused -> newRoom(room));
        if (!store.policy().equals(room)) {
            throw new IllegalArgumentException(
                    "This backend has another room of that name: " + store.policy() + ", but asked for was " + room);
        }
        return store;
    }

    private RedisRoom newRoom(Room room) {
        Breaker breaker = shared.breaker(RoomCalls.keysBegin(shared.keyPrefix(), room));
        roomBreakers.add(breaker);
        return new RedisRoom(room, shared, breaker);
    }

    /**
     * {@inheritDoc}
     *
     * <p>The bound is divided among the live gateways, the remainder too, and each has at least 1. A gateway that
     * starts is counted within a second. A gateway that ends is no longer counted after three seconds, or six if it
     * did not close its backend.
     */
    @Override
    public synchronized GuardStore guard(Bound bound) {
        checkOpen();
        FairQueue queue = guards.get(bound.name());
        if (queue == null) {
            queue = new FairQueue(bound, time);
            divide(queue, gateways.census());
            guards.put(bound.name(), queue);
        }
        if (!queue.bound().equals(bound)) {
            throw new IllegalArgumentException(
                    "This backend has another guard of that name: " + queue.bound() + ", but asked for was " + bound);
        }
        return queue;
    }

    private void divideGuards() {
        // A copy: a larger share lets callers in, whose code must not run under the lock.
        List<FairQueue> queues;
        synchronized (this) {
            queues = List.copyOf(guards.values());
        }
        for (FairQueue queue : queues) {
            divide(queue, gateways.census());
        }
    }

    private synchronized boolean holdsMore() {
        return guards.values().stream().anyMatch(queue -> queue.inFlight() > queue.share());
    }

    private static void divide(FairQueue queue, Counts.Census census) {
        queue.divideAmong(census.live(), census.rank());
    }

    @Override
    public TimeSource time() {
        return time;
    }

    /**
     * Returns whether no breaker is open: on a cluster, false as soon as one master does not answer calls of a limit
     * or a room.
     */
    @Override
    public boolean isAvailable() {
        return Stream.concat(shared.breakers().stream(), roomBreakers.stream()).noneMatch(Breaker::isOpen);
    }

    /** Returns how many gateways live, this one included, as last known. */
    @Override
    public int gateways() {
        return gateways.live();
    }

    /**
     * Returns how many live gateways have another {@linkplain Builder#secret secret} than this one, as last known.
     * Should be 0: an error in the log says so once a minute while it is not. Gateways without a secret do not count.
     */
    public int gatewaysWithAnotherSecret() {
        return gateways.withAnotherSecret();
    }

    /** Returns how many decisions {@link Limit#onOutage} has made on this backend because Redis did not in time. */
    public long outageDecisions() {
        return outageDecisions.sum();
    }

    /**
     * Returns what became of a room each time Redis had lost something, as last known.
     *
     * @param room the room's name
     * @throws IllegalArgumentException if this backend has no such room
     */
    public synchronized Recovery recovery(String room) {
        RedisRoom store = rooms.get(room);
        if (store == null) {
            throw new IllegalArgumentException(
                    "There is no room \"" + room + "\" on this backend, but: " + rooms.keySet());
        }
        return store.recovery();
    }

    @Override
    public Runnable whenClosed(Runnable action) {
        return local.whenClosed(action);
    }

    /**
     * {@inheritDoc} Blocks for up to half a second to tell the other gateways, and for up to 4 s more to close the
     * connections of a client that this backend has made.
     */
    @Override
    public void close() {
        List<FairQueue> queues;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            queues = List.copyOf(guards.values());
            rooms.values().forEach(RedisRoom::close);
        }
        queues.forEach(FairQueue::close);
        shared.outages().close();
        try {
            gateways.leave();
            shared.link().close();
        } finally {
            local.close();
        }
    }

    private synchronized void checkOpen() {
        if (closed) {
            throw new IllegalStateException("This backend is closed");
        }
    }

    /**
     * What became of a room each time Redis had lost something. Counts since the room began.
     *
     * @param losses how often Redis was found to have lost something
     * @param numberedLater visitors who joined while Redis was away, and got their numbers afterwards
     * @param doubled visitors who ended up with two numbers; each kept one
     * @param recalled numbers called again because no gateway knew whether they had been used
     * @param overfull the most by which the places that gateways brought back have exceeded the capacity, including
     *     those above a capacity that was lowered before
     */
    public record Recovery(long losses, long numberedLater, long doubled, long recalled, long overfull) {
        static final Recovery NONE = new Recovery(0, 0, 0, 0, 0);
    }

    /** Collects the properties of a {@link RedisBackend}. Not for use by several threads. */
    public static final class Builder {

        private static final Pattern KEY_PREFIX = Pattern.compile("[A-Za-z0-9._:-]{1,64}");
        private static final Duration LONGEST_TIMEOUT = Duration.ofSeconds(10);

        private @Nullable Connector connector;
        private String clientName = "sluice";
        private String keyPrefix = "sluice";
        private Duration decisionTimeout = Duration.ofMillis(50);
        private CallerKeys callers = new CallerKeys(null);
        private @Nullable TimeSource controlledTime;
        private @Nullable TimeSource machineTime;

        private Builder() {}

        /**
         * Uses one Redis, or the master behind Sentinels; see {@link RedisBackend#connect}.
         *
         * @throws IllegalArgumentException if the URI cannot be read
         */
        public Builder uri(String uri) {
            return from(Connector.to(Objects.requireNonNull(uri, "uri")));
        }

        /**
         * Uses a Redis cluster.
         *
         * @param uris some of its nodes; the others are discovered
         * @throws IllegalArgumentException if there is none or one cannot be read
         */
        public Builder cluster(String... uris) {
            for (String uri : Objects.requireNonNull(uris, "uris")) {
                Objects.requireNonNull(uri, "uri");
            }
            return from(Connector.toCluster(List.of(uris)));
        }

        /**
         * Uses the given client, which stays open when the backend closes. It must have a URI, and its own options
         * apply. Recommended are {@code DisconnectedBehavior.REJECT_COMMANDS}, so that nobody waits for a dead
         * connection; a {@code replayFilter} that drops everything, so that no call counts twice; and a
         * {@code reconnectDelay} of at most a quarter of a second.
         */
        public Builder client(RedisClient client) {
            return from(Connector.of(Objects.requireNonNull(client, "client")));
        }

        /** Uses the given cluster client; see {@link #client(RedisClient)}. */
        public Builder client(RedisClusterClient client) {
            return from(Connector.of(Objects.requireNonNull(client, "client")));
        }

        private Builder from(Connector connector) {
            if (this.connector != null) {
                throw new IllegalStateException("A backend has one Redis: use one of uri, cluster and client, once");
            }
            this.connector = connector;
            return this;
        }

        /** Sets the name of the connections in Redis, unless a URI or a given client has one. Default "sluice". */
        public Builder clientName(String name) {
            clientName = Objects.requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets the prefix of all keys. Gateways share state if they have the same prefix. Default "sluice".
         *
         * @param prefix 1 to 64 characters of {@code A-Z a-z 0-9 . _ : -}
         * @throws IllegalArgumentException if out of range
         */
        public Builder keyPrefix(String prefix) {
            if (!KEY_PREFIX.matcher(Objects.requireNonNull(prefix, "prefix")).matches()) {
                throw new IllegalArgumentException(
                        "A keyPrefix is 1 to 64 characters of A-Z a-z 0-9 . _ : -, but it was \"" + prefix + "\"");
            }
            keyPrefix = prefix;
            return this;
        }

        /**
         * Sets how long a decision waits for Redis before the limit's {@link Limit#onOutage} makes it. Default 50 ms.
         *
         * @param timeout 1 ms to 10 s
         * @throws IllegalArgumentException if out of range
         */
        public Builder decisionTimeout(Duration timeout) {
            Objects.requireNonNull(timeout, "timeout");
            if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(LONGEST_TIMEOUT) > 0) {
                throw new IllegalArgumentException(
                        "The decisionTimeout lies between 1 ms and " + LONGEST_TIMEOUT + ", but it was " + timeout);
            }
            decisionTimeout = timeout;
            return this;
        }

        /**
         * Sets the secret with which callers are hashed, the same on every gateway. Without a secret, anybody who
         * reads Redis can test whether a caller is known; the names themselves never reach Redis. Changing the secret
         * forgets all debts.
         *
         * @param secret at least 16 bytes of UTF-8
         * @throws IllegalArgumentException if it is shorter
         */
        public Builder secret(String secret) {
            callers = new CallerKeys(Objects.requireNonNull(secret, "secret"));
            return this;
        }

        /** Makes scripts use this time in place of Redis TIME; for tests. */
        Builder controlledTime(TimeSource time) {
            controlledTime = time;
            return this;
        }

        /** Makes the gateway use this as the machine's time; for tests of clocks that are wrong. */
        Builder machineTime(TimeSource time) {
            machineTime = time;
            return this;
        }

        /**
         * Connects. Blocks until connected or refused, some seconds at most. On a cluster one master that answers
         * suffices; the callers of the others begin in the outage.
         *
         * @throws IllegalStateException if no Redis was named, or it cannot be reached or used; the message says what
         *     to do
         */
        public RedisBackend build() {
            if (connector == null) {
                throw new IllegalStateException(
                        "Where is Redis? Use uri(\"redis://host:6379\"), cluster(…) or client(…)");
            }
            Link link = connector.open(clientName, decisionTimeout);
            RedisBackend backend = new RedisBackend(this, connector, link);
            try {
                backend.start();
                return backend;
            } catch (RuntimeException e) {
                backend.close();
                throw connector.unusable(e);
            }
        }
    }
}
