package io.sluice.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.ClientOptions.DisconnectedBehavior;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** Opens links to one Redis or to a cluster. Each link has its own client, unless the caller gave one. */
final class Connector {

    /*
     * Lettuce's defaults suit a cache: while disconnected it keeps commands and sends them later, it tries to
     * reconnect after up to 30 s, and after a reconnect it repeats what had no answer. A limiter wants the opposite:
     * to know at once that nobody answers, to be back within a second, and never to charge twice. Lettuce also ends
     * every command after the timeout of the URI. Commands of Sluice have deadlines of their own, which may be longer.
     *
     * A connection that stays silent for a second longer than any decision waits is given up; see SilenceWatch. Redis
     * may be busy or stopped for as long. Then connecting anew does no harm: nobody waits for the answers any more.
     *
     * Sentinels are asked one after the other, each time from the first. So one whose host is gone must not take long.
     * TCP repeats a request to connect after a second; the next attempt is sooner.
     */

    private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(500);

    /** For what comes after: a handshake, the answer of a Sentinel, the topology of a cluster. */
    private static final Duration LETTUCE_TIMEOUT = Duration.ofSeconds(2);

    private static final Duration START_TIMEOUT = Duration.ofSeconds(2);
    private static final Duration SILENCE_BEYOND_DEADLINE = Duration.ofSeconds(1);
    private static final Duration FIRST_RECONNECT_DELAY = Duration.ofMillis(20);
    private static final Duration LONGEST_RECONNECT_DELAY = Duration.ofMillis(250);
    private static final Duration TOPOLOGY_REFRESH = Duration.ofSeconds(15);
    private static final Duration LONGEST_SHUTDOWN = Duration.ofSeconds(2);

    private interface Opener {
        Link open(String clientName, Duration longestSilence, Shutdown shutdown);
    }

    private final String where;
    private final Opener opener;

    private Connector(String where, Opener opener) {
        this.where = where;
        this.opener = opener;
    }

    /** Closes what was opened for one link, the last first. */
    private static final class Shutdown implements Runnable {
        private final Deque<Runnable> steps = new ArrayDeque<>();

        @Override
        public void run() {
            steps.forEach(Runnable::run);
        }

        ClientResources register(ClientResources resources) {
            steps.push(() -> resources
                    .shutdown(0, LONGEST_SHUTDOWN.toMillis(), TimeUnit.MILLISECONDS)
                    .awaitUninterruptibly(LONGEST_SHUTDOWN.toMillis()));
            return resources;
        }

        <C extends AbstractRedisClient> C register(C client) {
            steps.push(() -> {
                try {
                    client.shutdownAsync()
                            .orTimeout(LONGEST_SHUTDOWN.toMillis(), TimeUnit.MILLISECONDS)
                            .join();
                } catch (CompletionException e) {
                    // Closing is best effort: what follows ends the threads anyway.
                }
            });
            return client;
        }
    }

    static Connector to(String uri) {
        return new Connector(parse(uri).toString(), (clientName, longestSilence, shutdown) -> {
            ClientResources resources = shutdown.register(newResources(longestSilence));
            RedisClient client = shutdown.register(RedisClient.create(resources, complete(parse(uri), clientName)));
            client.setOptions(options(ClientOptions.builder()).build());
            return Link.open(client, shutdown);
        });
    }

    static Connector toCluster(List<String> uris) {
        if (uris.isEmpty()) {
            throw new IllegalArgumentException("A cluster needs the URI of at least one of its nodes");
        }
        String where = uris.stream().map(Connector::parse).toList().toString();
        return new Connector(where, (clientName, longestSilence, shutdown) -> {
            List<RedisURI> nodes =
                    uris.stream().map(uri -> complete(parse(uri), clientName)).toList();
            ClientResources resources = shutdown.register(newResources(longestSilence));
            RedisClusterClient client = shutdown.register(RedisClusterClient.create(resources, nodes));
            client.setOptions(clusterOptions());
            return Link.open(client, shutdown);
        });
    }

    static Connector of(RedisClient client) {
        return new Connector(
                "the given client's URI", (clientName, longestSilence, shutdown) -> Link.open(client, shutdown));
    }

    static Connector of(RedisClusterClient client) {
        return new Connector(
                "the given client's URIs", (clientName, longestSilence, shutdown) -> Link.open(client, shutdown));
    }

    private static RedisURI parse(String uri) {
        try {
            return RedisURI.create(uri);
        } catch (RuntimeException e) {
            // Without the cause, whose message may show the password.
            throw new IllegalArgumentException(
                    "Not a URI of Redis. It looks like redis://host:6379, rediss://user:password@host:6380 for TLS, or"
                            + " redis-sentinel://host1:26379,host2:26379/0#mymaster");
        }
    }

    private static RedisURI complete(RedisURI uri, String clientName) {
        if (uri.getClientName() == null) {
            uri.setClientName(clientName);
        }
        if (uri.getTimeout().equals(RedisURI.DEFAULT_TIMEOUT_DURATION)) {
            uri.setTimeout(LETTUCE_TIMEOUT);
        }
        return uri;
    }

    private static <B extends ClientOptions.Builder> B options(B options) {
        options.autoReconnect(true)
                .disconnectedBehavior(DisconnectedBehavior.REJECT_COMMANDS)
                .replayFilter(command -> true)
                .timeoutOptions(TimeoutOptions.create())
                .socketOptions(SocketOptions.builder()
                        .connectTimeout(CONNECT_TIMEOUT)
                        .keepAlive(true)
                        .build());
        return options;
    }

    private static ClusterClientOptions clusterOptions() {
        ClusterClientOptions.Builder options = options(ClusterClientOptions.builder());
        return options.topologyRefreshOptions(ClusterTopologyRefreshOptions.builder()
                        .adaptiveRefreshTriggersTimeout(Duration.ofSeconds(1))
                        .refreshTriggersReconnectAttempts(1)
                        .enablePeriodicRefresh(TOPOLOGY_REFRESH)
                        .build())
                .build();
    }

    private static ClientResources newResources(Duration longestSilence) {
        return ClientResources.builder()
                .reconnectDelay(Delay.exponential(
                        FIRST_RECONNECT_DELAY.toMillis(), LONGEST_RECONNECT_DELAY.toMillis(), TimeUnit.MILLISECONDS, 2))
                .nettyCustomizer(new NettyCustomizer() {
                    @Override
                    public void afterChannelInitialized(Channel channel) {
                        channel.pipeline().addFirst(new SilenceWatch(longestSilence));
                    }
                })
                .build();
    }

    /**
     * Connects. Closing the link closes all that was opened for it.
     *
     * @param decisionTimeout how long a decision waits for an answer
     * @throws IllegalStateException if Redis cannot be reached; the message says what to do
     */
    Link open(String clientName, Duration decisionTimeout) {
        Shutdown shutdown = new Shutdown();
        try {
            return opener.open(clientName, decisionTimeout.plus(SILENCE_BEYOND_DEADLINE), shutdown);
        } catch (RuntimeException e) {
            shutdown.run();
            throw unusable(e);
        }
    }

    /** Limits an answer to the time that it has while the backend starts. */
    static <T> CompletableFuture<T> soon(CompletableFuture<T> answer) {
        return answer.orTimeout(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    }

    static void await(CompletableFuture<?> answer) {
        try {
            answer.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /** Says what to do about a failure to start. */
    IllegalStateException unusable(RuntimeException failure) {
        if (failure instanceof ForeignKeyException) {
            return new IllegalStateException(failure.getMessage(), failure);
        }
        StringBuilder causes = new StringBuilder();
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            causes.append(cause.getMessage()).append("; ");
        }
        String text = causes.toString();
        return new IllegalStateException("Redis at " + where + " cannot be used: " + text + advice(text), failure);
    }

    private static String advice(String causes) {
        if (causes.contains("NOAUTH") || causes.contains("WRONGPASS")) {
            return "put user and password into the URI: redis://user:password@host:6379";
        }
        if (causes.contains("NOPERM")) {
            return "give its user the keys that begin with the keyPrefix, and the commands +@read +@write +eval +evalsha"
                    + " +time +hello +client|setname; for a database other than 0 +select; on a cluster +cluster|nodes"
                    + " +cluster|slots +cluster|shards +cluster|myid +info";
        }
        if (causes.contains("PKIX") || causes.contains("No name matching") || causes.contains("subject alternative")) {
            return "its certificate is not trusted: give the JVM that of its CA (-Djavax.net.ssl.trustStore=…), or give"
                    + " the backend a client of your own with SslOptions";
        }
        if (causes.contains("MOVED") || causes.contains("CROSSSLOT") || causes.contains("CLUSTERDOWN")) {
            return "it is a node of a cluster: use RedisBackend.builder().cluster(…) (in an application of Spring"
                    + " sluice.redis.cluster), and see that all slots are served";
        }
        if (causes.contains("cluster support disabled")) {
            return "it is no cluster: use RedisBackend.connect(…) (in an application of Spring sluice.redis.uri)";
        }
        if (causes.contains("syntax error") || causes.contains("unknown command")) {
            return "Redis 6.2 or later is needed";
        }
        if (causes.contains("closed prematurely")) {
            // Lettuce closes a connection whose login was refused, and sometimes tells of the end before the refusal.
            return "Redis is there, but the connection ended at once: are user and password missing or wrong"
                    + " (redis://user:password@host:6379), or is it TLS (rediss://) on one side only?";
        }
        if (causes.contains("READONLY")) {
            return "it is a replica: give the master's URI, or redis-sentinel://… to find it";
        }
        return "is Redis running there and reachable from here (try redis-cli -u with that URI), and is it TLS (rediss://)"
                + " on one side only?";
    }
}
