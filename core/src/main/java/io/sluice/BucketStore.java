package io.sluice;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.local.LocalBucketBuilder;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Keeps in this process a limit that Bucket4j describes. */
final class BucketStore implements LimitStore {

    /*
     * A Bucket per caller, by the hash of the key so that long keys take no memory. A bucket is dropped when it has
     * not been asked for as long as it could need to fill up; forgetting it then forgives nothing. (If a
     * configuration has fewer initial tokens than its capacity, such a caller starts anew with those, as with any
     * new Bucket4j bucket.) A caller at rest has a bucket until then, too. When there are more than maxKeys,
     * Caffeine chooses whom to forget, mostly callers seen once, whatever they owe: the newcomer as well as a caller
     * long in debt. That forgives what a new bucket has and the forgotten one had not, as time.
     */

    private static final CompletionStage<Void> DONE = CompletableFuture.completedFuture(null);

    /** Caffeine notes accesses only about once a second; without this, buckets would be dropped too early. */
    private static final Duration GRACE = Duration.ofMinutes(1);

    private final Limit limit;
    private final BucketConfiguration configuration;
    private final TimeMeter meter;
    private final KeyHash keyHash = KeyHash.random();
    private final Cache<Long, Bucket> buckets;
    private final LongAdder forgottenCallers = new LongAdder();
    private final LongAccumulator forgivenNanos = new LongAccumulator(Arithmetic::saturatingSum, 0);

    BucketStore(Limit limit, BucketConfiguration configuration, TimeSource time) {
        this.limit = limit;
        this.configuration = configuration;
        this.meter = new Meter(time);
        this.buckets = Caffeine.newBuilder()
                .maximumSize(limit.maxKeys())
                .expireAfterAccess(longestTimeToFull().plus(GRACE))
                .ticker(time::nanoTime)
                .executor(Runnable::run)
                .removalListener(this::removed)
                .build();
    }

    private void removed(@Nullable Long hash, @Nullable Bucket bucket, RemovalCause cause) {
        if (bucket == null || cause != RemovalCause.SIZE) {
            return;
        }
        long owedNanos = timeToFullNanos(bucket);
        long nanos = owedNanos == 0 ? 0 : owedNanos - timeToFullNanos(newBucket());
        if (nanos > 0) {
            forgottenCallers.increment();
            forgivenNanos.accumulate(nanos);
        }
    }

    private static long timeToFullNanos(Bucket bucket) {
        return bucket.asVerbose().getAvailableTokens().getDiagnostics().calculateFullRefillingTime();
    }

    /** Sluice's time as nanoseconds since 1970, which also serves refills aligned to the wall clock. */
    private static final class Meter implements TimeMeter {

        private final TimeSource time;
        private final long originEpochNanos;

        Meter(TimeSource time) {
            this.time = time;
            originEpochNanos = TimeUnit.MICROSECONDS.toNanos(time.epochMicros()) - time.nanoTime();
        }

        @Override
        public long currentTimeNanos() {
            return originEpochNanos + time.nanoTime();
        }

        @Override
        public boolean isWallClockBased() {
            return true;
        }
    }

    /** For a bucket that is used up now: a first refill that is still to come is never further away than now. */
    private Duration longestTimeToFull() {
        long untilFirstRefillNanos = BucketVerdict.untilFirstRefillNanos(configuration, meter.currentTimeNanos());
        return Duration.ofNanos(BucketVerdict.resetAfterNanos(configuration, 0, untilFirstRefillNanos));
    }

    private Bucket newBucket() {
        LocalBucketBuilder builder = Bucket.builder().withCustomTimePrecision(meter);
        Arrays.stream(configuration.getBandwidths()).forEach(builder::addLimit);
        return builder.build();
    }

    @Override
    public boolean isLocal() {
        return true;
    }

    @Override
    public long tryAcquire(String key, long permits) {
        Bucket bucket = buckets.get(keyHash.hash(key), hash -> newBucket());
        ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(permits);
        long remaining = probe.getRemainingTokens();
        long waitNanos = probe.isConsumed()
                ? bucket.estimateAbilityToConsume(remaining + 1).getNanosToWaitForRefill()
                : probe.getNanosToWaitForRefill();
        return BucketVerdict.of(probe.isConsumed(), remaining, waitNanos);
    }

    @Override
    public CompletionStage<Decision> tryAcquireAsync(String key, long permits) {
        return CompletableFuture.completedFuture(
                limit.decision(tryAcquire(key, permits), permits, Decision.Source.STORE));
    }

    @Override
    public CompletionStage<Void> refundAsync(String key, long permits) {
        Bucket bucket = buckets.getIfPresent(keyHash.hash(key));
        if (bucket != null) {
            bucket.addTokens(permits);
        }
        return DONE;
    }

    @Override
    public long forgottenCallers() {
        return forgottenCallers.sum();
    }

    @Override
    public long forgivenNanos() {
        return forgivenNanos.get();
    }
}
