package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Backend;
import io.sluice.Decision;
import io.sluice.Limit;
import io.sluice.RateLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How few calls a real Redis sees. */
class CoalescingTest {

    private static final int CALLS = 2_000;

    private final RedisServer server = RedisServer.start();
    private final Backend backend = server.gateway(Duration.ofSeconds(10));

    @AfterEach
    void stop() {
        backend.close();
        server.close();
    }

    /** A script that decides on debts of days reads them by one MGET; one that is a heartbeat, which may come any time, none. */
    private long decisionCalls() {
        long calls = server.calls("mget");
        assertThat(calls).isPositive();
        return calls;
    }

    private List<Decision> together(RateLimiter limiter, IntFunction<String> keys) {
        List<CompletionStage<Decision>> pending = new ArrayList<>();
        for (int i = 0; i < CALLS; i++) {
            pending.add(limiter.tryAcquireAsync(keys.apply(i)));
        }
        return pending.stream()
                .map(CompletionStage::toCompletableFuture)
                .map(CompletableFuture::join)
                .toList();
    }

    @Test
    void callsOfManyCallersGoOutInFewScriptCalls() {
        RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "10/1d"), backend);
        assertThat(limiter.tryAcquire("first").allowed()).isTrue();
        long before = server.calls("evalsha");
        assertThat(together(limiter, i -> "caller-" + i)).allMatch(Decision::allowed);
        assertThat(server.calls("evalsha") - before).isBetween(CALLS / 128L, CALLS / 4L);
        assertThat(server.run(redis -> redis.sync().keys("sluice:*:l:limit:*")).size())
                .isEqualTo(CALLS + 1);
    }

    @Test
    void callsOfOneHotKeyAreMergedAndGrantedInPart() {
        RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "1000/1d"), backend);
        assertThat(limiter.tryAcquire("first").allowed()).isTrue();
        long scripts = server.calls("evalsha");
        long writes = server.calls("set");
        List<Decision> decisions = together(limiter, i -> "hot");
        assertThat(decisions).filteredOn(Decision::allowed).hasSize(1_000);
        assertThat(decisions)
                .filteredOn(Decision::allowed)
                .extracting(Decision::remaining)
                .doesNotHaveDuplicates();
        assertThat(server.calls("evalsha") - scripts).isLessThan(CALLS / 4);
        assertThat(server.calls("set") - writes).isLessThan(CALLS / 4);
    }

    @Test
    void deniedCallerCostsTheStoreNothingUntilThePermitIsThere() {
        RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "10/1d"), backend);
        assertThat(limiter.tryAcquire("attacker", 10).allowed()).isTrue();
        long before = decisionCalls();
        for (int i = 0; i < 1_000; i++) {
            assertThat(limiter.tryAcquire("attacker").allowed()).isFalse();
        }
        assertThat(decisionCalls()).isEqualTo(before);
    }

    @Test
    void refundByThisProcessEndsTheMemoryOfADenial() {
        RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "10/1d"), backend);
        assertThat(limiter.tryAcquire("caller", 10).allowed()).isTrue();
        assertThat(limiter.tryAcquire("caller").allowed()).isFalse();
        limiter.refund("caller", 1);
        assertThat(limiter.tryAcquire("caller").allowed()).isTrue();
        assertThat(limiter.tryAcquire("caller").allowed()).isFalse();
    }

    @Test
    void memoryOfADenialRefusesHeavyCallsAndLetsLightOnesThrough() {
        RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "10/1d"), backend);
        assertThat(limiter.tryAcquire("caller", 7).allowed()).isTrue();
        assertThat(limiter.tryAcquire("caller", 5).allowed()).isFalse();
        long before = decisionCalls();
        assertThat(limiter.tryAcquire("caller", 4).allowed()).isFalse();
        assertThat(decisionCalls()).isEqualTo(before);
        assertThat(limiter.tryAcquire("caller", 3).allowed()).isTrue();
    }

    @Test
    void scriptsThatRedisForgotAreSentAgain() {
        RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "10/1d"), backend);
        assertThat(limiter.tryAcquire("caller", 9).remaining()).isEqualTo(1);
        server.run(redis -> redis.sync().scriptFlush());
        Decision decision = limiter.tryAcquire("caller");
        assertThat(decision.source()).isEqualTo(Decision.Source.STORE);
        assertThat(decision.remaining()).isZero();
        server.run(redis -> redis.sync().scriptFlush());
        limiter.refund("caller", 1);
        assertThat(limiter.tryAcquire("caller").allowed()).isTrue();
    }

    @Test
    void keyOfALongDebtExpiresWhenTheCallerOwesNothing() {
        RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "10/1m"), backend);
        assertThat(limiter.tryAcquire("someone@example.org", 10).allowed()).isTrue();
        String key = server.run(redis -> redis.sync().keys("sluice:*:limit:*")).get(0);
        assertThat(key).matches("sluice:\\{[a-z]{2}}:l:limit:[\\w-]{16}").doesNotContain("someone");
        long ttlMillis = server.run(redis -> redis.sync().pttl(key));
        assertThat(ttlMillis).isBetween(50_000L, 60_000L);
    }

    @Test
    void callersWhoOweLittleShareHashesThatExpire() {
        RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "10/1s"), backend);
        assertThat(together(limiter, i -> "someone-" + i)).allMatch(Decision::allowed);
        List<String> keys = server.run(redis -> redis.sync().keys("sluice:*:limit:*"));
        assertThat(keys).hasSizeBetween(1, 2).allMatch(key -> key.matches("sluice:\\{ma}:l:limit:(even|odd)"));
        for (String key : keys) {
            List<String> names = server.run(redis -> redis.sync().hkeys(key));
            assertThat(names).noneMatch(name -> name.contains("someone"));
            long ttlMillis = server.run(redis -> redis.sync().pttl(key));
            assertThat(ttlMillis).isBetween(1L, 30_000L);
        }
    }

    @Test
    void changedLimitKeepsTheDebtInTimeWithinTheNewTolerance() {
        RateLimiter before = RateLimiter.of(Limit.parse("limit", "1/1h burst 100"), backend);
        assertThat(before.tryAcquire("caller", 100).allowed()).isTrue();
        try (Backend newer = server.gateway(Duration.ofSeconds(10))) {
            Decision decision =
                    RateLimiter.of(Limit.parse("limit", "10/1m"), newer).tryAcquire("caller");
            assertThat(decision.allowed()).isFalse();
            assertThat(decision.resetAfter()).isEqualTo(Duration.ofMinutes(1));
        }
    }
}
