package io.sluice.benchmarks.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;

/** Two gateways, and a few users who stay on one of them or go round. */
class AffinityTest {

    private static final int USERS = 4;
    private static final long RAMP_NANOS = Durations.seconds(2);
    private static final double COMPRESSION = 5;

    private static final ApplicationContextInitializer<ConfigurableApplicationContext> NOTHING_SHARED = gateway -> {};

    @Test
    void usersWhoGoRoundBuyThroughGatewaysThatShareAll() throws InterruptedException {
        try (SharedBackend backend = new SharedBackend()) {
            assertThat(errors(Affinity.NONE, backend, "secret-of-both-0123456789", "secret-of-both-0123456789"))
                    .isEmpty();
        }
    }

    @Test
    void usersWhoGoRoundFindOutThatTheSecretsDiffer() throws InterruptedException {
        try (SharedBackend backend = new SharedBackend()) {
            assertThat(errors(Affinity.NONE, backend, "secret-of-one-0123456789", "secret-of-another-0123456789"))
                    .isNotEmpty();
        }
    }

    @Test
    void usersWhoGoRoundFindOutThatTheRoomsDiffer() throws InterruptedException {
        assertThat(errors(Affinity.NONE, NOTHING_SHARED, "secret-of-both-0123456789", "secret-of-both-0123456789"))
                .isNotEmpty();
    }

    @Test
    void usersWhoStayOnOneGatewayFindOutNothing() throws InterruptedException {
        assertThat(errors(Affinity.USER, NOTHING_SHARED, "secret-of-one-0123456789", "secret-of-another-0123456789"))
                .isEmpty();
    }

    private static List<Sample> errors(
            Affinity affinity,
            ApplicationContextInitializer<ConfigurableApplicationContext> shared,
            String secret,
            String otherSecret)
            throws InterruptedException {
        long originNanoTime = System.nanoTime();
        Failures failures = new Failures();
        ShopModel model = ShopModel.withCallMillis(0.4, 500);
        try (ShopServer shop = new ShopServer(model, new PodShape(2, 4), COMPRESSION, originNanoTime, 1, failures);
                Gateway one = gateway("gateway-1", shop, secret, shared);
                Gateway other = gateway("gateway-2", shop, otherSecret, shared);
                LoadClient client =
                        new LoadClient(List.of(one.uri(), other.uri()), COMPRESSION, originNanoTime, failures)) {
            Crowd crowd = new Crowd(0, USERS, RAMP_NANOS, client, affinity, 1);
            crowd.start(client.timeline().nowNanos());
            assertThat(crowd.await(Duration.ofMinutes(2))).isTrue();
            failures.check();
            return crowd.samples().stream().filter(sample -> !sample.ok()).toList();
        }
    }

    private static Gateway gateway(
            String name,
            ShopServer shop,
            String secret,
            ApplicationContextInitializer<ConfigurableApplicationContext> shared) {
        Map<String, Object> properties =
                GatewayProperties.guarded(shop.uri(), new GuardBounds(4, 24), 500, COMPRESSION);
        properties.put("sluice.secret", secret);
        properties.put(Gateway.NAME, name);
        return GatewayContext.start(properties, shared);
    }
}
