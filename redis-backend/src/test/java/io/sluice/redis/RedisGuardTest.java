package io.sluice.redis;

import io.lettuce.core.FlushMode;
import io.sluice.Backend;
import io.sluice.GuardContract;
import io.sluice.TimeSource;
import org.junit.jupiter.api.AutoClose;

class RedisGuardTest extends GuardContract {

    @AutoClose
    private static final RedisServer server = RedisServer.start();

    @Override
    protected Backend create(TimeSource time) {
        server.run(redis -> redis.sync().flushall(FlushMode.SYNC));
        return server.gateway(time);
    }
}
