package io.sluice.benchmarks.replay;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Mono;

/** The users of the load test. They come evenly spread over the ramp, each a little early or late by the seed. */
final class Crowd {

    private final int firstUser;
    private final int users;
    private final long rampNanos;
    private final LoadClient client;
    private final Affinity affinity;
    private final Random random;
    private final SchedulingLag lag;
    private final Recorder recorder = new Recorder();
    private final CountDownLatch unfinished;

    /**
     * Creates the crowd.
     *
     * @param firstUser the number of the first user; the others follow
     */
    Crowd(int firstUser, int users, long rampNanos, LoadClient client, Affinity affinity, long seed) {
        this.firstUser = firstUser;
        this.users = users;
        this.rampNanos = rampNanos;
        this.client = client;
        this.affinity = affinity;
        this.random = new Random(seed);
        this.lag = new SchedulingLag(client.timeline());
        this.unfinished = new CountDownLatch(users);
    }

    /** Starts the ramp at this moment of the client's timeline. */
    void start(long rampStartNanos) {
        client.execute(() -> {
            for (int user = 0; user < users; user++) {
                Journey journey =
                        new Journey(firstUser + user, this::send, rampStartNanos, lag, recorder, unfinished::countDown);
                long arrivalNanos = (long) (rampNanos * (user + random.nextDouble()) / users);
                long delayNanos =
                        rampStartNanos + arrivalNanos - client.timeline().nowNanos();
                lag.schedule(delayNanos, journey::begin);
            }
        });
    }

    private Mono<Answer> send(int user, int request, Call call) {
        return client.send(affinity.gateway(user, request), call);
    }

    /** Waits until all users have finished, at most for {@code atMost}. */
    boolean await(Duration atMost) throws InterruptedException {
        return unfinished.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
    }

    Recorder recorder() {
        return recorder;
    }

    /** Returns the samples; call after the last user has finished. */
    List<Sample> samples() {
        return recorder.samples();
    }

    SchedulingLag.Summary lag() {
        return lag.summary();
    }

    /** Returns the longest time of a run: every request at its timeouts, and the polls' think time. */
    static long longestRunNanos(long rampNanos) {
        return rampNanos + Step.JOURNEY.size() * 2L * LoadClient.TIMEOUT_NANOS + Step.POLLS * Journey.POLL_THINK_NANOS;
    }
}
