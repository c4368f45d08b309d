package io.sluice.redis;

import io.lettuce.core.FlushMode;
import io.sluice.Backend;
import io.sluice.RoomContract;
import io.sluice.TimeSource;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class RedisRoomTest extends RoomContract {

    private static RedisServer server;

    @BeforeAll
    static void startRedis() {
        server = RedisServer.start();
    }

    @AfterAll
    static void stopRedis() {
        server.close();
    }

    @Override
    protected Backend create(TimeSource time) {
        server.run(redis -> redis.sync().flushall(FlushMode.SYNC));
        RedisBackend redis = RedisBackend.builder()
                .uri(server.uri())
                .controlledTime(time)
                .decisionTimeout(Duration.ofSeconds(10))
                .build();
        return SettledBackend.of(redis);
    }
}
