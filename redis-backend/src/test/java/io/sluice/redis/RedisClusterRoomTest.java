package io.sluice.redis;

import io.sluice.Backend;
import io.sluice.RoomContract;
import io.sluice.TimeSource;
import java.time.Duration;
import org.junit.jupiter.api.AutoClose;

class RedisClusterRoomTest extends RoomContract {

    @AutoClose
    private static final RedisCluster cluster = RedisCluster.start();

    @Override
    protected Backend create(TimeSource time) {
        cluster.flush();
        return SettledBackend.of(RedisBackend.builder()
                .cluster(cluster.masters().get(0).uri())
                .controlledTime(time)
                .decisionTimeout(Duration.ofSeconds(10))
                .build());
    }
}
