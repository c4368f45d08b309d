package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Pass;
import io.sluice.RateLimiter;
import io.sluice.Standing;
import io.sluice.WaitingRoom;
import java.time.Duration;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What a gateway leaves behind that is killed in the middle of its work. */
class KilledGatewayTest {

    @Test
    void whatItDidStandsAndTheOthersGoOn() {
        try (RedisServer server = RedisServer.start();
                RedisBackend gateway = GatewayProcess.connect(server.uri());
                GatewayProcess killed = GatewayProcess.start(server.uri())) {
            killed.act();
            Awaitility.await().until(() -> gateway.gateways() == 2);
            WaitingRoom room = GatewayProcess.room(gateway);
            killed.kill();
            assertThat(RateLimiter.of(GatewayProcess.LIMIT, gateway)
                            .tryAcquire("caller")
                            .remaining())
                    .isEqualTo(10 - GatewayProcess.CHARGED - 1);
            Pass ann = Objects.requireNonNull(room.verify("ann", killed.pass()));
            assertThat(room.find("ann")).isEqualTo(ann);
            assertThat(room.status(killed.ticket()).position()).isEqualTo(1);
            assertThat(room.join("cem").standing().position()).isEqualTo(2);
            room.leave("ann");
            Standing ready = Awaitility.await()
                    .until(() -> room.status(killed.ticket()), each -> each.state() == Standing.State.READY);
            assertThat(room.enter("ben", killed.ticket(), Objects.requireNonNull(ready.gateToken())))
                    .isNotNull();
            Awaitility.await("its share goes to the others")
                    .atMost(Duration.ofSeconds(7))
                    .until(() -> gateway.gateways() == 1);
        }
    }
}
