package io.sluice.benchmarks.replay;

/** Something that happened to a pod. */
record PodEvent(long atNanos, String pod, Kind kind) {

    enum Kind {
        PROBE_MISSED,
        UNREADY,
        READY,
        KILLED,
        RESTARTED
    }
}
