package io.sluice;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.ConfigurationBuilder;
import io.github.bucket4j.ConsumptionProbe;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * Plays random schedules of weights, gaps and refunds through both lanes and through Bucket4j's own buckets. Rates are
 * those whose cost is a whole number of nanoseconds, where all three must agree.
 */
class LimitOracleTest {

    private static final int STEPS = 300;
    private static final long[] EXACT_COSTS_NANOS = {1, 3, 1_000, 999_983, 1_000_000, 100_000_000, 7_000_000_000L};

    @Test
    void bothLanesAnswerAsBucket4jDoes() {
        Seeds.forAll(400, this::playThroughAllThree);
    }

    private void playThroughAllThree(Random random) {
        ManualTime time = new ManualTime();
        List<Bandwidth> bandwidths = exactBandwidths(random);
        Limit table = limit(bandwidths, "table").build();
        Limit general = Limit.of("general", configuration(bandwidths));
        Backend backend = LocalBackend.create(time);
        RateLimiter tableLimiter = RateLimiter.of(table, backend);
        RateLimiter generalLimiter = RateLimiter.of(general, backend);
        Map<String, Bucket> oracle = new HashMap<>();
        assertThat(general.maxPermits()).isEqualTo(table.maxPermits());

        Decision last = tableLimiter.tryAcquire("first");
        for (int step = 0; step < STEPS; step++) {
            time.advance(Duration.ofNanos(gapNanos(random, bandwidths, last)));
            String key = "caller-" + random.nextInt(3);
            long permits = permits(random, table.maxPermits());
            Bucket bucket = oracle.computeIfAbsent(key, absent -> bucket(configuration(bandwidths), time));
            if (random.nextInt(6) == 0) {
                tableLimiter.refund(key, permits);
                generalLimiter.refund(key, permits);
                bucket.addTokens(permits);
                continue;
            }
            ConsumptionProbe expected = bucket.tryConsumeAndReturnRemaining(permits);
            last = tableLimiter.tryAcquire(key, permits);
            Decision slower = generalLimiter.tryAcquire(key, permits);
            String when = "step %d, %s of %d".formatted(step, key, permits);
            assertExact(last, expected, bandwidths.size() == 1, when);
            assertWithinMillis(slower, expected, when);
            if (last.allowed() && bandwidths.size() == 1) {
                assertThat(slower.nextPermitAfterNanos())
                        .as(when)
                        .isEqualTo(wholeMillisNanos(last.nextPermitAfterNanos()));
            }
        }
    }

    /** With several bandwidths Bucket4j's remaining and reset are each the extreme of all, not of the binding one. */
    private static void assertExact(Decision decision, ConsumptionProbe expected, boolean single, String when) {
        assertThat(decision.allowed()).as(when).isEqualTo(expected.isConsumed());
        assertThat(decision.retryAfterNanos()).as(when).isEqualTo(expected.getNanosToWaitForRefill());
        if (single || decision.allowed()) {
            assertThat(decision.remaining()).as(when).isEqualTo(expected.getRemainingTokens());
        }
        if (single) {
            assertThat(decision.resetAfterNanos()).as(when).isEqualTo(expected.getNanosToWaitForReset());
        }
    }

    private static void assertWithinMillis(Decision decision, ConsumptionProbe expected, String when) {
        assertThat(decision.allowed()).as(when).isEqualTo(expected.isConsumed());
        assertThat(decision.remaining()).as(when).isEqualTo(expected.getRemainingTokens());
        assertThat(decision.retryAfterNanos()).as(when).isEqualTo(wholeMillisNanos(expected.getNanosToWaitForRefill()));
        assertThat(decision.resetAfterNanos()).as(when).isGreaterThanOrEqualTo(expected.getNanosToWaitForReset());
    }

    @Test
    void refillThatIsFirstDueInDaysIsAwaitedAsBucket4jDoes() {
        ManualTime time = new ManualTime();
        Duration period = Duration.ofHours(1);
        Duration silence = Duration.ofHours(3).plusMillis(1);
        Instant firstRefill =
                Instant.EPOCH.plus(time.epochMicros(), ChronoUnit.MICROS).plus(Duration.ofDays(7));
        BucketConfiguration configuration = BucketConfiguration.builder()
                .addLimit(limit -> limit.capacity(10).refillIntervallyAligned(5, period, firstRefill))
                .build();
        RateLimiter limiter = RateLimiter.of(Limit.of("aligned", configuration), LocalBackend.create(time));
        Bucket oracle = bucket(configuration, time);
        long allowed = 0;
        for (Duration past = Duration.ZERO; past.compareTo(Duration.ofDays(8)) < 0; past = past.plus(silence)) {
            for (long permits : new long[] {3, 4, 1, 2, 1}) {
                ConsumptionProbe expected = oracle.tryConsumeAndReturnRemaining(permits);
                Decision decision = limiter.tryAcquire("a", permits);
                assertWithinMillis(decision, expected, "%d after %s".formatted(permits, past));
                allowed += decision.allowed() ? permits : 0;
            }
            time.advance(silence);
        }
        assertThat(allowed).as("some before the first refill and some after it").isGreaterThan(10);
    }

    /** The test's time in nanoseconds since 1970. */
    private static final class WallClock implements TimeMeter {

        private final ManualTime time;
        private final long originNanos;

        WallClock(ManualTime time) {
            this.time = time;
            this.originNanos = TimeUnit.MICROSECONDS.toNanos(time.epochMicros()) - time.nanoTime();
        }

        @Override
        public long currentTimeNanos() {
            return originNanos + time.nanoTime();
        }

        @Override
        public boolean isWallClockBased() {
            return true;
        }
    }

    private record Grant(long atNanos, long permits) {}

    @Test
    void noWindowPassesMoreThanTheBurstAndTheRateTimesItsLength() {
        Seeds.forAll(200, random -> {
            ManualTime time = new ManualTime();
            List<Bandwidth> bandwidths = new ArrayList<>(List.of(roundedBandwidth(random)));
            while (random.nextInt(3) == 0 && bandwidths.size() < 4) {
                bandwidths.add(roundedBandwidth(random));
            }
            RateLimiter limiter = RateLimiter.of(limit(bandwidths, "window").build(), LocalBackend.create(time));
            List<Grant> grants = new ArrayList<>();
            Decision last = limiter.tryAcquire("other");
            for (int step = 0; step < STEPS; step++) {
                time.advance(Duration.ofNanos(gapNanos(random, bandwidths, last)));
                long permits = permits(random, limiter.limit().maxPermits());
                if (random.nextInt(10) == 0) {
                    limiter.refund("a", permits);
                    grants.add(new Grant(time.nanoTime(), -permits));
                } else {
                    last = limiter.tryAcquire("a", permits);
                    grants.add(new Grant(time.nanoTime(), last.allowed() ? permits : 0));
                }
            }
            bandwidths.forEach(bandwidth -> assertNoWindowExceeds(bandwidth, grants));
        });
    }

    private static void assertNoWindowExceeds(Bandwidth bandwidth, List<Grant> grants) {
        for (int from = 0; from < grants.size(); from++) {
            long net = 0;
            for (int to = from; to < grants.size(); to++) {
                net += grants.get(to).permits;
                double windowNanos = grants.get(to).atNanos - grants.get(from).atNanos;
                double most = bandwidth.burst()
                        + windowNanos * bandwidth.permits() / bandwidth.period().toNanos();
                assertThat((double) net)
                        .as("%s, steps %d to %d", bandwidth, from, to)
                        .isLessThanOrEqualTo(most * (1 + 1e-12));
            }
        }
    }

    private static Limit.Builder limit(List<Bandwidth> bandwidths, String name) {
        Limit.Builder builder = Limit.named(name).maxKeys(16);
        bandwidths.forEach(builder::bandwidth);
        return builder;
    }

    private static List<Bandwidth> exactBandwidths(Random random) {
        List<Bandwidth> bandwidths = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            long costNanos = EXACT_COSTS_NANOS[random.nextInt(EXACT_COSTS_NANOS.length)];
            long permits = 1L + random.nextInt(i == 0 ? 20 : 200);
            long burst = random.nextBoolean() ? permits : 1L + random.nextInt(50);
            bandwidths.add(new Bandwidth(permits, Duration.ofNanos(permits * costNanos), burst));
        }
        return bandwidths;
    }

    private static Bandwidth roundedBandwidth(Random random) {
        return new Bandwidth(
                1 + random.nextInt(1_000),
                Duration.ofNanos(100_000 + random.nextInt(1_000_000)),
                1 + random.nextInt(50));
    }

    private static BucketConfiguration configuration(List<Bandwidth> bandwidths) {
        ConfigurationBuilder builder = BucketConfiguration.builder();
        for (Bandwidth bandwidth : bandwidths) {
            builder.addLimit(
                    limit -> limit.capacity(bandwidth.burst()).refillGreedy(bandwidth.permits(), bandwidth.period()));
        }
        return builder.build();
    }

    private static Bucket bucket(BucketConfiguration configuration, ManualTime time) {
        var builder = Bucket.builder().withCustomTimePrecision(new WallClock(time));
        for (io.github.bucket4j.Bandwidth bandwidth : configuration.getBandwidths()) {
            builder.addLimit(bandwidth);
        }
        return builder.build();
    }

    private static long permits(Random random, long most) {
        return switch (random.nextInt(4)) {
            case 0 -> most;
            case 1 -> 1L + random.nextInt((int) most);
            default -> 1;
        };
    }

    /** Mostly edges: no time, exactly what the last denial asked for, just less, and long enough to be at rest. */
    private static long gapNanos(Random random, List<Bandwidth> bandwidths, Decision last) {
        Bandwidth bandwidth = bandwidths.get(random.nextInt(bandwidths.size()));
        return switch (random.nextInt(8)) {
            case 0 -> last.retryAfterNanos();
            case 1 -> Math.max(0, last.retryAfterNanos() - 1);
            case 2 -> last.nextPermitAfterNanos();
            case 3 -> bandwidth.costNanos() * random.nextInt(5);
            case 4 -> (long) (random.nextDouble() * bandwidth.costNanos() * 3);
            case 5 -> random.nextInt(10) == 0 ? 2 * bandwidth.toleranceNanos() : bandwidth.toleranceNanos();
            default -> 0;
        };
    }

    private static long wholeMillisNanos(long nanos) {
        long millis = TimeUnit.NANOSECONDS.toMillis(nanos);
        return TimeUnit.MILLISECONDS.toNanos(TimeUnit.MILLISECONDS.toNanos(millis) == nanos ? millis : millis + 1);
    }
}
