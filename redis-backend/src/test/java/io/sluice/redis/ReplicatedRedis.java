package io.sluice.redis;

import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Duration;
import org.awaitility.Awaitility;

/** A master, its replica, and a Sentinel that puts the replica in the master's place when that is lost. */
final class ReplicatedRedis implements AutoCloseable {

    /** Replicas are synchronized without waiting for more of them, for five seconds by default. */
    private static final String[] AT_ONCE = {"--repl-diskless-sync-delay", "0"};

    private final RedisServer master = RedisServer.start(AT_ONCE);
    private final RedisServer replica = RedisServer.start("--replicaof", "127.0.0.1", Integer.toString(master.port()));
    private final RedisServer sentinel;

    private ReplicatedRedis() {
        awaitReplication();
        sentinel = RedisServer.startSentinel(master);
        Awaitility.await("Sentinel knows the replica")
                .atMost(Duration.ofSeconds(30))
                .until(() ->
                        sentinel.run(redis -> redis.sync().info("sentinel")).contains("slaves=1"));
    }

    static ReplicatedRedis start() {
        return new ReplicatedRedis();
    }

    String uri() {
        return "redis-sentinel://127.0.0.1:" + sentinel.port() + "/0#mymaster";
    }

    /** Returns the URI of a client that knows another Sentinel, too, which it asks first. */
    String uriWithSentinelBefore(int port) {
        return uri().replace("//", "//127.0.0.1:" + port + ",");
    }

    /** Cuts the connections of gateways to the master. */
    void cutGateways() {
        master.run(redis -> redis.sync()
                .clientList()
                .lines()
                .filter(client -> client.contains(" name=sluice "))
                .map(client -> client.substring("id=".length(), client.indexOf(' ')))
                .mapToLong(id -> redis.sync().clientKill(KillArgs.Builder.id(Long.parseLong(id))))
                .sum());
    }

    /** Waits until the replica has all that the master has. */
    void awaitReplication() {
        Awaitility.await("the replica has it all")
                .pollInterval(Duration.ofMillis(20))
                .until(() -> offset(master, "master_repl_offset:").equals(offset(replica, "slave_repl_offset:")));
    }

    private static String offset(RedisServer server, String name) {
        String info = server.run(redis -> redis.sync().info("replication"));
        int at = info.indexOf(name);
        return at < 0 ? "none of " + name : info.substring(at + name.length(), info.indexOf('\r', at));
    }

    /** Lets nothing more reach the replica: what is written from now on is lost with the master. */
    void cutReplication() {
        replica.run(redis -> redis.sync().replicaof("127.0.0.1", 1));
    }

    void killMaster() {
        master.kill();
    }

    /** Waits until a fresh client, sent by Sentinel, can write. */
    void awaitFailover() {
        Awaitility.await("failover")
                .pollInterval(Duration.ofMillis(50))
                .atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .until(this::canWrite);
    }

    private boolean canWrite() {
        RedisClient client = RedisClient.create(uri());
        try (StatefulRedisConnection<String, String> connection = client.connect()) {
            return connection.sync().set("fresh", "").equals("OK");
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
        }
    }

    @Override
    public void close() {
        sentinel.close();
        replica.close();
        master.close();
    }
}
