package io.sluice.redis;

import io.lettuce.core.ScriptOutputType;
import io.sluice.TimeSource;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the live gateways: each sends a heartbeat to Redis once a second. A gateway that has been silent for 3.5 s
 * counts as gone. During an outage the last counts stand.
 */
final class Gateways {

    private static final Logger log = LoggerFactory.getLogger(Gateways.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final long SILENCE_MILLIS = 3_500;
    private static final long REPLY_TIMEOUT_MILLIS = 500;

    /** The largest number allowed in a script. */
    static final long NEVER_MICROS = (1L << 53) - 1;

    private final Link link;
    private final TimeSource timer;
    private final String key;
    private final String id;

    /** The id and, after a #, the fingerprint of the secret. */
    private final String member;

    private final BooleanSupplier holdsMore;
    private final Runnable onChange;

    /** Null once it has received the time; written by one beat after the other. */
    private @Nullable LongConsumer onTime;

    /** Whether the last beat failed; written by one beat after the other. */
    private boolean missed;

    /** When the last beat was answered, by the time of Redis; written by one beat after the other. */
    private long answeredMicros;

    private final Counts counts = new Counts();
    private final SecretWatch secrets;
    private volatile long unbrokenSinceMicros = NEVER_MICROS;
    private volatile long brokenAfterMicros;
    private volatile boolean left;

    /**
     * Creates the count; it begins with {@link #start}.
     *
     * @param fingerprint the same for all gateways that have the same secret; null without a secret
     * @param holdsMore tells whether more calls here have a turn of some guard than this gateway's share
     * @param onChange runs when the believed count changes
     */
    Gateways(
            Link link,
            TimeSource timer,
            String keyPrefix,
            @Nullable String fingerprint,
            BooleanSupplier holdsMore,
            Runnable onChange) {
        this.link = link;
        this.timer = timer;
        this.key = keyPrefix + ":gateways";
        this.holdsMore = holdsMore;
        this.onChange = onChange;
        byte[] random = new byte[8];
        new SecureRandom().nextBytes(random);
        this.id = HexFormat.of().formatHex(random);
        this.member = fingerprint == null ? id : id + '#' + fingerprint;
        this.secrets = new SecretWatch(timer);
    }

    /** Returns the id of this gateway; different for each backend. */
    String id() {
        return id;
    }

    /** Returns how many gateways live, as last known; 1 or more. */
    int live() {
        return census().live();
    }

    /** Returns how many gateways live and which of them this is, as last known. */
    Counts.Census census() {
        return counts.believed();
    }

    /** Returns how many live gateways have another secret than this one, as last known. */
    int withAnotherSecret() {
        return secrets.differing();
    }

    /** Returns since when every beat was answered, by the time of Redis; {@link #NEVER_MICROS} if the last was not. */
    long unbrokenSinceMicros() {
        return unbrokenSinceMicros;
    }

    /** Returns when the last beat before a missed one was answered, by the time of Redis; 0 if none was missed. */
    long brokenAfterMicros() {
        return brokenAfterMicros;
    }

    /**
     * Beats once, and from then on every second.
     *
     * @param onTime gets the time of Redis, in epoch microseconds, from the first beat that is answered
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
                Script.HEARTBEAT,
                ScriptOutputType.MULTI,
                new String[] {key},
                member,
                Long.toString(SILENCE_MILLIS),
                holdsMore.getAsBoolean() ? "1" : "0");
        return reply.thenApply(answer -> {
            long storeMicros = answer.get(2);
            Counts.Census count =
                    new Counts.Census(answer.get(0).intValue(), answer.get(1).intValue());
            if (counts.add(count.at(storeMicros), answer.get(3) > 0)) {
                onChange.run();
            }
            secrets.counted(answer.get(4).intValue(), count.live());
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

    private void beatLater() {
        try {
            timer.schedule(this::beatAgain, INTERVAL);
        } catch (RejectedExecutionException e) {
            log.debug("The backend is closed", e);
        } catch (RuntimeException | Error e) {
            log.warn("The next heartbeat could not be scheduled; the JDK's own timer sends it", e);
            beatByAnotherTimer();
        }
    }

    /** Keeps the beats going: without the next one there would be none ever, and no use of the backend asks for one. */
    private void beatByAnotherTimer() {
        CompletableFuture.delayedExecutor(INTERVAL.toMillis(), TimeUnit.MILLISECONDS, Runnable::run)
                .execute(this::beatAgain);
    }

    private void beatAgain() {
        if (left) {
            return;
        }
        CompletionStage<Long> beat = tryToBeat();
        beat.whenComplete((storeMicros, failure) -> {
            if (failure != null && !missed) {
                log.warn("No heartbeat ({}); until there is one, {} gateways are counted", failure.toString(), live());
            }
            missed = failure != null;
            beaten(storeMicros);
        });
    }

    /** As {@link #beat}, but what it throws is a failed beat, or there would be no next one. */
    private CompletableFuture<Long> tryToBeat() {
        try {
            return beat().orTimeout(REPLY_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void beaten(@Nullable Long storeMicros) {
        if (storeMicros == null) {
            brokenAfterMicros = answeredMicros;
            unbrokenSinceMicros = NEVER_MICROS;
        } else {
            answeredMicros = storeMicros;
            unbrokenSinceMicros = Math.min(unbrokenSinceMicros, storeMicros);
        }
        beatLater();
    }

    /** Stops beating, and tells the others if Redis answers. */
    void leave() {
        left = true;
        try {
            link.remove(key, member).get(REPLY_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            log.debug("The other gateways will notice by the silence that this one is gone", e);
        }
    }
}
