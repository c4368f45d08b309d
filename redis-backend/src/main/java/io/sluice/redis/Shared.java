package io.sluice.redis;

import io.sluice.Limit;
import io.sluice.TimeSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * What all limits and rooms of one backend use.
 *
 * @param link the connection
 * @param time the time by which callers and denials go; tests control it
 * @param timer the machine's time, which runs deadlines and probes
 * @param controlled whether scripts use {@code time} in place of Redis TIME; for tests
 * @param deadline how long a decision may wait for Redis
 * @param keyPrefix the prefix of all keys
 * @param callers turns callers into keys
 * @param breakers one for all keys, or on a cluster one for each tag
 * @param outages the logs of the breakers
 * @param gateways the live gateways, as last known
 * @param outageDecisions counts what the outage policies decided
 */
record Shared(
        Link link,
        TimeSource time,
        TimeSource timer,
        boolean controlled,
        Duration deadline,
        String keyPrefix,
        CallerKeys callers,
        List<Breaker> breakers,
        OutageLogs outages,
        Gateways gateways,
        LongAdder outageDecisions) {

    /** Returns the breaker of a room's keys. They have their own tag, and so on a cluster their own node. */
    Breaker breaker(String keysBeginWith) {
        return link.isCluster() ? Breaker.of(keysBeginWith, link, outages, timer, deadline) : breakers.get(0);
    }

    LimitKeys keys(String kind, String limit) {
        return new LimitKeys(keyPrefix, kind, limit, callers);
    }

    OutagePolicy outagePolicy(Limit limit) {
        return new OutagePolicy(limit, gateways::live, time, outageDecisions);
    }

    static UnsupportedOperationException noVerdict(Limit limit) {
        return new UnsupportedOperationException("Limit \"" + limit.name()
                + "\" is kept in Redis, so a verdict cannot be had without waiting; use tryAcquire or tryAcquireAsync");
    }

    /** Returns the scripts' first argument: the time, or an empty text if they use Redis TIME. */
    String scriptTime() {
        return controlled ? Long.toString(time.epochMicros()) : "";
    }
}
