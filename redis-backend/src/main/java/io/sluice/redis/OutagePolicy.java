package io.sluice.redis;

import io.github.bucket4j.BandwidthBuilder.BandwidthBuilderBuildStage;
import io.github.bucket4j.BandwidthBuilder.BandwidthBuilderRefillStage;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConfigurationBuilder;
import io.sluice.Bandwidth;
import io.sluice.Decision;
import io.sluice.Limit;
import io.sluice.LimitStore;
import io.sluice.LocalBackend;
import io.sluice.TimeSource;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** Decides on one limit while Redis cannot, as its {@link Limit#onOutage} says. */
final class OutagePolicy {

    /*
     * A share is the rate divided by the number of gateways, and the whole burst. A caller's burst comes through one
     * connection, so through one gateway. In a purchase, the order, the payment, its callback and the look at the
     * order come within a second. A burst of 10 divided by three gateways refused the fourth of these to everybody
     * who was buying when Redis was killed. So an outage adds up to one burst for each gateway, once, and what the
     * rate gives in its time. A caller who comes through one of three gateways then has a burst of 10 and a rate of
     * 3.3 a second; one who uses all three has 30 and 10.
     */

    /** The wait of a caller who is denied for a reason that does not pass by itself. */
    private static final long RETRY_AFTER_NANOS = Duration.ofSeconds(1).toNanos();

    private static final Duration LONGEST_PERIOD = Duration.ofDays(5 * 365);

    private final Limit limit;
    private final IntSupplier gateways;
    private final LocalBackend local;
    private final LongAdder decisions;
    private volatile @Nullable Share share;

    private record Share(int gateways, Limit limit, LimitStore store) {}

    /**
     * Creates the policy of a limit.
     *
     * @param gateways how many gateways share the limit, as last known
     * @param decisions counts what is decided here
     */
    OutagePolicy(Limit limit, IntSupplier gateways, TimeSource time, LongAdder decisions) {
        this.limit = limit;
        this.gateways = gateways;
        local = LocalBackend.create(time);
        this.decisions = decisions;
    }

    Decision decide(String key, long permits) {
        decisions.increment();
        return switch (limit.onOutage()) {
            case LOCAL_SHARE -> decideByShare(key, permits);
            case OPEN -> open(permits);
            case CLOSED -> denied();
        };
    }

    private Decision decideByShare(String key, long permits) {
        Share current = share();
        if (permits > current.limit.maxPermits()) {
            return denied();
        }
        long verdict = current.store.tryAcquire(key, permits);
        return current.limit.decision(verdict, permits, Decision.Source.OUTAGE_POLICY);
    }

    /**
     * Returns the share. It is made in the first outage, not before, because it has its own table. When the number of
     * gateways changes, callers keep their debts, in time; with more gateways a part of the burst is there again.
     * Where Bucket4j decides, callers begin anew.
     */
    private Share share() {
        int count = gateways.getAsInt();
        Share current = share;
        if (current != null && current.gateways == count) {
            return current;
        }
        synchronized (this) {
            current = share;
            if (current == null || current.gateways != count) {
                Limit part = partOf(limit, count);
                current = new Share(count, part, local.redefine(part));
                share = current;
            }
            return current;
        }
    }

    /** Allows a call as if the caller had been at rest. */
    private Decision open(long permits) {
        Bandwidth bandwidth = tightest();
        long nextNanos = bandwidth == null ? 0 : bandwidth.costNanos();
        return new Decision(
                true,
                limit.maxPermits() - permits,
                0,
                nextNanos,
                permits * nextNanos,
                bandwidth,
                Decision.Source.OUTAGE_POLICY);
    }

    private Decision denied() {
        return new Decision(
                false,
                0,
                RETRY_AFTER_NANOS,
                RETRY_AFTER_NANOS,
                RETRY_AFTER_NANOS,
                tightest(),
                Decision.Source.OUTAGE_POLICY);
    }

    private @Nullable Bandwidth tightest() {
        return limit.bandwidths().stream()
                .min(Comparator.comparingLong(Bandwidth::burst))
                .orElse(null);
    }

    /** Divides the rate by the number of gateways. */
    static Limit partOf(Limit limit, int gateways) {
        BucketConfiguration configuration = limit.configuration();
        Limit.Builder part = Limit.named(limit.name()).maxKeys(limit.maxKeys());
        if (configuration != null) {
            return part.configuration(partOf(configuration, gateways)).build();
        }
        for (Bandwidth whole : limit.bandwidths()) {
            Duration period = longer(whole.period(), gateways);
            long costNanos = new Bandwidth(whole.permits(), period, 1).costNanos();
            // Bandwidth allows no burst that takes longer to refill.
            long burst = Math.min(whole.burst(), LONGEST_PERIOD.toNanos() / costNanos);
            part.bandwidth(whole.permits(), period, burst);
        }
        return part.build();
    }

    private static BucketConfiguration partOf(BucketConfiguration configuration, int gateways) {
        ConfigurationBuilder part = BucketConfiguration.builder();
        for (io.github.bucket4j.Bandwidth whole : configuration.getBandwidths()) {
            part.addLimit(stage -> refill(
                    stage.capacity(whole.getCapacity()),
                    whole,
                    longer(Duration.ofNanos(whole.getRefillPeriodNanos()), gateways)));
        }
        return part.build();
    }

    private static BandwidthBuilderBuildStage refill(
            BandwidthBuilderRefillStage stage, io.github.bucket4j.Bandwidth whole, Duration period) {
        return whole.isRefillIntervally()
                ? stage.refillIntervally(whole.getRefillTokens(), period)
                : stage.refillGreedy(whole.getRefillTokens(), period);
    }

    private static Duration longer(Duration period, int times) {
        Duration longer = period.multipliedBy(times);
        return longer.compareTo(LONGEST_PERIOD) < 0 ? longer : LONGEST_PERIOD;
    }
}
