package io.sluice.redis;

import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce.LettuceBasedProxyManagerBuilder;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisLoadingException;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.RedisReadOnlyException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SetArgs;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.models.partitions.Partitions;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connection to Redis, whatever its topology. */
final class Link {

    private static final Logger log = LoggerFactory.getLogger(Link.class);

    private static final RedisCodec<String, byte[]> BUCKET_CODEC =
            RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

    private static final RedisCodec<String, String> SCRIPT_CODEC = new Latin1Codec();

    /** A host name may lead to a replica for long. Not every probe needs to ask for it again. */
    private static final Duration SEARCH_INTERVAL = Duration.ofSeconds(1);

    private final List<StatefulConnection<?, ?>> connections = new ArrayList<>();
    private final RedisClusterAsyncCommands<String, String> commands;
    private final UnaryOperator<String> namesOfNodes;
    private final Supplier<LettuceBasedProxyManagerBuilder<String>> bucketManagers;
    private final boolean cluster;
    private final Runnable masterSearch;
    private final Runnable shutdown;
    private final Throttle foreignKeyWarnings = Throttle.ofWarnings();
    private final Throttle brokenScriptWarnings = Throttle.ofWarnings();
    private final Throttle masterSearches = new Throttle(SEARCH_INTERVAL);

    private Link(RedisClient client, Runnable shutdown) {
        this.shutdown = shutdown;
        StatefulRedisConnection<String, String> connection = opened(client.connect(SCRIPT_CODEC));
        commands = connection.async();
        Lazy<StatefulRedisConnection<String, byte[]>> buckets = new Lazy<>(() -> opened(client.connect(BUCKET_CODEC)));
        bucketManagers = () -> Bucket4jLettuce.casBasedBuilder(buckets.get());
        cluster = false;
        masterSearch = this::reconnect;
        namesOfNodes = key -> "Redis";
    }

    private Link(RedisClusterClient client, Runnable shutdown) {
        this.shutdown = shutdown;
        StatefulRedisClusterConnection<String, String> connection = opened(client.connect(SCRIPT_CODEC));
        commands = connection.async();
        Lazy<StatefulRedisClusterConnection<String, byte[]>> buckets =
                new Lazy<>(() -> opened(client.connect(BUCKET_CODEC)));
        bucketManagers = () -> Bucket4jLettuce.casBasedBuilder(buckets.get());
        cluster = true;
        masterSearch = () -> refreshTopology(client);
        namesOfNodes = key -> nameOfNode(connection.getPartitions(), key);
    }

    /** Opens a connection on first use. If that fails, the next use tries again. */
    private static final class Lazy<C> {
        private final Supplier<C> open;
        private @Nullable C connection;

        Lazy(Supplier<C> open) {
            this.open = open;
        }

        synchronized C get() {
            C opened = connection;
            if (opened == null) {
                opened = open.get();
                connection = opened;
            }
            return opened;
        }
    }

    private <C extends StatefulConnection<?, ?>> C opened(C connection) {
        synchronized (connections) {
            connections.add(connection);
        }
        return connection;
    }

    /**
     * Connects.
     *
     * @param shutdown runs when the link closes, after its connections
     */
    static Link open(RedisClient client, Runnable shutdown) {
        return new Link(client, shutdown);
    }

    /** As the other {@code open}, to a cluster. */
    static Link open(RedisClusterClient client, Runnable shutdown) {
        return new Link(client, shutdown);
    }

    /** Tells whether keys of one call must share a hash tag. */
    boolean isCluster() {
        return cluster;
    }

    /** Returns what the log calls the node that has a key: its address on a cluster, as far as that is known. */
    String nameOfNode(String key) {
        return namesOfNodes.apply(key);
    }

    private static String nameOfNode(Partitions nodes, String key) {
        RedisClusterNode node = nodes.getPartitionBySlot(SlotHash.getSlot(key));
        return node == null
                ? "The Redis node of " + key.substring(0, key.lastIndexOf(':') + 1) + "*"
                : "The Redis node " + node.getUri().getHost() + ":"
                        + node.getUri().getPort();
    }

    /** Returns a builder for limits of Bucket4j. All share one connection; the first call blocks to open it. */
    LettuceBasedProxyManagerBuilder<String> newBucketManager() {
        return bucketManagers.get();
    }

    /**
     * Runs a script once. Redis may not know it yet, or no longer. The answer NOSCRIPT proves that nothing was done;
     * then the text of the script goes out. Cancelling the future, or failing it from outside, abandons the command.
     * Fails with a {@link ForeignKeyException} if a key holds something else.
     */
    <T> CompletableFuture<T> run(Script script, ScriptOutputType type, String[] keys, String... arguments) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Consumer<Throwable> fail = failure -> result.completeExceptionally(explained(failure, script, keys[0]));
        relay(() -> commands.evalsha(script.digest, type, keys, arguments), result, failure -> {
            if (failure instanceof RedisNoScriptException && !result.isDone()) {
                relay(() -> commands.eval(script.text, type, keys, arguments), result, fail);
            } else {
                fail.accept(failure);
            }
        });
        return result;
    }

    private Throwable explained(Throwable failure, Script script, String key) {
        if (!ForeignKeyException.isOwnFault(failure, script)) {
            return explained(failure, key);
        }
        if (brokenScriptWarnings.isDue()) {
            log.warn("{} failed on what keys like {} hold ({})", script, key, failure.getMessage());
        }
        return failure;
    }

    private Throwable explained(Throwable failure, String key) {
        if (!ForeignKeyException.explains(failure)) {
            return failure;
        }
        ForeignKeyException explained = new ForeignKeyException(key, failure);
        if (foreignKeyWarnings.isDue()) {
            log.warn("{} ({})", explained.getMessage(), failure.getMessage());
        }
        return explained;
    }

    /** Reads keys in one call. Completes exceptionally where that is not possible. */
    CompletableFuture<Long> readTogether(List<String> keys) {
        CompletableFuture<Long> result = new CompletableFuture<>();
        relay(() -> commands.exists(keys.toArray(new String[0])), result, result::completeExceptionally);
        return result;
    }

    /**
     * Writes a key that expires at once or nearly so. This proves that the node which holds the tag accepts writes. A
     * node that refuses them may have been the master when the connection was made. Then the master is searched for:
     * all connections are made anew, so that the host name or the Sentinels are asked again; in a cluster the nodes
     * are asked for its topology.
     */
    CompletableFuture<String> probe(String key) {
        CompletableFuture<String> result = new CompletableFuture<>();
        Consumer<Throwable> fail = failure -> {
            result.completeExceptionally(explained(failure, key));
            if (mayComeFromAFormerMaster(failure) && masterSearches.isDue()) {
                log.info(
                        "Redis takes no writes ({}); {}",
                        failure.getMessage(),
                        cluster ? "asking for the topology of the cluster" : "connecting anew");
                masterSearch.run();
            }
        };
        relay(() -> commands.setGet(key, "1", SetArgs.Builder.px(1)), result, fail);
        return result;
    }

    /** Tells whether a node answered that it is a replica or loading, or that it has lost its replicas or its cluster. */
    private static boolean mayComeFromAFormerMaster(Throwable failure) {
        if (failure instanceof RedisReadOnlyException || failure instanceof RedisLoadingException) {
            return true;
        }
        String message = failure.getMessage();
        return failure instanceof RedisCommandExecutionException
                && message != null
                && (message.startsWith("NOREPLICAS") || message.startsWith("CLUSTERDOWN"));
    }

    /**
     * Sends QUIT, which every user of Redis may. Redis ends the connection; the client takes that for a loss and
     * connects anew.
     */
    private void reconnect() {
        synchronized (connections) {
            for (StatefulConnection<?, ?> connection : connections) {
                if (connection instanceof StatefulRedisConnection<?, ?> single) {
                    relay(
                            () -> single.async().quit(),
                            new CompletableFuture<>(),
                            failure -> log.debug("No QUIT", failure));
                }
            }
        }
    }

    /** Usually a replica names the master. A master that is cut off from the others does not know of its successor. */
    private static void refreshTopology(RedisClusterClient client) {
        client.refreshPartitionsAsync().whenComplete((done, failure) -> {
            if (failure != null) {
                log.debug("No topology", failure);
            }
        });
    }

    /** Takes a member out of a sorted set. */
    CompletableFuture<Long> remove(String key, String member) {
        CompletableFuture<Long> result = new CompletableFuture<>();
        relay(() -> commands.zrem(key, member), result, result::completeExceptionally);
        return result;
    }

    /** Completes a future with the reply to a command, and abandons the command if the future fails otherwise. */
    private static <T> void relay(
            Supplier<RedisFuture<T>> command, CompletableFuture<T> result, Consumer<Throwable> onFailure) {
        RedisFuture<T> reply;
        try {
            reply = command.get();
        } catch (RuntimeException e) {
            result.completeExceptionally(e);
            return;
        }
        reply.whenComplete((value, failure) -> {
            if (failure == null) {
                result.complete(value);
            } else {
                onFailure.accept(failure);
            }
        });
        CompletionStage<T> outcome = result;
        outcome.whenComplete((value, failure) -> {
            if (failure != null) {
                reply.cancel(false);
            }
        });
    }

    void close() {
        synchronized (connections) {
            connections.forEach(StatefulConnection::close);
        }
        shutdown.run();
    }
}
