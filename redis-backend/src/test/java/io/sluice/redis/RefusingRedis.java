package io.sluice.redis;

import io.lettuce.core.AclSetuserArgs;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.protocol.CommandType;
import io.sluice.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A Redis with gateways on a controlled time that can refuse whatever they ask: for them it is as good as away, and at once.
 * It keeps its data.
 */
final class RefusingRedis implements AutoCloseable {

    private final RedisServer server = RedisServer.start();
    private final RedisClient adminClient;
    private final RedisCommands<String, String> admin;
    private final List<RedisBackend> gateways;

    private RefusingRedis(int gateways, TimeSource time) {
        server.run(redis -> redis.sync()
                .aclSetuser(
                        "admin", AclSetuserArgs.Builder.on().nopass().allKeys().allCommands()));
        adminClient = RedisClient.create(RedisURI.builder()
                .withHost("127.0.0.1")
                .withPort(server.port())
                .withAuthentication("admin", "any")
                .build());
        admin = adminClient.connect().sync();
        this.gateways =
                Stream.generate(() -> server.gateway(time)).limit(gateways).toList();
    }

    /** Starts it, and returns when its gateways know of each other. */
    static RefusingRedis start(int gateways, TimeSource time) {
        RefusingRedis redis = new RefusingRedis(gateways, time);
        Awaitility.await().until(() -> redis.gateways.stream().allMatch(gateway -> gateway.gateways() == gateways));
        return redis;
    }

    List<RedisBackend> gateways() {
        return gateways;
    }

    /** Returns commands that are never refused. */
    RedisCommands<String, String> admin() {
        return admin;
    }

    /** Returns all that it holds of a room, for {@link #goBackTo}. */
    Map<String, byte[]> state(String room) {
        return server.state(room);
    }

    /** Lets it hold what it held before, and nothing else. */
    void goBackTo(Map<String, byte[]> state) {
        server.goBackTo(state);
    }

    /** Returns how often clients and scripts have called a command. */
    long calls(String command) {
        return server.calls(command);
    }

    void refuse() {
        admin.aclSetuser(
                "default",
                AclSetuserArgs.Builder.removeCommand(CommandType.EVALSHA)
                        .removeCommand(CommandType.EVAL)
                        .removeCommand(CommandType.SET));
    }

    /** Permits everything again, and returns when all gateways have found that out. */
    void permit() {
        admin.aclSetuser("default", AclSetuserArgs.Builder.allCommands());
        Awaitility.await()
                .pollInterval(Duration.ofMillis(5))
                .until(() -> gateways.stream().allMatch(RedisBackend::isAvailable));
    }

    @Override
    public void close() {
        gateways.forEach(RedisBackend::close);
        adminClient.shutdown();
        server.close();
    }
}
