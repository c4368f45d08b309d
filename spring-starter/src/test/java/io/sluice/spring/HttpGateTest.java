package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the gates of the configured names belong together. */
class HttpGateTest {

    private final Map<String, String> properties = new HashMap<>(Map.of("sluice.limits.search.rate", "3/1m"));
    private final LocalBackend backend = LocalBackend.create(new ManualTime());

    @AfterEach
    void close() {
        backend.close();
    }

    private HttpGate gates() {
        return Configured.gates(properties, backend);
    }

    private static Optional<Integer> refusal(Gate gate, String user) {
        FakeCall call =
                new FakeCall("GET", Map.of("X-User", user), new HashMap<>(), new HashMap<>(), new HashMap<>(), null);
        return gate.enter(call).toCompletableFuture().join().map(HttpAnswer::status);
    }

    @Test
    void storeInThisProcessKeepsNoCallWaiting() {
        assertThat(gates().storeCall()).isEqualTo(Duration.ZERO);
    }

    @Test
    void filtersActFromTheStartAndCostWhatTheySay() {
        properties.put("sluice.filters[0].path", "/orders");
        properties.put("sluice.filters[0].limit", "search");
        properties.put("sluice.filters[0].permits", "2");
        Gate filters = gates().settings().now().filters();
        assertThat(refusal(filters, "ann")).isEmpty();
        assertThat(refusal(filters, "ann")).contains(429);
    }

    @ParameterizedTest
    @CsvSource({"waiting-room-joins, ", "waiting-room-keyed-joins, header:X-User"})
    void newcomersAreChargedToTheLimitForHowTheyAreNamed(String limit, @Nullable String key) {
        properties.put("sluice.limits." + limit + ".rate", "1/1h");
        properties.put("sluice.rooms.sale.capacity", "2");
        if (key != null) {
            properties.put("sluice.rooms.sale.key", key);
        }
        RoomGate room = gates().room("sale");
        assertThat(refusal(room, "ann")).isEmpty();
        assertThat(refusal(room, "ben")).contains(429);
    }

    @Test
    void limitIsDeclaredWithOneRateUnlessItIsConfigured() {
        HttpGate gates = gates();
        LimitGate declared = gates.declaredLimit("look", "1/1s");
        assertThat(gates.declaredLimit("look", "1/1s")).isSameAs(declared);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> gates.declaredLimit("look", "2/1s"))
                .withMessageContaining("another annotation declares the limit \"look\"");
        assertThat(gates.declaredLimit("search", "9/1s").limit().maxPermits()).isEqualTo(3);
    }
}
