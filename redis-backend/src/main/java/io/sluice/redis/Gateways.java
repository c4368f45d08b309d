package io.sluice.redis;

import io.lettuce.core.ScriptOutputType;
import io.sluice.TimeSource;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the gateways that live, by a heartbeat of each in Redis. */
final class Gateways {

    /*
     * Each gateway beats once a second; one that has been silent for 3.5 s counts as gone. What is believed is the largest
     * of the last three counts: a newcomer counts at once, so that shares shrink without delay, and one who leaves counts
     * for two more seconds. Likewise the largest of the last three ranks is believed, because a bound's remainder goes to
     * those who come first. A Redis that comes back empty counts 1, 2, 3 as the gateways find back, and is not believed
     * meanwhile. During an outage the last counts stand.
     *
     * The ranks move on by one every six seconds of Redis's time. Of four logins at once three gateways have 2, 1 and 1,
     * and with ranks that stay, whoever comes through one of the latter waits until 25 s are over while the first has
     * nobody waiting. Whoever loses the remainder gives it up with the next beat; whoever gets it has been told so three
     * times by then, two seconds later, so that they do not both have it.
     */

    private static final Logger log = LoggerFactory.getLogger(Gateways.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final long SILENCE_MILLIS = 3_500;
    private static final long REPLY_TIMEOUT_MILLIS = 500;
    private static final int COUNTS = 3;
    private static final long TURN_MICROS = 6_000_000;

    /** As large as a number may be in a script. */
    static final long NEVER_MICROS = (1L << 53) - 1;

    private final Link link;
    private final TimeSource timer;
    private final String key;
    private final String id;
    private final Runnable onChange;

    /** Written by one beat after the other. */
    private final Census[] counts = new Census[COUNTS];

    private int beats;

    /** Null once it has been told the time; written by one beat after the other. */
    private @Nullable LongConsumer onTime;

    /** Whether the last beat failed; written by one beat after the other. */
    private boolean missed;

    private volatile Census believed = Census.ALONE;
    private volatile long unbrokenSinceMicros = NEVER_MICROS;
    private volatile boolean left;

    Gateways(Link link, TimeSource timer, String keyPrefix, Runnable onChange) {
        this.link = link;
        this.timer = timer;
        this.key = keyPrefix + ":gateways";
        this.onChange = onChange;
        Arrays.fill(counts, Census.ALONE);
        byte[] random = new byte[8];
        new SecureRandom().nextBytes(random);
        this.id = HexFormat.of().formatHex(random);
    }

    /** Returns what this gateway is known by; different for each backend. */
    String id() {
        return id;
    }

    /** Returns how many gateways live, as last known; 1 or more. */
    int live() {
        return believed.live();
    }

    /** Returns how many gateways live and which of them this is, as last known. */
    Census census() {
        return believed;
    }

    /**
     * A count of the gateways that live.
     *
     * @param live how many there are, 1 or more
     * @param rank how many of them come before this one, in an order that is the same for all and changes with the time
     */
    record Census(int live, int rank) {

        static final Census ALONE = new Census(1, 0);

        /** Returns the count with the ranks as they are at a time: each gateway is the first of all in its turn. */
        Census at(long storeMicros) {
            return new Census(live, (int) ((rank + storeMicros / TURN_MICROS) % live));
        }

        /** Returns the count by which a share is smaller. */
        Census cautious(Census other) {
            return new Census(Math.max(live, other.live), Math.max(rank, other.rank));
        }
    }

    /** Returns since when each beat has had its answer, by the time of Redis; {@link #NEVER_MICROS} if the last had none. */
    long unbrokenSinceMicros() {
        return unbrokenSinceMicros;
    }

    /**
     * Beats once, and from then on every second.
     *
     * @param onTime is told the time of Redis, in epoch microseconds, by the first beat that is answered
     * @return the first beat
     */
    CompletableFuture<Long> start(LongConsumer onTime) {
        this.onTime = onTime;
        CompletableFuture<Long> first = beat();
        CompletionStage<Long> outcome = first;
        outcome.whenComplete((storeMicros, failure) -> beaten(storeMicros));
        return first;
    }

    private CompletableFuture<Long> beat() {
        CompletableFuture<List<Long>> reply = link.run(
                Script.HEARTBEAT, ScriptOutputType.MULTI, new String[] {key}, id, Long.toString(SILENCE_MILLIS));
        return reply.thenApply(answer -> {
            long storeMicros = answer.get(2);
            counted(new Census(answer.get(0).intValue(), answer.get(1).intValue()).at(storeMicros));
            tellTime(storeMicros);
            return storeMicros;
        });
    }

    private void tellTime(long storeMicros) {
        LongConsumer untold = onTime;
        if (untold != null) {
            onTime = null;
            untold.accept(storeMicros);
        }
    }

    private void counted(Census count) {
        counts[beats++ % COUNTS] = count;
        Census cautious = Arrays.stream(counts).reduce(Census.ALONE, Census::cautious);
        if (!cautious.equals(believed)) {
            believed = cautious;
            onChange.run();
        }
    }

    private void beatLater() {
        try {
            timer.schedule(this::beatAgain, INTERVAL);
        } catch (RejectedExecutionException e) {
            log.debug("The backend is closed", e);
        }
    }

    private void beatAgain() {
        if (left) {
            return;
        }
        CompletionStage<Long> beat = beat().orTimeout(REPLY_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        beat.whenComplete((storeMicros, failure) -> {
            if (failure != null && !missed) {
                log.warn("No heartbeat ({}); until there is one, {} gateways are counted", failure.toString(), live());
            }
            missed = failure != null;
            beaten(storeMicros);
        });
    }

    private void beaten(@Nullable Long storeMicros) {
        unbrokenSinceMicros = storeMicros == null ? NEVER_MICROS : Math.min(unbrokenSinceMicros, storeMicros);
        beatLater();
    }

    /** Stops beating, and tells the others if Redis answers. */
    void leave() {
        left = true;
        try {
            link.remove(key, id).get(REPLY_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            log.debug("The other gateways will notice by the silence that this one is gone", e);
        }
    }
}
