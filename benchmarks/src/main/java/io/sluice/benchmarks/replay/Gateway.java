package io.sluice.benchmarks.replay;

/** A Spring Cloud Gateway that runs. */
interface Gateway extends AutoCloseable {

    /** The property with the gateway's name, which its threads bear. */
    String NAME = "replay.gateway";

    String uri();

    /** CPU time of the gateway's own process; 0 if it lives in this one, where the names of threads tell. */
    long processCpuNanos();

    @Override
    void close();
}
