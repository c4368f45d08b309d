package io.sluice.benchmarks.replay;

import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/** Measures an arm's Redis, and kills it if the replay asks for that. */
final class RedisWatch implements AutoCloseable {

    static final long OUTAGE_NANOS = Durations.seconds(5);

    private final RedisStore redis;
    private final ScheduledExecutorService thread;
    private final Timeline timeline;
    private final Optional<Double> startCpuSeconds;
    private boolean kills;
    private volatile RedisFigures.@Nullable Outage outage;

    RedisWatch(RedisStore redis, double compression, long originNanoTime, Failures failures) {
        this.redis = redis;
        thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread watch = new Thread(task, "replay-redis");
            watch.setDaemon(true);
            return watch;
        });
        timeline = new CompressedTimeline(thread, compression, originNanoTime, failures);
        startCpuSeconds = redis.cpuSeconds();
    }

    /** Kills Redis at this moment, and starts an empty one when the outage is over. */
    void killAt(long atNanos) {
        kills = true;
        timeline.schedule(atNanos - timeline.nowNanos(), () -> {
            redis.kill();
            long killedNanos = timeline.nowNanos();
            timeline.schedule(OUTAGE_NANOS, () -> {
                redis.restart();
                outage = new RedisFigures.Outage(killedNanos, timeline.nowNanos());
            });
        });
    }

    /**
     * Returns the figures up to now.
     *
     * @throws IllegalStateException if Redis was to be killed, and an empty one does not listen yet
     */
    RedisFigures figures() {
        Optional<RedisFigures.Outage> over = Optional.ofNullable(outage);
        if (kills && over.isEmpty()) {
            throw new IllegalStateException(
                    "the users had finished before Redis was killed and an empty one was there");
        }
        return new RedisFigures(redis.cpuSeconds().map(seconds -> seconds - startCpuSeconds.orElseThrow()), over);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
