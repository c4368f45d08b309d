package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.bucket4j.BucketConfiguration;
import io.lettuce.core.FlushMode;
import io.sluice.Decision.Source;
import io.sluice.Limit;
import io.sluice.Pass;
import io.sluice.RateLimiter;
import io.sluice.Room;
import io.sluice.Signer;
import io.sluice.Standing;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A Redis that answers, but has forgotten its scripts, has no room left, or holds what others put there. */
class StoreFaultsTest {

    private static final Limit LIMIT = Limit.named("limit")
            .bandwidth(100, Duration.ofDays(1))
            .onOutage(Limit.OnOutage.CLOSED)
            .build();

    private final RedisServer server = RedisServer.start();
    private final RedisBackend gateway = server.gateway(Duration.ofSeconds(1));
    private final RateLimiter limiter = RateLimiter.of(LIMIT, gateway);

    @AfterEach
    void stop() {
        gateway.close();
        server.close();
    }

    private WaitingRoom room(String name) {
        return WaitingRoom.of(
                Room.named(name).capacity(1).build(), gateway, Signer.of("a secret of the tests, long enough"));
    }

    /** To be asked for from the moment when Redis can do again what it could not. */
    private static Standing notHolding(WaitingRoom room, Ticket ticket) {
        return Awaitility.await("service resumes")
                .atMost(Duration.ofSeconds(2))
                .until(() -> room.status(ticket.token()), standing -> !standing.holding());
    }

    @Test
    void scriptsThatAreForgottenUnderLoadAreSentAgain() {
        WaitingRoom room = room("sale");
        room.admit("ann");
        List<CompletableFuture<Boolean>> allowed = new ArrayList<>();
        server.run(redis -> {
            for (int i = 0; i < 50; i++) {
                redis.sync().scriptFlush(FlushMode.SYNC);
                for (int call = 0; call < 10; call++) {
                    allowed.add(limiter.tryAcquireAsync("caller-" + call % 3)
                            .toCompletableFuture()
                            .thenApply(decision -> decision.allowed()));
                }
                assertThat(room.join("visitor-" + i).standing().position()).isEqualTo(i + 1L);
            }
            return redis;
        });
        assertThat(allowed.stream().filter(CompletableFuture::join)).hasSize(3 * 100);
        assertThat(gateway.outageDecisions()).isZero();
    }

    @Test
    void roomOfAFullStoreLosesNobody() {
        WaitingRoom room = room("sale");
        Pass ann = Objects.requireNonNull(room.admit("ann").pass());
        Ticket ben = room.join("ben");
        server.run(redis -> redis.sync().configSet("maxmemory", "1"));
        Ticket cem = room.join("cem");
        assertThat(cem.standing().holding()).isTrue();
        assertThat(room.status(ben.token()).state()).isEqualTo(Standing.State.QUEUED);
        assertThat(room.verify("ann", ann.token())).isEqualTo(ann);
        server.run(redis -> redis.sync().configSet("maxmemory", "0"));
        assertThat(notHolding(room, ben).position()).isEqualTo(1);
        assertThat(notHolding(room, cem).position()).isEqualTo(2);
        assertThat(room.verify("ann", ann.token())).isEqualTo(ann);
    }

    @Test
    void foreignKeyInARoomHarmsNothingElseAndIsOverWhenItIsGone() {
        WaitingRoom room = room("sale");
        WaitingRoom other = room("other");
        room.admit("ann");
        Ticket ben = room.join("ben");
        other.admit("ann");
        List<String> keys = server.run(redis -> redis.sync().keys("sluice:{room:sale}:*"));
        assertThat(keys).hasSizeGreaterThan(3);
        int refused = 0;
        long lastPosition = 1;
        for (int i = 0; i < keys.size(); i++) {
            String key = keys.get(i);
            int visitor = i;
            server.run(redis -> {
                redis.sync().rename(key, "aside");
                return redis.sync().xadd(key, "something", "else");
            });
            Ticket ticket = room.join("visitor-" + visitor);
            refused += ticket.standing().holding() ? 1 : 0;
            assertThat(other.join("visitor-" + visitor).standing().position()).isEqualTo(visitor + 1L);
            assertThat(limiter.tryAcquire("caller").source()).isEqualTo(Source.STORE);
            server.run(redis -> redis.sync().rename("aside", key));
            // A number may have been used up by a call that failed; none is given out twice.
            long position = notHolding(room, ticket).position();
            assertThat(position).as(key).isGreaterThan(lastPosition);
            lastPosition = position;
        }
        assertThat(room.status(ben.token()).position()).isEqualTo(1);
        assertThat(refused).isPositive();
    }

    @Test
    void foreignKeyOfABucketHarmsNoOtherCaller() {
        BucketConfiguration ten = BucketConfiguration.builder()
                .addLimit(limit -> limit.capacity(10).refillIntervally(10, Duration.ofDays(1)))
                .build();
        Limit limit = Limit.named("general")
                .configuration(ten)
                .onOutage(Limit.OnOutage.CLOSED)
                .build();
        RateLimiter general = RateLimiter.of(limit, gateway);
        Awaitility.await().until(() -> general.tryAcquire("another").source() == Source.STORE);
        general.tryAcquire("caller");
        String pattern = "sluice:*:b:general:*" + new CallerKeys(null).hash("caller");
        String key = server.run(redis -> redis.sync().keys(pattern)).get(0);
        for (String command : List.of("list", "string")) {
            server.run(redis -> {
                redis.sync().del(key);
                return command.equals("list")
                        ? redis.sync().lpush(key, "else")
                        : redis.sync().append(key, "else");
            });
            for (int i = 0; i < 5; i++) {
                assertThat(general.tryAcquire("caller").source()).isEqualTo(Source.OUTAGE_POLICY);
            }
            assertThat(general.tryAcquire("another").source()).as(command).isEqualTo(Source.STORE);
            assertThat(limiter.tryAcquire("caller").source()).isEqualTo(Source.STORE);
        }
    }

    @Test
    void foreignKeyOfTheHeartbeatLeavesTheLastCountAndIsNamedToGatewaysThatStart() {
        try (RedisBackend other = RedisBackend.connect(server.uri())) {
            Awaitility.await().until(() -> gateway.gateways() == 2 && other.gateways() == 2);
            server.run(redis -> {
                redis.sync().del("sluice:gateways");
                return redis.sync().lpush("sluice:gateways", "something else");
            });
            assertThatIllegalStateException()
                    .isThrownBy(() -> RedisBackend.connect(server.uri()))
                    .withMessageContaining("sluice:gateways")
                    .withMessageContaining("delete it");
            assertThat(limiter.tryAcquire("caller").source()).isEqualTo(Source.STORE);
            assertThat(gateway.gateways()).isEqualTo(2);
            server.run(redis -> redis.sync().del("sluice:gateways"));
        }
        Awaitility.await().until(() -> gateway.gateways() == 1);
    }
}
