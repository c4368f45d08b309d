package io.sluice.benchmarks.replay;

/** A running Spring Cloud Gateway. */
interface Gateway extends AutoCloseable {

    /** The property with the gateway's name, which its threads bear. */
    String NAME = "replay.gateway";

    String uri();

    /** Returns the CPU time of the gateway's own process; 0 if it runs in this one, where thread names tell it. */
    long processCpuNanos();

    @Override
    void close();
}
