package io.sluice.benchmarks.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** The results of the crowd's requests. Written on the client's thread; the counts can be read from any thread. */
final class Recorder {

    private final List<Sample> samples = new ArrayList<>();
    private final AtomicInteger sent = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();

    void sending() {
        sent.incrementAndGet();
    }

    void add(Sample sample) {
        samples.add(sample);
        answered.incrementAndGet();
        if (!sample.ok()) {
            failed.incrementAndGet();
        }
    }

    int answered() {
        return answered.get();
    }

    int failed() {
        return failed.get();
    }

    int inFlight() {
        return sent.get() - answered.get();
    }

    /** Returns all samples; call on the client's thread, or after something that happened after the last of them. */
    List<Sample> samples() {
        return List.copyOf(samples);
    }
}
