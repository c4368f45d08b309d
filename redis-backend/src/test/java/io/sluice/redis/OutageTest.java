package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bucket4j.BucketConfiguration;
import io.sluice.Decision;
import io.sluice.Decision.Source;
import io.sluice.Limit;
import io.sluice.Limit.OnOutage;
import io.sluice.RateLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a real Redis does to limits when it dies, hangs or refuses. */
class OutageTest {

    private static final Duration DEADLINE = Duration.ofMillis(100);

    /** What a busy machine may add to a deadline before a thread runs. */
    private static final Duration JITTER = Duration.ofMillis(150);

    private static final Duration RECOVERY = Duration.ofSeconds(2);

    private final RedisServer server = RedisServer.start();
    private final RedisBackend backend = server.gateway(DEADLINE);

    @AfterEach
    void stop() {
        backend.close();
        server.close();
    }

    private RateLimiter limiter(OnOutage onOutage) {
        Limit limit = Limit.named("limit-" + onOutage.name().toLowerCase(Locale.ROOT))
                .bandwidth(10, Duration.ofHours(1))
                .onOutage(onOutage)
                .build();
        RateLimiter limiter = RateLimiter.of(limit, backend);
        // The first call of a process loads classes.
        Awaitility.await().until(() -> limiter.tryAcquire("warm-up").source() == Source.STORE);
        return limiter;
    }

    /** Asks for a key of its own each time, until the answer comes from there. */
    private static void awaitSource(RateLimiter limiter, Source source) {
        Awaitility.await()
                .atMost(RECOVERY)
                .pollInterval(Duration.ofMillis(5))
                .until(() -> limiter.tryAcquire("key-" + System.nanoTime()).source() == source);
    }

    @Test
    void killedStoreLeavesTheDecisionToEachLimit() {
        RateLimiter share = limiter(OnOutage.LOCAL_SHARE);
        RateLimiter open = limiter(OnOutage.OPEN);
        RateLimiter closed = limiter(OnOutage.CLOSED);
        long before = backend.outageDecisions();
        server.kill();
        for (int i = 0; i < 20; i++) {
            assertThat(share.tryAcquire("caller").allowed()).isEqualTo(i < 10);
            assertThat(open.tryAcquire("caller").allowed()).isTrue();
            Decision decision = closed.tryAcquire("caller");
            assertThat(decision.allowed()).isFalse();
            assertThat(decision.retryAfter()).isPositive();
            assertThat(decision.source()).isEqualTo(Source.OUTAGE_POLICY);
        }
        assertThat(backend.outageDecisions() - before).isEqualTo(60);
    }

    @ParameterizedTest
    @EnumSource(OnOutage.class)
    void callerWhoIsKnownToBeOverTheLimitIsDeniedWhateverThePolicy(OnOutage onOutage) {
        RateLimiter limiter = limiter(onOutage);
        assertThat(limiter.tryAcquire("caller", 10).allowed()).isTrue();
        server.kill();
        assertThat(limiter.tryAcquire("caller").allowed()).isFalse();
    }

    @Test
    void restartedStoreDecidesAgainSoon() {
        RateLimiter limiter = limiter(OnOutage.CLOSED);
        server.kill();
        awaitSource(limiter, Source.OUTAGE_POLICY);
        server.restart();
        awaitSource(limiter, Source.STORE);
    }

    @ParameterizedTest
    @CsvSource({"'', 3", "?timeout=200ms, 1"})
    void decisionWaitsForABusyStoreUpToItsDeadlineWhateverTheTimeoutOfTheUri(String query, int busySeconds) {
        try (RedisBackend patient = RedisBackend.builder()
                .uri(server.uri() + query)
                .decisionTimeout(Duration.ofSeconds(10))
                .build()) {
            RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "10/1h"), patient);
            limiter.tryAcquire("warm-up");
            server.freeze();
            CompletableFuture<Decision> decision =
                    limiter.tryAcquireAsync("caller").toCompletableFuture();
            try {
                Awaitility.await().during(Duration.ofSeconds(busySeconds)).until(() -> !decision.isDone());
            } finally {
                server.thaw();
            }
            assertThat(decision.join().source()).isEqualTo(Source.STORE);
        }
    }

    @Test
    void frozenStoreKeepsNobodyWaitingBeyondTheDeadline() {
        RateLimiter limiter = limiter(OnOutage.OPEN);
        server.freeze();
        long longestNanos = 0;
        for (int round = 0; round < 20; round++) {
            long startNanos = System.nanoTime();
            List<CompletableFuture<Long>> nanos = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                nanos.add(limiter.tryAcquireAsync("caller-" + i)
                        .toCompletableFuture()
                        .thenApply(decision -> {
                            assertThat(decision.source()).isEqualTo(Source.OUTAGE_POLICY);
                            return System.nanoTime() - startNanos;
                        }));
            }
            for (CompletableFuture<Long> each : nanos) {
                longestNanos = Math.max(
                        longestNanos, each.orTimeout(5, TimeUnit.SECONDS).join());
            }
        }
        assertThat(Duration.ofNanos(longestNanos)).isLessThan(DEADLINE.plus(JITTER));
        server.thaw();
        awaitSource(limiter, Source.STORE);
    }

    @Test
    void breakerSparesRequestsTheWaitForAFrozenStore() {
        RateLimiter limiter = limiter(OnOutage.OPEN);
        server.freeze();
        for (int i = 0; i < 3; i++) {
            assertThat(limiter.tryAcquire("caller-" + i).source()).isEqualTo(Source.OUTAGE_POLICY);
        }
        long startNanos = System.nanoTime();
        for (int i = 0; i < 1_000; i++) {
            assertThat(limiter.tryAcquire("caller-" + i).allowed()).isTrue();
        }
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofSeconds(1));
    }

    @Test
    void refundDoesNotWaitForAStoreThatIsKnownToBeAway() {
        RateLimiter limiter = limiter(OnOutage.OPEN);
        BucketConfiguration configuration = BucketConfiguration.builder()
                .addLimit(bandwidth -> bandwidth.capacity(10).refillGreedy(10, Duration.ofHours(1)))
                .build();
        RateLimiter bucketLimiter = RateLimiter.of(Limit.of("bucket", configuration), backend);
        server.freeze();
        for (int i = 0; i < 3; i++) {
            assertThat(limiter.tryAcquire("caller-" + i).source()).isEqualTo(Source.OUTAGE_POLICY);
        }
        assertThat(limiter.refundAsync("caller").toCompletableFuture()).isDone();
        assertThat(bucketLimiter.refundAsync("caller").toCompletableFuture()).isDone();
    }

    @Test
    void closingTheBackendAnswersWhoeverWaits() {
        try (RedisBackend patient = server.gateway(Duration.ofSeconds(10))) {
            RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "10/1d"), patient);
            server.freeze();
            List<CompletableFuture<Decision>> pending = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                pending.add(limiter.tryAcquireAsync("caller-" + i).toCompletableFuture());
            }
            patient.close();
            for (CompletableFuture<Decision> each : pending) {
                assertThat(each.orTimeout(5, TimeUnit.SECONDS).join().source()).isEqualTo(Source.OUTAGE_POLICY);
            }
        }
    }

    @Test
    void keyOfAnotherTypeIsLeftAloneAndLeavesTheDecisionToTheLimit() {
        RateLimiter limiter = limiter(OnOutage.CLOSED);
        assertThat(limiter.tryAcquire("caller").allowed()).isTrue();
        String key = keyOfCaller();
        server.run(redis -> {
            redis.sync().del(key);
            return redis.sync().lpush(key, "something else");
        });
        Decision decision = limiter.tryAcquire("caller");
        assertThat(decision.allowed()).isFalse();
        assertThat(decision.source()).isEqualTo(Source.OUTAGE_POLICY);
        String type = server.run(redis -> redis.sync().type(key));
        assertThat(type).isEqualTo("list");
        assertThat(limiter.tryAcquire("another").source()).isEqualTo(Source.STORE);
    }

    @Test
    void textThatIsNoTimeIsLeftAloneAndLeavesTheDecisionToTheLimit() {
        RateLimiter limiter = limiter(OnOutage.CLOSED);
        assertThat(limiter.tryAcquire("caller").allowed()).isTrue();
        String key = keyOfCaller();
        for (String text : List.of("", ",", "12,something", "something")) {
            server.run(redis -> redis.sync().set(key, text));
            assertThat(limiter.tryAcquire("caller").source()).isEqualTo(Source.OUTAGE_POLICY);
            String found = server.run(redis -> redis.sync().get(key));
            assertThat(found).isEqualTo(text);
        }
    }

    @Test
    void sharedHashThatHoldsSomethingElseIsLeftAloneAndLeavesTheDecisionToTheLimit() {
        Limit limit = Limit.named("limit")
                .bandwidth(10, Duration.ofSeconds(1))
                .onOutage(OnOutage.CLOSED)
                .build();
        RateLimiter limiter = RateLimiter.of(limit, backend);
        for (String type : List.of("list", "hash", "string")) {
            for (String key : keysOfAll()) {
                server.run(redis -> {
                    redis.sync().del(key);
                    return switch (type) {
                        case "list" -> redis.sync().lpush(key, "something else");
                        case "hash" -> redis.sync().hset(key, Map.of("generation", "of", "something", "else"));
                        default -> redis.sync().append(key, "something else");
                    };
                });
            }
            assertThat(limiter.tryAcquire("caller").source()).as(type).isEqualTo(Source.OUTAGE_POLICY);
            for (String key : keysOfAll()) {
                String found = server.run(redis -> redis.sync().type(key));
                assertThat(found).isEqualTo(type);
            }
        }
        for (String key : keysOfAll()) {
            server.run(redis -> redis.sync().del(key));
            server.run(redis -> redis.sync().hset(key, "something", "else"));
        }
        assertThat(limiter.tryAcquire("caller").source()).isEqualTo(Source.OUTAGE_POLICY);
        server.run(redis -> redis.sync().del(keysOfAll()));
        assertThat(limiter.tryAcquire("caller").source()).isEqualTo(Source.STORE);
    }

    private static String[] keysOfAll() {
        return new LimitKeys("sluice", "l", "limit", new CallerKeys(null)).generations(0);
    }

    private static String keyOfCaller() {
        return new LimitKeys("sluice", "l", "limit-closed", new CallerKeys(null)).of("caller");
    }

    @Test
    void storeThatIsFullLeavesTheDecisionToEachLimitUntilThereIsRoom() {
        RateLimiter limiter = limiter(OnOutage.CLOSED);
        server.run(redis -> redis.sync().configSet("maxmemory", "1"));
        awaitSource(limiter, Source.OUTAGE_POLICY);
        server.run(redis -> redis.sync().configSet("maxmemory", "0"));
        awaitSource(limiter, Source.STORE);
    }

    @Test
    void shareIsTheRateOverTheGatewaysAndTheWholeBurst() {
        Limit limit = Limit.parse("limit", "10/1s, 30/1m burst 2");
        assertThat(OutagePolicy.partOf(limit, 3).bandwidths())
                .isEqualTo(Limit.parse("limit", "10/3s burst 10, 30/3m burst 2").bandwidths());
    }

    @Test
    void secondGatewayHalvesTheRateOfAnOutageAndNotTheBurst() {
        RateLimiter limiter = limiter(OnOutage.LOCAL_SHARE);
        try (RedisBackend other = RedisBackend.connect(server.uri())) {
            Awaitility.await().until(() -> backend.gateways() == 2 && other.gateways() == 2);
            server.kill();
            for (int i = 0; i < 10; i++) {
                assertThat(limiter.tryAcquire("caller").allowed()).isTrue();
            }
            assertThat(limiter.tryAcquire("caller").retryAfter())
                    .isBetween(Duration.ofMinutes(11), Duration.ofMinutes(12));
        }
    }
}
