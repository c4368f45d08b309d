package io.sluice.benchmarks.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How the gateways of a replay run.
 *
 * @param backend what the gateways of a protected arm share
 * @param redisUri an existing Redis; without it each arm has its own
 * @param redisTimeoutMillis how long a decision waits for Redis, in real time
 * @param processes whether each gateway has a JVM of its own
 * @param chaos what happens in the middle of the ramp
 */
record Deployment(Backend backend, Optional<String> redisUri, int redisTimeoutMillis, boolean processes, Chaos chaos) {

    static final Deployment DEFAULT = new Deployment(Backend.LOCAL, Optional.empty(), 50, false, Chaos.NONE);

    enum Backend {
        LOCAL,
        REDIS
    }

    enum Chaos {
        NONE,
        KILL_REDIS
    }

    Deployment withoutChaos() {
        return new Deployment(backend, redisUri, redisTimeoutMillis, processes, Chaos.NONE);
    }

    boolean onRedis() {
        return backend == Backend.REDIS;
    }

    boolean killsRedis() {
        return chaos == Chaos.KILL_REDIS;
    }

    List<String> describe() {
        List<String> lines = new ArrayList<>();
        if (onRedis()) {
            lines.add("The gateways of a protected arm share limits and room through "
                    + redisUri.map(uri -> "a Redis of yours")
                            .orElse("one Redis on loopback, which each arm starts empty")
                    + (processes ? "; each has a JVM of its own." : "; all of them live in one JVM."));
            lines.add("A decision's deadline of " + redisTimeoutMillis
                    + " ms, the gateways' heartbeat and what follows an outage take real"
                    + " time, however compressed the rest is.");
        } else {
            lines.add("The gateways of a protected arm share one local backend in one JVM.");
        }
        if (killsRedis()) {
            lines.add("Chaos: in the middle of the ramp Redis is killed (SIGKILL); "
                    + (long) Durations.toSeconds(RedisWatch.OUTAGE_NANOS)
                    + " s later (compressed like all other durations) an empty one starts in its place.");
        }
        return lines;
    }
}
