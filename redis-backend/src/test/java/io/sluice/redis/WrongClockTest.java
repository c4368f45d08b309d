package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.bucket4j.BucketConfiguration;
import io.sluice.Backend;
import io.sluice.Decision.Source;
import io.sluice.Limit;
import io.sluice.LocalBackend;
import io.sluice.Pass;
import io.sluice.RateLimiter;
import io.sluice.Room;
import io.sluice.Signer;
import io.sluice.Standing;
import io.sluice.Ticket;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A gateway whose wall clock is wrong, beside one whose clock is right. */
class WrongClockTest {

    private static final Room ROOM =
            Room.named("sale").capacity(1).stay(Duration.ofMinutes(5)).build();

    private final RedisServer server = RedisServer.start();
    private final Backend machine = LocalBackend.create();
    private final RedisBackend right = gateway().build();

    @AfterEach
    void stop() {
        right.close();
        machine.close();
        server.close();
    }

    private RedisBackend.Builder gateway() {
        return RedisBackend.builder().uri(server.uri()).decisionTimeout(Duration.ofSeconds(5));
    }

    private RedisBackend gatewayAhead(int minutes) {
        StoreTime time = new StoreTime(machine.time());
        time.set(machine.time().epochMicros() + minutes * 60_000_000L);
        return gateway().machineTime(time).build();
    }

    private static WaitingRoom room(RedisBackend gateway) {
        return WaitingRoom.of(ROOM, gateway, Signer.of("a secret of the tests, long enough"));
    }

    @ParameterizedTest
    @ValueSource(ints = {10, -10})
    void limitsAreTheSameOnBoth(int minutesAhead) {
        Limit bandwidth = Limit.parse("bandwidth", "10/10m");
        BucketConfiguration tenInTenMinutes = BucketConfiguration.builder()
                .addLimit(limit -> limit.capacity(10).refillGreedy(10, Duration.ofMinutes(10)))
                .build();
        Limit bucket = Limit.of("bucket", tenInTenMinutes);
        try (RedisBackend wrong = gatewayAhead(minutesAhead)) {
            for (Limit limit : List.of(bandwidth, bucket)) {
                RateLimiter atRight = RateLimiter.of(limit, right);
                RateLimiter atWrong = RateLimiter.of(limit, wrong);
                assertThat(atRight.tryAcquire("caller", 6).remaining()).isEqualTo(4);
                assertThat(atWrong.tryAcquire("caller", 3).remaining()).isEqualTo(1);
                assertThat(atRight.tryAcquire("caller").remaining()).isZero();
                assertThat(atWrong.tryAcquire("caller").allowed()).isFalse();
                assertThat(atRight.tryAcquire("caller").source()).isEqualTo(Source.STORE);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10, -10})
    void passesAndTicketsOfOneAreGoodAtTheOther(int minutesAhead) {
        try (RedisBackend wrong = gatewayAhead(minutesAhead)) {
            WaitingRoom atRight = room(right);
            WaitingRoom atWrong = room(wrong);
            Pass ann = Objects.requireNonNull(atRight.admit("ann").pass());
            assertThat(atWrong.verify("ann", ann.token())).isEqualTo(ann);
            Ticket ben = atWrong.join("ben");
            assertThat(atRight.status(ben.token()).position()).isEqualTo(1);
            atWrong.leave("ann");
            Standing ready = Awaitility.await()
                    .until(() -> atWrong.status(ben.token()), each -> each.state() == Standing.State.READY);
            Pass pass = atRight.enter("ben", ben.token(), Objects.requireNonNull(ready.gateToken()));
            assertThat(atWrong.verify("ben", pass.token())).isEqualTo(pass);
            assertThat(atWrong.find("ben")).isNotNull();
            assertThat(atRight.find("ann")).isNull();
        }
    }
}
