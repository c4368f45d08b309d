package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Decision.Source;
import io.sluice.Limit;
import io.sluice.RateLimiter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class SentinelTest {

    private static final Limit LIMIT = Limit.named("limit")
            .bandwidth(10, Duration.ofDays(1))
            .onOutage(Limit.OnOutage.CLOSED)
            .build();

    @Test
    void replicaThatBecomesMasterDecidesSoonWithTheDebtsItKnows() {
        try (ReplicatedRedis redis = ReplicatedRedis.start();
                RedisBackend gateway = connect(redis.uri())) {
            RateLimiter limiter = RateLimiter.of(LIMIT, gateway);
            Awaitility.await().until(() -> limiter.tryAcquire("warm-up").source() == Source.STORE);
            assertThat(limiter.tryAcquire("early", 7).allowed()).isTrue();
            redis.awaitReplication();
            redis.cutReplication();
            assertThat(limiter.tryAcquire("early", 2).allowed()).isTrue();
            assertThat(limiter.tryAcquire("late", 10).allowed()).isTrue();

            redis.killMaster();
            assertThat(limiter.tryAcquire("other").source()).isEqualTo(Source.OUTAGE_POLICY);
            redis.awaitFailover();
            Awaitility.await("the store decides")
                    .atMost(Duration.ofSeconds(2))
                    .until(() -> limiter.tryAcquire("key-" + System.nanoTime()).source() == Source.STORE);
            // The last charges are lost, and no more than these.
            assertThat(limiter.tryAcquire("early").remaining()).isEqualTo(10 - 7 - 1);
            assertThat(permits(limiter, "late"))
                    .as("remembered by this gateway")
                    .isZero();
            try (RedisBackend fresh = connect(redis.uri())) {
                RateLimiter freshLimiter = RateLimiter.of(LIMIT, fresh);
                Awaitility.await()
                        .until(() -> freshLimiter.tryAcquire("warm-up").source() == Source.STORE);
                assertThat(permits(freshLimiter, "late"))
                        .as("the burst, once more")
                        .isEqualTo(10);
            }
        }
    }

    @Test
    void sentinelWhoseHostIsGoneDoesNotKeepTheNextOneFromBeingAskedSoon() throws IOException {
        try (GoneHost gone = new GoneHost();
                ReplicatedRedis redis = ReplicatedRedis.start();
                RedisBackend gateway = connect(redis.uriWithSentinelBefore(gone.port()))) {
            RateLimiter limiter = RateLimiter.of(LIMIT, gateway);
            Awaitility.await().until(() -> limiter.tryAcquire("warm-up").source() == Source.STORE);
            long fewestMillis = Long.MAX_VALUE;
            // One of these is not held up by other work of the machine.
            for (int i = 0; i < 3; i++) {
                fewestMillis = Math.min(fewestMillis, millisToReconnect(redis, limiter));
            }
            assertThat(fewestMillis).isLessThan(1_900);
        }
    }

    private static long millisToReconnect(ReplicatedRedis redis, RateLimiter limiter) {
        redis.cutGateways();
        Awaitility.await("the connection is gone")
                .pollInterval(Duration.ofMillis(1))
                .until(() -> limiter.tryAcquire("key-" + System.nanoTime()).source() == Source.OUTAGE_POLICY);
        long startNanos = System.nanoTime();
        Awaitility.await("the store decides")
                .pollInterval(Duration.ofMillis(10))
                .until(() -> limiter.tryAcquire("key-" + System.nanoTime()).source() == Source.STORE);
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNanos);
    }

    /** A listener with a full queue: attempts to connect have no answer, as if its host was gone. */
    private static final class GoneHost implements AutoCloseable {
        private final ServerSocket listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        private final List<Socket> queue = new ArrayList<>();

        GoneHost() throws IOException {
            while (takesAnotherConnection()) {
                assertThat(queue).as("a short queue").hasSizeLessThan(100);
            }
        }

        private boolean takesAnotherConnection() throws IOException {
            Socket socket = new Socket();
            queue.add(socket);
            try {
                socket.connect(listener.getLocalSocketAddress(), 300);
                return true;
            } catch (SocketTimeoutException e) {
                return false;
            }
        }

        int port() {
            return listener.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            for (Socket socket : queue) {
                socket.close();
            }
            listener.close();
        }
    }

    private static RedisBackend connect(String uri) {
        return RedisBackend.builder()
                .uri(uri)
                .decisionTimeout(Duration.ofMillis(300))
                .build();
    }

    private static int permits(RateLimiter limiter, String caller) {
        int permits = 0;
        while (limiter.tryAcquire(caller).allowed()) {
            permits++;
        }
        return permits;
    }
}
