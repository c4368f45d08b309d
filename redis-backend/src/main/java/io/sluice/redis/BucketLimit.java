package io.sluice.redis;

import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.VerboseResult;
import io.github.bucket4j.distributed.AsyncBucketProxy;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.distributed.proxy.AsyncProxyManager;
import io.lettuce.core.RedisException;
import io.sluice.Decision;
import io.sluice.Limit;
import io.sluice.LimitStore;
import io.sluice.TimeSource;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a limit with a configuration of Bucket4j in Redis, by Bucket4j's own compare-and-swap. */
final class BucketLimit implements LimitStore {

    /*
     * A decision is a GET and a script call, repeated while others change the bucket in between. So this is slower
     * than RedisLimit, and many times slower for one hot key. It goes by this process's clock, not by Redis TIME.
     *
     * Bucket4j keeps the configuration in each bucket and goes by that one. A changed configuration would not be in
     * force until the bucket expires. Hence the configuration is part of the key, and callers begin anew when it
     * changes. The time of the first refill is not part of the key: gateways often compute it when they start, and
     * would each count alone.
     */

    private static final Logger log = LoggerFactory.getLogger(BucketLimit.class);

    /** How much longer a bucket is kept than its refill takes, for clocks that differ. */
    private static final Duration SLACK = Duration.ofSeconds(10);

    private final Limit limit;
    private final BucketConfiguration configuration;
    private final Shared shared;
    private final LimitKeys keys;
    private final OutagePolicy outage;
    private final Throttle foreignKeyWarnings = Throttle.ofWarnings();
    private final AsyncProxyManager<String> buckets;

    BucketLimit(Limit limit, BucketConfiguration configuration, Shared shared) {
        this.limit = limit;
        this.configuration = configuration;
        this.shared = shared;
        keys = shared.keys("b", limit.name() + ":" + hash(configuration));
        outage = shared.outagePolicy(limit);
        buckets = shared.link()
                .newBucketManager()
                .clientClock(new Meter(shared.time()))
                .requestTimeout(shared.deadline())
                .expirationAfterWrite(ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(SLACK))
                .build()
                .asAsync();
    }

    /** Returns a hash that is the same on every gateway. */
    private static String hash(BucketConfiguration configuration) {
        List<?> bandwidths = Arrays.stream(configuration.getBandwidths())
                .map(one -> List.of(
                        one.getCapacity(),
                        one.getInitialTokens(),
                        one.isUseAdaptiveInitialTokens(),
                        one.getRefillTokens(),
                        one.getRefillPeriodNanos(),
                        one.isRefillIntervally()))
                .toList();
        return Integer.toHexString(bandwidths.toString().hashCode());
    }

    /** This process's time as nanoseconds since 1970, which also serves refills aligned to the wall clock. */
    private record Meter(TimeSource time) implements TimeMeter {

        @Override
        public long currentTimeNanos() {
            return TimeUnit.MICROSECONDS.toNanos(time.epochMicros());
        }

        @Override
        public boolean isWallClockBased() {
            return true;
        }
    }

    @Override
    public boolean isLocal() {
        return false;
    }

    @Override
    public long tryAcquire(String key, long permits) {
        throw Shared.noVerdict(limit);
    }

    @Override
    public CompletionStage<Decision> tryAcquireAsync(String caller, long permits) {
        String key = keys.of(caller);
        Breaker breaker = breaker(key);
        if (breaker.isOpen()) {
            return CompletableFuture.completedFuture(outage.decide(key, permits));
        }
        long askedNanos = shared.timer().nanoTime();
        return withinDeadline(() -> bucket(key).asVerbose().tryConsumeAndReturnRemaining(permits))
                .handle((result, failure) -> {
                    if (failure == null) {
                        breaker.succeeded();
                        return limit.decision(verdict(result), permits, Decision.Source.STORE);
                    }
                    if (isUnreadable(failure)) {
                        warnOfForeignKey(key);
                    } else {
                        breaker.failed(failure, askedNanos);
                    }
                    return outage.decide(key, permits);
                });
    }

    /** Tells whether Redis answered with something that Bucket4j did not put there. */
    private static boolean isUnreadable(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        boolean unanswered = cause instanceof RedisException
                || cause instanceof CancellationException
                || cause instanceof TimeoutException
                || cause instanceof io.github.bucket4j.TimeoutException;
        return !unanswered || ForeignKeyException.explains(failure);
    }

    private void warnOfForeignKey(String key) {
        if (foreignKeyWarnings.isDue()) {
            log.warn("{}. Until then the limit's onOutage decides on this caller", ForeignKeyException.text(key));
        }
    }

    private static long verdict(VerboseResult<ConsumptionProbe> result) {
        ConsumptionProbe probe = result.getValue();
        long remaining = probe.getRemainingTokens();
        long waitNanos = probe.isConsumed()
                ? result.getState()
                        .calculateDelayNanosAfterWillBePossibleToConsume(
                                remaining + 1, result.getOperationTimeNanos(), true)
                : probe.getNanosToWaitForRefill();
        return Limit.bucketVerdict(probe.isConsumed(), remaining, waitNanos);
    }

    /** A refund that Redis does not confirm in time is lost: the caller waits longer than necessary, once. */
    @Override
    public CompletionStage<Void> refundAsync(String caller, long permits) {
        String key = keys.of(caller);
        if (breaker(key).isOpen()) {
            return CompletableFuture.completedFuture(null);
        }
        return withinDeadline(() -> bucket(key).addTokens(permits)).handle((nothing, failure) -> {
            if (failure != null) {
                log.debug("A refund to limit \"{}\" was lost", limit.name(), failure);
            }
            return null;
        });
    }

    private interface Call<T> {
        CompletableFuture<T> start();
    }

    /** Bucket4j has a timeout of its own; this one also ends calls that wait for a reconnect. */
    private <T> CompletableFuture<T> withinDeadline(Call<T> call) {
        try {
            return call.start().orTimeout(shared.deadline().toNanos(), TimeUnit.NANOSECONDS);
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private AsyncBucketProxy bucket(String key) {
        return buckets.builder().build(key, () -> CompletableFuture.completedFuture(configuration));
    }

    private Breaker breaker(String key) {
        return shared.breakers().get(LimitKeys.tag(key) % shared.breakers().size());
    }
}
