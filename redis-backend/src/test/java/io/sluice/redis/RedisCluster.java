package io.sluice.redis;

import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A cluster of three masters without replicas, each a {@link RedisServer}. One that is lost takes only its own slots. */
final class RedisCluster implements AutoCloseable {

    private static final int SLOTS = 16_384;
    private static final int MASTERS = 3;

    private final List<RedisServer> masters =
            Stream.generate(RedisCluster::startNode).limit(MASTERS).toList();

    private RedisCluster() {}

    private static RedisServer startNode() {
        return RedisServer.start(
                "--cluster-enabled", "yes", "--cluster-require-full-coverage", "no", "--cluster-node-timeout", "1000");
    }

    static RedisCluster start() {
        RedisCluster cluster = new RedisCluster();
        int first = cluster.masters.get(0).port();
        for (int i = 0; i < MASTERS; i++) {
            int from = SLOTS * i / MASTERS;
            int to = SLOTS * (i + 1) / MASTERS;
            int epoch = i + 1;
            cluster.masters.get(i).run(redis -> {
                redis.sync().clusterSetConfigEpoch(epoch);
                redis.sync().clusterAddSlots(IntStream.range(from, to).toArray());
                return redis.sync().clusterMeet("127.0.0.1", first);
            });
        }
        Awaitility.await()
                .pollInterval(Duration.ofMillis(20))
                .until(() -> cluster.masters.stream().allMatch(RedisCluster::isComplete));
        return cluster;
    }

    private static boolean isComplete(RedisServer master) {
        String info = master.run(redis -> redis.sync().clusterInfo());
        return info.contains("cluster_state:ok")
                && info.contains("cluster_slots_ok:" + SLOTS)
                && info.contains("cluster_known_nodes:" + MASTERS);
    }

    List<RedisServer> masters() {
        return masters;
    }

    void flush() {
        masters.forEach(master -> master.run(redis -> redis.sync().flushall()));
    }

    @Override
    public void close() {
        masters.forEach(RedisServer::close);
    }
}
