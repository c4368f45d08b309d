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
    private volatile RedisFigures.@Nullable Outage outage;

    RedisWatch(RedisStore redis, double compression, long originNanoTime) {
        this.redis = redis;
        thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread watch = new Thread(task, "replay-redis");
            watch.setDaemon(true);
            return watch;
        });
        timeline = new CompressedTimeline(thread, compression, originNanoTime);
        startCpuSeconds = redis.cpuSeconds();
    }

    /** Kills Redis at this moment, and starts an empty one when the outage is over. */
    void killAt(long atNanos) {
        timeline.schedule(atNanos - timeline.nowNanos(), () -> {
            redis.kill();
            long killedNanos = timeline.nowNanos();
            timeline.schedule(OUTAGE_NANOS, () -> {
                redis.restart();
                outage = new RedisFigures.Outage(killedNanos, timeline.nowNanos());
            });
        });
    }

    RedisFigures figures() {
        return new RedisFigures(
                redis.cpuSeconds().map(seconds -> seconds - startCpuSeconds.orElseThrow()),
                Optional.ofNullable(outage));
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }
}
