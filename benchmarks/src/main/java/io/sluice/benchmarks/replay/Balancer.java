package io.sluice.benchmarks.replay;

import java.util.List;
import java.util.Optional;

/** Picks the ready pod with the fewest requests outstanding; equals take turns. */
final class Balancer {

    private final List<Pod> pods;
    private int turn;

    Balancer(List<Pod> pods) {
        this.pods = List.copyOf(pods);
    }

    Optional<Pod> pick() {
        Pod best = null;
        int first = turn++;
        for (int i = 0; i < pods.size(); i++) {
            Pod pod = pods.get(Math.floorMod(first + i, pods.size()));
            if (pod.ready() && (best == null || pod.outstanding() < best.outstanding())) {
                best = pod;
            }
        }
        return Optional.ofNullable(best);
    }
}
