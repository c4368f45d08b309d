package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Limit;
import io.sluice.ManualTime;
import io.sluice.RateLimiter;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where acquire.lua keeps debts: short ones in the hashes of two generations, long ones in strings. */
class SharedDebtsTest {

    private static final Duration GENERATION = Duration.ofSeconds(10);
    private static final String[] HASHES = new LimitKeys("sluice", "l", "limit", new CallerKeys(null)).generations(0);

    private final ManualTime time = new ManualTime();
    private final RedisServer server = RedisServer.start();
    private final RedisBackend gateway = server.gateway(time);

    @AfterEach
    void stop() {
        gateway.close();
        server.close();
    }

    private long fields(String hash) {
        return server.run(redis -> redis.sync().hlen(hash));
    }

    private List<String> strings() {
        return server.run(redis -> redis.sync().keys("sluice:*:l:limit:????????????????"));
    }

    private void advanceToAGeneration() {
        long sinceMicros = time.epochMicros() % (GENERATION.toNanos() / 1_000);
        time.advance(GENERATION.minus(Duration.ofNanos(1_000 * sinceMicros)));
    }

    @Test
    void hashIsTakenOverByTheGenerationAfterTheNext() {
        RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "10/1s"), gateway);
        advanceToAGeneration();
        for (int i = 0; i < 50; i++) {
            limiter.tryAcquire("caller-" + i);
        }
        for (int generation = 0; generation < 3; generation++) {
            assertThat(fields(HASHES[0]) + fields(HASHES[1])).isEqualTo(generation < 2 ? 51 + 2 * generation : 4);
            time.advance(GENERATION);
            limiter.tryAcquire("another");
        }
    }

    @Test
    void debtIsSeenByTheNextGenerationToTheMicrosecond() {
        RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "10/10s"), gateway);
        advanceToAGeneration();
        time.advance(GENERATION.minusNanos(1_000));
        assertThat(limiter.tryAcquire("caller", 10).allowed()).isTrue();
        time.advance(Duration.ofSeconds(9).minusNanos(1_000));
        assertThat(limiter.tryAcquire("caller", 9).allowed()).isFalse();
        time.advance(Duration.ofNanos(1_000));
        assertThat(limiter.tryAcquire("caller", 9).allowed()).isTrue();
        assertThat(limiter.tryAcquire("caller", 1).allowed()).isFalse();
    }

    @Test
    void hashThatNobodyHasWrittenToForTwoGenerationsSaysNothing() {
        RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "10/1s"), gateway);
        advanceToAGeneration();
        time.advance(GENERATION.minusMillis(100));
        assertThat(limiter.tryAcquire("caller", 10).allowed()).isTrue();
        time.advance(GENERATION.multipliedBy(2).plusMillis(200));
        assertThat(limiter.tryAcquire("caller", 10).allowed()).isTrue();
    }

    @Test
    void debtThatGrowsAndShrinksMovesFromTheHashToAStringAndBack() {
        RateLimiter limiter = RateLimiter.of(Limit.parse("limit", "60/1m"), gateway);
        advanceToAGeneration();
        limiter.tryAcquire("caller", 10);
        assertThat(strings()).isEmpty();
        limiter.tryAcquire("caller", 1);
        assertThat(strings()).hasSize(1);
        assertThat(limiter.tryAcquire("caller", 49).remaining()).isZero();
        limiter.refund("caller", 55);
        assertThat(strings()).isEmpty();
        assertThat(limiter.tryAcquire("caller", 1).remaining()).isEqualTo(54);
    }

    @Test
    void limitThatGetsALongerPeriodAndItsOldOneBackKeepsTheDebt() {
        Limit perSecond = Limit.parse("limit", "10/1s");
        RateLimiter before = RateLimiter.of(perSecond, gateway);
        assertThat(before.tryAcquire("caller", 10).allowed()).isTrue();
        RateLimiter longer = before.redefine(Limit.parse("limit", "100/100s"));
        assertThat(longer.tryAcquire("caller", 99).remaining()).isZero();
        RateLimiter again = longer.redefine(perSecond);
        assertThat(again.tryAcquire("caller").allowed()).isFalse();
        time.advance(Duration.ofMillis(100));
        assertThat(again.tryAcquire("caller").allowed()).isTrue();
    }
}
