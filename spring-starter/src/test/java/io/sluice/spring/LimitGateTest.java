package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.sluice.Decision;
import io.sluice.Limit;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import io.sluice.Signer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One limit over HTTP, without an application around it. */
class LimitGateTest {

    private final List<GateObserver.Outcome> decisions = new ArrayList<>();
    private final Map<String, String> properties = new HashMap<>(Map.of(
            "sluice.limits.search.rate", "2/1m",
            "sluice.limits.search.key", "header:X-User",
            "sluice.limits.search.anonymous", "refuse",
            "sluice.limits.none-left.rate", "1/1h",
            "sluice.limits.waiting-room-joins.rate", "1/1h"));
    private final LocalBackend backend = LocalBackend.create(new ManualTime());

    @AfterEach
    void close() {
        backend.close();
    }

    private HttpGate gates() {
        GateObserver observer = new GateObserver() {
            @Override
            public OfLimit limit(LimitGate gate) {
                return (outcome, source) -> {
                    assertThat(source).isEqualTo(Decision.Source.STORE);
                    decisions.add(outcome);
                };
            }
        };
        return new HttpGate(
                Configured.with(properties), backend, Signer.random(), Map.of(), observer, SecurityOrder.DEFAULT);
    }

    private static FakeCall callOf(String user) {
        return new FakeCall("GET", Map.of("X-User", user), new HashMap<>(), new HashMap<>(), new HashMap<>(), null);
    }

    private static Optional<HttpAnswer> enter(Gate gate, FakeCall call) {
        return gate.enter(call).toCompletableFuture().join();
    }

    @Test
    void callThatPassesReadsWhatIsLeftAndWhenThereIsMore() {
        FakeCall call = callOf("ann");
        assertThat(enter(gates().limit("search").costing(1), call)).isEmpty();
        assertThat(call.responseHeaders())
                .containsEntry("RateLimit-Policy", "\"search\";q=2;w=60")
                .containsEntry("RateLimit", "\"search\";r=1;t=30");
        assertThat(decisions).containsExactly(GateObserver.Outcome.ALLOWED);
    }

    @Test
    void requestIsChargedOnceHoweverOftenItMeetsTheLimit() {
        LimitGate limit = gates().limit("search");
        FakeCall call = callOf("ann");
        for (int i = 0; i < 3; i++) {
            assertThat(enter(limit.costing(1), call)).isEmpty();
        }
        assertThat(decisions).hasSize(1);
    }

    @Test
    void inShadowModeACallReadsOnlyThatItWouldBeRefused() {
        properties.put("sluice.limits.search.shadow", "true");
        Gate gate = gates().limit("search").costing(2);
        FakeCall first = callOf("ann");
        enter(gate, first);
        assertThat(first.responseHeaders()).isEmpty();
        FakeCall second = callOf("ann");
        assertThat(enter(gate, second)).isEmpty();
        assertThat(second.responseHeaders()).containsOnly(Map.entry("Sluice-Shadow", "\"search\";kind=limit"));
        assertThat(decisions).containsExactly(GateObserver.Outcome.ALLOWED, GateObserver.Outcome.SHADOWED);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void callOfNobodyIsRefusedUnlessInShadowMode(boolean shadow) {
        properties.put("sluice.limits.search.shadow", Boolean.toString(shadow));
        LimitGate limit = gates().limit("search");
        for (Gate gate : List.of(limit.costing(1), limit.costing(1, call -> ""))) {
            assertThat(enter(gate, FakeCall.ofBrowser("GET", "en")).map(HttpAnswer::status))
                    .isEqualTo(shadow ? Optional.empty() : Optional.of(403));
        }
    }

    @Test
    void anotherKeyTakesThePlaceOfTheLimitsOwn() {
        Gate gate = gates().limit("search").costing(2, call -> call.remoteAddress());
        assertThat(enter(gate, callOf("ann"))).isEmpty();
        assertThat(enter(gate, callOf("ben"))).isPresent();
    }

    @Test
    void callThatCostsMoreThanASmallerLimitGrantsByNowCostsAllOfIt() {
        LimitGate limit = gates().limit("search");
        LimitGate.Definition before = limit.definition();
        limit.checkPermits(2);
        limit.redefine(new LimitGate.Definition(
                before.limiter().redefine(Limit.parse("search", "1/1m")), before.key(), before.properties()));
        limit.checkPermits(2);
        assertThatIllegalArgumentException().isThrownBy(() -> limit.checkPermits(3));
        assertThatIllegalArgumentException().isThrownBy(() -> limit.checkPermits(0));
        assertThat(enter(limit.costing(2), callOf("ann"))).isEmpty();
    }

    @Test
    void visitorWhomARoomInShadowModeWouldNotLetJoinPaysForTheLimitInFront() {
        properties.put("sluice.rooms.sale.capacity", "1");
        properties.put("sluice.rooms.sale.shadow", "true");
        HttpGate gates = gates();
        Gate both = Gate.inOrder(List.of(gates.limit("search").costing(1), gates.room("sale")));
        for (int left = 1; left >= 0; left--) {
            FakeCall call = callOf("ann");
            assertThat(enter(both, call)).isEmpty();
            assertThat(call.responseHeaders()).containsEntry("RateLimit", "\"search\";r=" + left + ";t=30");
        }
        assertThat(enter(both, callOf("ann"))).isPresent();
    }

    @Test
    void roomBehindOneInShadowModeRefusesANewcomerAsIfItWereAlone() {
        properties.put("sluice.rooms.rehearsal.capacity", "1");
        properties.put("sluice.rooms.rehearsal.shadow", "true");
        properties.put("sluice.rooms.sale.capacity", "1");
        HttpGate gates = gates();
        Gate all = Gate.inOrder(List.of(gates.limit("search").costing(1), gates.room("rehearsal"), gates.room("sale")));
        assertThat(enter(all, callOf("ben"))).isEmpty();
        FakeCall call = callOf("ann");
        assertThat(enter(all, call).map(HttpAnswer::status)).contains(429);
        assertThat(call.responseHeaders().get("RateLimit"))
                .contains("\"search\";r=2")
                .contains("\"waiting-room-joins\";r=0");
    }

    @ParameterizedTest
    @CsvSource({"search, true", "waiting-room-joins, false"})
    void callThatIsRefusedLaterGetsItsPermitsBackUnlessTheyBoundTheJoins(String limit, boolean getsThemBack) {
        HttpGate gates = gates();
        long all = gates.limit(limit).limit().maxPermits();
        Gate charging = gates.limit(limit).costing(all);
        Gate noneLeft = gates.limit("none-left").costing(1, call -> "everybody");
        enter(noneLeft, callOf("ben"));
        assertThat(enter(Gate.inOrder(List.of(charging, noneLeft)), callOf("ann")))
                .isPresent();
        assertThat(enter(charging, callOf("ann")).isEmpty()).isEqualTo(getsThemBack);
    }
}
