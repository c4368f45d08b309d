package io.sluice.benchmarks.replay;

import java.util.Optional;

/**
 * What became of the Redis of a protected arm.
 *
 * @param cpuSeconds what it used, in real time; not known of a Redis of the caller's
 */
record RedisFigures(Optional<Double> cpuSeconds, Optional<Outage> outage) {

    /** When Redis was gone and when an empty one listened, in the time of the pods' events. */
    record Outage(long killedNanos, long backNanos) {}
}
