package io.sluice.redis;

import io.sluice.TimeSource;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The outage logs of one backend: one for each node of Redis, whose loss opens all the breakers of its keys. */
final class OutageLogs {

    private final Map<String, OutageLog> byNode = new ConcurrentHashMap<>();
    private final boolean cluster;
    private final TimeSource timer;
    private final Duration deadline;

    OutageLogs(boolean cluster, TimeSource timer, Duration deadline) {
        this.cluster = cluster;
        this.timer = timer;
        this.deadline = deadline;
    }

    OutageLog of(String node) {
        String nodeOrReplica = cluster ? node + ", or the one in its place," : node;
        return byNode.computeIfAbsent(node, unused -> new OutageLog(node, nodeOrReplica, timer, deadline));
    }

    /** Says nothing more of outages that a minute's end would have summed up. */
    void close() {
        byNode.values().forEach(OutageLog::close);
    }
}
