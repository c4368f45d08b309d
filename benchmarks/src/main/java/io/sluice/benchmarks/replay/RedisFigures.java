package io.sluice.benchmarks.replay;

import java.util.Optional;

/**
 * The figures of the Redis of a protected arm.
 *
 * @param cpuSeconds CPU time in real seconds; not known of an existing Redis
 */
record RedisFigures(Optional<Double> cpuSeconds, Optional<Outage> outage) {

    /** When Redis was killed and when an empty one listened, in the time of the pods' events. */
    record Outage(long killedNanos, long backNanos) {}
}
