package io.sluice.benchmarks.replay;

import java.util.ArrayDeque;
import java.util.Deque;

/** The shop's database: runs a fixed number of statements at once; the others wait in order. */
final class DatabasePool {

    private final int connections;
    private final Timeline timeline;
    private final Deque<Statement> waiting = new ArrayDeque<>();
    private int busy;
    private int longestQueue;

    DatabasePool(int connections, Timeline timeline) {
        this.connections = connections;
        this.timeline = timeline;
    }

    void execute(long durationNanos, Runnable done) {
        Statement statement = new Statement(durationNanos, done);
        if (busy < connections) {
            busy++;
            start(statement);
        } else {
            waiting.add(statement);
            longestQueue = Math.max(longestQueue, waiting.size());
        }
    }

    int busy() {
        return busy;
    }

    int longestQueue() {
        return longestQueue;
    }

    private void start(Statement statement) {
        timeline.schedule(statement.durationNanos, () -> {
            Statement next = waiting.poll();
            if (next == null) {
                busy--;
            } else {
                start(next);
            }
            statement.done.run();
        });
    }

    private record Statement(long durationNanos, Runnable done) {}
}
