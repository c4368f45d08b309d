package io.sluice.redis;

import io.lettuce.core.FlushMode;
import io.sluice.Backend;
import io.sluice.LimitContract;
import io.sluice.ManualTime;
import org.junit.jupiter.api.AutoClose;

class RedisLimitTest extends LimitContract {

    @AutoClose
    private static final RedisServer server = RedisServer.start();

    @Override
    protected Backend create(ManualTime time) {
        server.run(redis -> redis.sync().flushall(FlushMode.SYNC));
        return server.gateway(time);
    }
}
