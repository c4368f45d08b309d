package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.bucket4j.BucketConfiguration;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SslOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.sluice.Decision;
import io.sluice.Decision.Source;
import io.sluice.Limit;
import io.sluice.RateLimiter;
import io.sluice.Room;
import io.sluice.Signer;
import io.sluice.WaitingRoom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ways to connect that docs/redis.md promises: TLS, a user of one's own, names, and clients of the caller's. */
class ConnectionTest {

    private static final Limit LIMIT = Limit.named("limit")
            .bandwidth(10, Duration.ofDays(1))
            .onOutage(Limit.OnOutage.CLOSED)
            .build();

    private static void assertDecides(RedisBackend gateway) {
        RateLimiter limiter = RateLimiter.of(LIMIT, gateway);
        Awaitility.await().until(() -> limiter.tryAcquire("caller").source() == Source.STORE);
    }

    @Test
    void certificateThatTheJvmTrustsSuffices(@TempDir Path directory) {
        Certificate certificate = Certificate.selfSigned(directory);
        try (RedisServer server = RedisServer.startTls(certificate)) {
            System.setProperty(
                    "javax.net.ssl.trustStore", certificate.trustStore().toString());
            System.setProperty("javax.net.ssl.trustStorePassword", Certificate.PASSWORD);
            try (RedisBackend gateway = RedisBackend.connect(server.tlsUri())) {
                assertDecides(gateway);
            } finally {
                System.clearProperty("javax.net.ssl.trustStore");
                System.clearProperty("javax.net.ssl.trustStorePassword");
            }
        }
    }

    @Test
    void certificateThatNobodyTrustsIsRefusedWithAdvice(@TempDir Path directory) {
        try (RedisServer server = RedisServer.startTls(Certificate.selfSigned(directory))) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> RedisBackend.connect(server.tlsUri()))
                    .withMessageContaining("javax.net.ssl.trustStore");
        }
    }

    @Test
    void tlsOnOneSideOnlyIsSuspected(@TempDir Path directory) {
        try (RedisServer server = RedisServer.startTls(Certificate.selfSigned(directory))) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> RedisBackend.connect(server.uri().replace("redis:", "rediss:")))
                    .withMessageContaining("is it TLS");
            assertThatIllegalStateException()
                    .isThrownBy(() -> RedisBackend.connect(server.tlsUri().replace("rediss:", "redis:")))
                    .withMessageContaining("is it TLS");
        }
    }

    @Test
    void clientOfTheCallersMayTrustWhatItLikesAndStaysOpen(@TempDir Path directory) {
        Certificate certificate = Certificate.selfSigned(directory);
        try (RedisServer server = RedisServer.startTls(certificate)) {
            RedisURI uri = RedisURI.create(server.tlsUri());
            uri.setClientName("shop");
            RedisClient client = RedisClient.create(uri);
            try {
                client.setOptions(ClientOptions.builder()
                        .sslOptions(SslOptions.builder()
                                .truststore(certificate.trustStore().toFile(), Certificate.PASSWORD)
                                .build())
                        .build());
                try (RedisBackend gateway =
                        RedisBackend.builder().client(client).build()) {
                    assertDecides(gateway);
                    assertThat(clients(server)).contains("name=shop").doesNotContain("name=sluice");
                }
                try (StatefulRedisConnection<String, String> connection = client.connect()) {
                    assertThat(connection.sync().ping()).isEqualTo("PONG");
                }
            } finally {
                client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
            }
        }
    }

    /** The queue that failed the load test lost commands that came into another's transaction. */
    @Test
    void transactionOfTheCallersAndDecisionsMadeMeanwhileLeaveEachOtherAlone() {
        try (RedisServer server = RedisServer.start()) {
            RedisClient client = RedisClient.create(server.uri());
            try (RedisBackend gateway = RedisBackend.builder()
                            .client(client)
                            .decisionTimeout(Duration.ofSeconds(10))
                            .build();
                    StatefulRedisConnection<String, String> own = client.connect()) {
                RateLimiter limiter = RateLimiter.of(LIMIT, gateway);
                RateLimiter general = RateLimiter.of(Limit.of("general", perDay(10)), gateway);
                WaitingRoom room = WaitingRoom.of(
                        Room.named("sale").capacity(0).build(),
                        gateway,
                        Signer.of("a secret of the tests, long enough"));
                own.sync().watch("stock");
                own.sync().multi();
                own.sync().set("stock", "10");
                IntStream.rangeClosed(1, 40).parallel().forEach(i -> {
                    assertThat(limiter.tryAcquire("caller-" + i).remaining()).isEqualTo(9);
                    assertThat(general.tryAcquire("caller-" + i).remaining()).isEqualTo(9);
                    room.join("visitor-" + i);
                });
                own.sync().decr("stock");
                assertThat(own.sync().exec()).containsExactly("OK", 9L);
                assertThat(limiter.tryAcquire("caller-1").remaining()).isEqualTo(8);
                assertThat(general.tryAcquire("caller-1").remaining()).isEqualTo(8);
                assertThat(room.join("another").standing().position()).isEqualTo(41);
            } finally {
                client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
            }
        }
    }

    private static String clients(RedisServer server) {
        return server.run(redis -> redis.sync().clientList());
    }

    /** Lettuce's defaults keep commands while disconnected, and repeat them. */
    @Test
    void clientWithLettucesDefaultsStillMeetsTheDeadlineAndChargesOnce() {
        try (RedisServer server = RedisServer.start()) {
            RedisClient client = RedisClient.create(server.uri());
            try (RedisBackend gateway = RedisBackend.builder()
                    .client(client)
                    .decisionTimeout(Duration.ofMillis(200))
                    .build()) {
                RateLimiter limiter = RateLimiter.of(LIMIT, gateway);
                assertDecides(gateway);
                server.kill();
                long startNanos = System.nanoTime();
                Decision decision = limiter.tryAcquire("another", 3);
                assertThat(decision.source()).isEqualTo(Source.OUTAGE_POLICY);
                assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofMillis(500));
                server.restart();
                Awaitility.await()
                        .until(() ->
                                limiter.tryAcquire("key-" + System.nanoTime()).source() == Source.STORE);
                assertThat(limiter.tryAcquire("another").remaining())
                        .as("the call of the outage was not repeated")
                        .isEqualTo(9);
            } finally {
                client.shutdown(Duration.ZERO, Duration.ofSeconds(1));
            }
        }
    }

    @Test
    void connectionsAreListedUnderTheirName() {
        try (RedisServer server = RedisServer.start();
                RedisBackend unnamed = RedisBackend.connect(server.uri());
                RedisBackend named = RedisBackend.builder()
                        .uri(server.uri())
                        .clientName("gate-1")
                        .build();
                RedisBackend namedByUri = RedisBackend.connect(server.uri() + "?clientName=gate-2")) {
            assertThat(clients(server)).contains("name=sluice ", "name=gate-1 ", "name=gate-2 ");
        }
    }

    @Test
    void backendsOfOneBuilderAreClosedEachByItself() {
        try (RedisServer server = RedisServer.start()) {
            RedisBackend.Builder builder = RedisBackend.builder().uri(server.uri());
            RedisBackend one = builder.clientName("gate-1").build();
            try (RedisBackend other = builder.clientName("gate-2").build()) {
                one.close();
                assertDecides(other);
                assertThat(clients(server)).contains("name=gate-2 ").doesNotContain("name=gate-1 ");
            }
            assertThat(clients(server)).doesNotContain("name=gate-");
        }
    }

    @Test
    void secretThatIsTooShortLeavesNoConnection() {
        try (RedisServer server = RedisServer.start()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> RedisBackend.builder()
                            .uri(server.uri())
                            .secret("short")
                            .build())
                    .withMessageContaining("openssl rand");
            assertThat(clients(server)).doesNotContain("name=sluice");
        }
    }

    @ParameterizedTest
    @CsvSource({"'', ''", "/1, ' +select'"})
    void userWithTheRightsOfTheDocumentationSuffices(String database, String furtherRight) throws IOException {
        String rights = Files.readString(Path.of("..", "docs", "redis.md"))
                .lines()
                .filter(line -> line.startsWith("ACL SETUSER gateway "))
                .findFirst()
                .orElseThrow()
                .substring("ACL SETUSER ".length());
        try (RedisServer server = RedisServer.start(("--user " + rights + furtherRight).split(" "));
                RedisBackend gateway = RedisBackend.builder()
                        .uri("redis://gateway:password@127.0.0.1:" + server.port() + database)
                        .decisionTimeout(Duration.ofSeconds(1))
                        .build()) {
            RateLimiter limiter = RateLimiter.of(LIMIT, gateway);
            assertDecides(gateway);
            limiter.refund("caller", 10);
            assertThat(limiter.tryAcquire("caller", 10).allowed()).isTrue();
            BucketConfiguration fiveAtOnce = BucketConfiguration.builder()
                    .addLimit(limit -> limit.capacity(5).refillIntervally(5, Duration.ofSeconds(1)))
                    .build();
            RateLimiter general = RateLimiter.of(Limit.of("general", fiveAtOnce), gateway);
            Awaitility.await().until(() -> general.tryAcquire("caller").source() == Source.STORE);
            WaitingRoom room = WaitingRoom.of(
                    Room.named("sale").capacity(1).build(), gateway, Signer.of("a secret of the tests, long enough"));
            Objects.requireNonNull(room.admit("ann").pass());
            String ben = room.join("ben").token();
            room.renew("ann");
            room.configure(2, Room.Mode.OPEN);
            String gate = Awaitility.await().until(() -> room.status(ben).gateToken(), Objects::nonNull);
            room.enter("ben", ben, gate);
            room.leave("ann");
            assertThat(room.find("ann")).isNull();
        }
    }

    @Test
    void limitsThatBucket4jDecidesShareOneConnectionHoweverOftenTheyAreRedefined() {
        try (RedisServer server = RedisServer.start();
                RedisBackend gateway = RedisBackend.connect(server.uri())) {
            for (int capacity = 1; capacity <= 5; capacity++) {
                gateway.redefine(Limit.of("redefined", perDay(capacity)));
                gateway.limit(Limit.of("limit-" + capacity, perDay(capacity)));
            }
            assertThat(server.run(redis -> redis.sync().clientList())
                            .lines()
                            .filter(line -> line.contains("name=sluice")))
                    .as("connections: of Sluice's own decisions, and of Bucket4j's")
                    .hasSize(2);
        }
    }

    private static BucketConfiguration perDay(int capacity) {
        return BucketConfiguration.builder()
                .addLimit(limit -> limit.capacity(capacity).refillIntervally(capacity, Duration.ofDays(1)))
                .build();
    }
}
