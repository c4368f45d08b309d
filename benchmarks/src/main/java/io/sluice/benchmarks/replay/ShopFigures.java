package io.sluice.benchmarks.replay;

import java.util.List;

/** What the shop itself saw. */
record ShopFigures(List<PodEvent> events, long longestBacklogNanos, int longestDatabaseQueue) {

    long count(PodEvent.Kind kind) {
        return events.stream().filter(event -> event.kind() == kind).count();
    }
}
