package io.sluice.benchmarks.replay;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One pod: a single event loop with a share of a core, as a queue in time. It burns no CPU; work is only told when
 * its turn is over.
 */
final class Pod {

    /** The work of a pod for a request whose turn has come; it may answer at once or later. */
    interface Work {
        void perform(Consumer<ShopReply> reply);
    }

    private final String name;
    private final double cores;
    private final Timeline timeline;
    private final Set<Exchange> inside = new LinkedHashSet<>();
    private long busyUntilNanos;
    private int incarnation;
    private boolean living = true;
    private boolean ready = true;

    Pod(String name, double cores, Timeline timeline) {
        this.name = name;
        this.cores = cores;
        this.timeline = timeline;
    }

    /** Takes a request in at the end of the backlog; the client gets exactly one answer. */
    void accept(long coreNanos, Consumer<ShopReply> client, Work work) {
        Exchange exchange = new Exchange(client);
        inside.add(exchange);
        takeTurn(coreNanos, () -> work.perform(exchange::reply));
    }

    /** Runs a task when its turn in the backlog is over, unless the pod is killed before. */
    void takeTurn(long coreNanos, Runnable afterwards) {
        if (!living) {
            throw new IllegalStateException(name + " is down");
        }
        long nowNanos = timeline.nowNanos();
        busyUntilNanos = Math.max(nowNanos, busyUntilNanos) + Math.round(coreNanos / cores);
        int startedIn = incarnation;
        timeline.schedule(busyUntilNanos - nowNanos, () -> {
            if (incarnation == startedIn) {
                afterwards.run();
            }
        });
    }

    /** Ends the process at once: everything in it answers 502, and its backlog is gone. */
    void kill() {
        living = false;
        ready = false;
        incarnation++;
        busyUntilNanos = timeline.nowNanos();
        List<Exchange> lost = new ArrayList<>(inside);
        lost.forEach(exchange -> exchange.reply(ShopReply.refusal(502, "the pod was killed")));
    }

    /** Brings the process back; it gets requests once a readiness probe has succeeded. */
    void restart() {
        living = true;
    }

    void ready(boolean nowReady) {
        ready = nowReady;
    }

    String name() {
        return name;
    }

    boolean living() {
        return living;
    }

    boolean ready() {
        return ready;
    }

    /** Returns a number that changes with every kill, which tells news of an earlier process apart. */
    int incarnation() {
        return incarnation;
    }

    /** Returns how many requests it has taken in and not answered yet. */
    int outstanding() {
        return inside.size();
    }

    /** Returns how long a request that arrives now would wait for its turn. */
    long backlogNanos() {
        return Math.max(0, busyUntilNanos - timeline.nowNanos());
    }

    private final class Exchange {

        private final Consumer<ShopReply> client;

        Exchange(Consumer<ShopReply> client) {
            this.client = client;
        }

        void reply(ShopReply reply) {
            if (inside.remove(this)) {
                client.accept(reply);
            }
        }
    }
}
