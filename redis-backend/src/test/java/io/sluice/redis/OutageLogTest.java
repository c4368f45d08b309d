package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Decision;
import io.sluice.FaultyTime;
import io.sluice.Limit;
import io.sluice.RateLimiter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the log says of outages, short and long. */
class OutageLogTest {

    private static final Duration DEADLINE = Duration.ofMillis(50);
    private static final Duration PROBE_INTERVAL = Duration.ofMillis(200);
    private static final String AWAY =
            "WARN Redis does not answer (no answer within 50 ms); until it does, each limit's onOutage decides and rooms hold";
    private static final String BACK = "INFO Redis answers again";

    private final FaultyTime time = new FaultyTime();
    private final OutageLogs logs = new OutageLogs(false, time, DEADLINE);
    private final Breaker breaker = breakerOf("Redis");
    private final LogLines log = new LogLines();
    private boolean away;

    @AfterEach
    void stop() {
        log.close();
    }

    private Breaker breakerOf(String node) {
        return new Breaker(() -> logs.of(node), time, DEADLINE, this::probe);
    }

    private CompletableFuture<String> probe() {
        return away ? CompletableFuture.failedFuture(new TimeoutException()) : CompletableFuture.completedFuture("1");
    }

    private List<String> lines() {
        return log.of(OutageLog.class);
    }

    private void fail(Breaker breaker, Throwable cause) {
        for (int i = 0; i < 3; i++) {
            breaker.failed(cause, time.nanoTime());
        }
        assertThat(breaker.isOpen()).isTrue();
    }

    private void timeOut(Breaker breaker) {
        fail(breaker, new CompletionException(new TimeoutException()));
    }

    private void timeOut() {
        timeOut(breaker);
    }

    /** Opens the breaker, which closes with the next probe, once every so often. */
    private void flap(int times, Duration every) {
        for (int i = 0; i < times; i++) {
            timeOut();
            time.manual.advance(every);
            assertThat(breaker.isOpen()).isFalse();
        }
    }

    @Test
    void anOutageIsSaidOnceAndItsEnd() {
        away = true;
        timeOut();
        time.manual.advance(Duration.ofHours(1));
        away = false;
        time.manual.advance(PROBE_INTERVAL);
        assertThat(lines()).containsExactly(AWAY, BACK);
    }

    @Test
    void failureThatIsNoTimeOutIsNamed() {
        fail(breaker, new IllegalStateException("not connected"));
        assertThat(lines()).first().asString().contains("(java.lang.IllegalStateException: not connected)");
    }

    @Test
    void breakersOfOneNodeSayTogetherThatItIsAwayAndThatAllAreServedAgain() {
        Breaker another = breakerOf("Redis");
        away = true;
        timeOut();
        time.manual.advance(PROBE_INTERVAL.dividedBy(2));
        timeOut(another);
        assertThat(lines()).containsExactly(AWAY);
        time.manual.advance(PROBE_INTERVAL.dividedBy(4));
        away = false;
        time.manual.advance(PROBE_INTERVAL.dividedBy(2));
        assertThat(List.of(breaker.isOpen(), another.isOpen())).containsExactly(false, true);
        assertThat(lines()).containsExactly(AWAY);
        time.manual.advance(PROBE_INTERVAL);
        assertThat(lines()).containsExactly(AWAY, BACK);
    }

    @Test
    void nodesThatAreAwayAreSaidEach() {
        Breaker another = breakerOf("Another");
        timeOut();
        timeOut(another);
        assertThat(lines()).containsExactly(AWAY, AWAY.replace("Redis", "Another"));
        time.manual.advance(PROBE_INTERVAL);
        assertThat(lines()).hasSize(4).endsWith(BACK, BACK.replace("Redis", "Another"));
    }

    @Test
    void breakerThatFindsAnotherNodeWhenItClosesSaysOfTheOneThatWasAwayThatItIsOver() {
        String[] node = {"Redis"};
        Breaker moving = new Breaker(() -> logs.of(node[0]), time, DEADLINE, this::probe);
        timeOut(moving);
        node[0] = "Another";
        time.manual.advance(PROBE_INTERVAL);
        assertThat(lines()).containsExactly(AWAY, BACK);
    }

    @Test
    void breakerThatCouldNotBeProbedDoesNotKeepTheNextOutageOutOfTheLog() {
        time.beforeScheduling = () -> {
            time.beforeScheduling = () -> {};
            throw new Error("unable to create native thread");
        };
        for (int i = 0; i < 3; i++) {
            breaker.failed(new TimeoutException(), time.nanoTime());
        }
        assertThat(breaker.isOpen()).isFalse();
        timeOut(breakerOf("Redis"));
        assertThat(lines()).containsExactly(AWAY, AWAY);
    }

    @Test
    void breakerThatFlapsIsLoggedOnceAMinuteWithHowOftenAndWhatToDo() {
        flap(32, Duration.ofSeconds(2));
        assertThat(lines()).hasSize(6).startsWith(AWAY, BACK, AWAY, BACK);
        assertThat(lines().get(4))
                .startsWith("WARN Redis has stopped answering 3 times within a minute (the last time: no answer within"
                        + " 50 ms); each time, until it answers, each limit's onOutage decides and rooms hold")
                .contains("sluice.redis.timeout");
        assertThat(lines().get(5)).startsWith("WARN Redis has stopped answering 29 times within a minute ");
        time.manual.advance(Duration.ofMinutes(2));
        assertThat(lines()).hasSize(7).endsWith(BACK);
        timeOut();
        assertThat(lines()).hasSize(8).endsWith(AWAY);
    }

    @Test
    void breakerThatOpensTwiceAMinuteDoesNotFlap() {
        flap(4, Duration.ofSeconds(30));
        assertThat(lines()).containsExactly(AWAY, BACK, AWAY, BACK, AWAY, BACK, AWAY, BACK);
    }

    @Test
    void outageThatBeginsWhileItFlapsIsLoggedWithinAMinute() {
        flap(4, Duration.ofSeconds(2));
        away = true;
        timeOut();
        time.manual.advance(Duration.ofMinutes(1));
        assertThat(lines()).hasSize(6).endsWith(AWAY);
        away = false;
        time.manual.advance(PROBE_INTERVAL);
        assertThat(lines()).hasSize(7).endsWith(BACK);
    }

    @Test
    void theNextOpeningIsLoggedIfTheEndOfTheMinuteCannotBeScheduled() {
        flap(2, Duration.ofSeconds(2));
        time.beforeScheduling = () -> {
            time.beforeScheduling = () -> {};
            throw new Error("unable to create native thread");
        };
        timeOut();
        time.manual.advance(PROBE_INTERVAL);
        assertThat(lines()).hasSize(6).endsWith(BACK);
    }

    @Test
    void closedBackendSaysNothingMore() {
        flap(5, Duration.ofSeconds(1));
        List<String> said = lines();
        logs.close();
        time.manual.advance(Duration.ofMinutes(2));
        assertThat(lines()).isEqualTo(said);
    }

    @Test
    void redisThatHangsGivesNoAnswerInTime() {
        assertThat(reasonAfter(RedisServer::freeze)).isEqualTo("no answer within 150 ms");
    }

    @Test
    void redisThatIsGoneIsNotSaidToBeLate() {
        assertThat(reasonAfter(RedisServer::kill)).contains("Exception").doesNotContain("within");
    }

    /** Returns why Redis does not answer, as the log has it. */
    private String reasonAfter(Consumer<RedisServer> event) {
        try (RedisServer server = RedisServer.start();
                RedisBackend backend = server.gateway(Duration.ofMillis(150))) {
            RateLimiter limiter = RateLimiter.of(Limit.of("limit", 1_000, Duration.ofHours(1)), backend);
            Awaitility.await().until(() -> limiter.tryAcquire("caller").source() == Decision.Source.STORE);
            event.accept(server);
            Awaitility.await().until(() -> {
                limiter.tryAcquire("caller");
                return !backend.isAvailable();
            });
            String line = Awaitility.await().until(() -> String.join("\n", lines()), each -> each.contains("WARN "));
            return line.substring(line.indexOf('(') + 1, line.lastIndexOf("); until"));
        }
    }
}
