package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A gateway that has another secret than the others does not go unnoticed. */
class DifferingSecretsTest {

    private static final String SECRET = "a secret of the tests, long enough";
    private static final String ANOTHER = "another secret of the tests, long enough";

    private final RedisServer server = RedisServer.start();
    private final List<RedisBackend> gateways = new ArrayList<>();
    private final LogLines log = new LogLines();

    @AfterEach
    void stop() {
        gateways.forEach(RedisBackend::close);
        server.close();
        log.close();
    }

    private RedisBackend gateway(RedisBackend.Builder builder) {
        RedisBackend gateway = builder.uri(server.uri())
                .decisionTimeout(Duration.ofSeconds(10))
                .build();
        gateways.add(gateway);
        return gateway;
    }

    private RedisBackend gateway(String secret) {
        return gateway(RedisBackend.builder().secret(secret));
    }

    private void awaitThatEachKnowsOfAll() {
        Awaitility.await().until(() -> gateways.stream().allMatch(each -> each.gateways() == gateways.size()));
    }

    @Test
    void eachGatewayCountsThoseThatHaveAnotherSecretAndNamesTheRemedyUntilTheyAreGone() {
        RedisBackend one = gateway(SECRET);
        RedisBackend two = gateway(SECRET);
        awaitThatEachKnowsOfAll();
        assertThat(one.gatewaysWithAnotherSecret()).isZero();
        assertThat(log.of(SecretWatch.class)).isEmpty();
        RedisBackend odd = gateway(ANOTHER);
        Awaitility.await()
                .untilAsserted(() -> assertThat(gateways)
                        .extracting(RedisBackend::gatewaysWithAnotherSecret)
                        .containsExactly(1, 1, 2));
        assertThat(log.of(SecretWatch.class))
                .hasSize(3)
                .allMatch(line -> line.startsWith("ERROR Gateways on this Redis have different secrets: "))
                .allMatch(line -> line.contains("sluice.secret"));
        gateways.remove(odd);
        odd.close();
        Awaitility.await().until(() -> one.gatewaysWithAnotherSecret() == 0 && two.gatewaysWithAnotherSecret() == 0);
        assertThat(log.of(SecretWatch.class))
                .filteredOn(line -> line.startsWith("INFO All gateways "))
                .hasSize(2);
    }

    @Test
    void gatewayWithoutASecretIsNotCompared() {
        RedisBackend secretive = gateway(SECRET);
        RedisBackend open = gateway(RedisBackend.builder());
        awaitThatEachKnowsOfAll();
        assertThat(secretive.gatewaysWithAnotherSecret()).isZero();
        assertThat(open.gatewaysWithAnotherSecret()).isZero();
    }

    @Test
    void servicesWithAKeyPrefixEachMayHaveASecretEach() {
        RedisBackend here = gateway(RedisBackend.builder().secret(SECRET));
        RedisBackend there = gateway(RedisBackend.builder().secret(ANOTHER).keyPrefix("another-service"));
        assertThat(here.gatewaysWithAnotherSecret()).isZero();
        assertThat(there.gatewaysWithAnotherSecret()).isZero();
    }

    @Test
    void heartbeatsShowNoSecretAndLeaveNothingBehind() {
        gateway(SECRET);
        List<String> members = server.run(redis -> redis.sync().zrange("sluice:gateways", 0, -1));
        assertThat(members).hasSize(1).first().asString().matches("[0-9a-f]{16}#[A-Za-z0-9_-]{16}");
        gateways.remove(0).close();
        long left = server.run(redis -> redis.sync().exists("sluice:gateways"));
        assertThat(left).isZero();
    }

    @Test
    void whileTheyDifferIsSaidOnceAMinute() {
        ManualTime time = new ManualTime();
        SecretWatch watch = new SecretWatch(time);
        for (int second = 0; second <= 120; second++) {
            watch.counted(1, 3);
            time.advance(Duration.ofSeconds(1));
        }
        assertThat(log.of(SecretWatch.class)).hasSize(3).allMatch(line -> line.startsWith("ERROR "));
        watch.counted(0, 3);
        watch.counted(0, 3);
        assertThat(log.of(SecretWatch.class)).hasSize(4).last().asString().startsWith("INFO ");
        watch.counted(2, 3);
        assertThat(log.of(SecretWatch.class)).hasSize(5).last().asString().contains("2 of 3");
    }
}
