package io.sluice.redis;

import io.lettuce.core.SetArgs;
import io.lettuce.core.cluster.SlotHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A cluster of three masters, each a {@link RedisServer}, without replicas or with one each. */
public final class RedisCluster implements AutoCloseable {

    private static final int SLOTS = 16_384;
    private static final int MASTERS = 3;

    private final List<RedisServer> masters =
            Stream.generate(RedisCluster::startNode).limit(MASTERS).toList();
    private final List<RedisServer> replicas;

    private RedisCluster(int replicas) {
        this.replicas = Stream.generate(RedisCluster::startNode).limit(replicas).toList();
    }

    private static RedisServer startNode() {
        List<String> options = List.of(
                "--cluster-enabled", "yes", "--cluster-node-timeout", "1000", "--cluster-replica-validity-factor", "0");
        List<String> all = new ArrayList<>(options);
        // A master that is lost takes only its own slots.
        all.addAll(List.of("--cluster-require-full-coverage", "no"));
        return RedisServer.start(all.toArray(String[]::new));
    }

    public static RedisCluster start() {
        return start(0);
    }

    /** A master that is lost is replaced by its replica after some two seconds. */
    static RedisCluster startWithReplicas() {
        return start(MASTERS);
    }

    private static RedisCluster start(int replicas) {
        RedisCluster cluster = new RedisCluster(replicas);
        int first = cluster.masters.get(0).port();
        for (int i = 0; i < MASTERS; i++) {
            int from = firstSlot(i);
            int to = firstSlot(i + 1);
            int epoch = i + 1;
            cluster.masters.get(i).run(redis -> {
                redis.sync().clusterSetConfigEpoch(epoch);
                redis.sync().clusterAddSlots(IntStream.range(from, to).toArray());
                return redis.sync().clusterMeet("127.0.0.1", first);
            });
        }
        cluster.replicas.forEach(replica -> replica.run(redis -> redis.sync().clusterMeet("127.0.0.1", first)));
        cluster.awaitComplete();
        for (int i = 0; i < replicas; i++) {
            String master = cluster.masters.get(i).run(redis -> redis.sync().clusterMyId());
            cluster.replicas.get(i).run(redis -> redis.sync().clusterReplicate(master));
        }
        cluster.awaitReplicas();
        return cluster;
    }

    private static int firstSlot(int master) {
        return SLOTS * master / MASTERS;
    }

    private void awaitComplete() {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(20))
                .atMost(Duration.ofSeconds(30))
                .until(() -> Stream.concat(masters.stream(), replicas.stream()).allMatch(this::isComplete));
    }

    private boolean isComplete(RedisServer node) {
        String info = node.run(redis -> redis.sync().clusterInfo());
        return info.contains("cluster_state:ok")
                && info.contains("cluster_slots_ok:" + SLOTS)
                && info.contains("cluster_known_nodes:" + (masters.size() + replicas.size()));
    }

    private void awaitReplicas() {
        Awaitility.await()
                .pollInterval(Duration.ofMillis(50))
                .atMost(Duration.ofSeconds(30))
                .until(() -> replicas.stream()
                        .allMatch(replica -> replica.run(redis -> redis.sync().info("replication"))
                                .contains("master_link_status:up")));
    }

    public List<RedisServer> masters() {
        return masters;
    }

    /** Returns which of the masters has a key at first. */
    public int masterOf(String key) {
        int slot = SlotHash.getSlot(key);
        return IntStream.range(0, MASTERS)
                .filter(i -> slot < firstSlot(i + 1))
                .findFirst()
                .orElseThrow();
    }

    /** Waits until the replica of a master takes writes, as any client sees it. */
    void awaitFailover(int master, String key) {
        Awaitility.await("failover")
                .pollInterval(Duration.ofMillis(20))
                .atMost(Duration.ofSeconds(20))
                .ignoreExceptions()
                .until(() -> replicas.get(master)
                        .run(redis -> redis.sync().set(key, "", SetArgs.Builder.px(1)))
                        .equals("OK"));
    }

    void flush() {
        masters.forEach(master -> master.run(redis -> redis.sync().flushall()));
    }

    @Override
    public void close() {
        masters.forEach(RedisServer::close);
        replicas.forEach(RedisServer::close);
    }
}
