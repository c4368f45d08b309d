package io.sluice.redis;

import io.lettuce.core.FlushMode;
import io.sluice.Backend;
import io.sluice.RoomContract;
import io.sluice.TimeSource;
import org.junit.jupiter.api.AutoClose;

class RedisRoomTest extends RoomContract {

    @AutoClose
    private static final RedisServer server = RedisServer.start();

    @Override
    protected Backend create(TimeSource time) {
        server.run(redis -> redis.sync().flushall(FlushMode.SYNC));
        return SettledBackend.of(server.gateway(time));
    }
}
