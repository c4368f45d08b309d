package io.sluice.benchmarks.replay;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** What the crowd's requests came to. Written on the client's thread; the counts can be read from any. */
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

    /** All samples; on the client's thread, or after something that happened after the last of them. */
    List<Sample> samples() {
        return List.copyOf(samples);
    }
}
