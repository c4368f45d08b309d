package io.sluice.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Guard;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PassageTest {

    private final Passage passage = new Passage();
    private final List<String> done = new ArrayList<>();

    @Test
    void isTheSameForAllDispatchesOfARequest() {
        Map<String, Object> attributes = new HashMap<>();
        assertThat(Passage.find(attributes)).isNull();
        Passage begun = Passage.of(attributes);
        assertThat(Passage.of(attributes)).isSameAs(begun);
        assertThat(Passage.find(attributes)).isSameAs(begun);
    }

    @Test
    void gateIsAskedOnce() {
        for (int dispatch = 0; dispatch < 2; dispatch++) {
            passage.once("gate", () -> {
                done.add("asked");
                return Gate.PASS;
            });
        }
        assertThat(done).containsExactly("asked");
    }

    @Test
    void whatItHoldsIsGivenBackOnceInOrder() {
        passage.atEnd(() -> done.add("first"));
        passage.atEnd(() -> done.add("second"));
        assertThat(done).isEmpty();
        passage.end();
        passage.end();
        assertThat(done).containsExactly("first", "second");
    }

    @Test
    void whatItGetsAfterItsEndIsGivenBackAtOnce() {
        passage.end();
        passage.atEnd(() -> done.add("late"));
        assertThat(done).containsExactly("late");
    }

    @Test
    void answersThatItStillWaitsForAreCancelledAtItsEnd() {
        CompletableFuture<String> answer = new CompletableFuture<>();
        passage.waitsFor(answer);
        passage.end();
        assertThat(answer).isCancelled();
    }

    @Test
    void turnsOfItsGuardsAreSharedOnceTheyHaveComeAndGivenBackAtItsEnd() {
        Map<String, String> properties = Map.of("sluice.guards.shop.limit", "1", "sluice.guards.till.limit", "1");
        try (LocalBackend backend = LocalBackend.create(new ManualTime())) {
            HttpGate gates = Configured.gates(properties, backend);
            GuardGate shop = gates.guard("shop");
            assertThat(passage.share(shop)).isNull();
            CompletableFuture<Guard.Permit> permit = new CompletableFuture<>();
            Turn turn = new Turn(permit);
            passage.holds(shop, turn);
            passage.holds(gates.guard("till"), new Turn(new CompletableFuture<>()));
            assertThat(passage.share(shop)).as("has not come").isNull();
            permit.complete(() -> done.add("released"));
            assertThat(passage.share(shop)).isSameAs(turn);
            passage.end();
            assertThat(done).as("shared").isEmpty();
            turn.giveUp();
            assertThat(done).containsExactly("released");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Cache-Control, true",
        "CDN-Cache-Control, true",
        "surrogate-CONTROL, true",
        "Cache-Control-Of-Ours, false",
        "X-Surrogate-Control, false"
    })
    void answerWithATokenIsKeptFromCachesByEachHeaderTheyObey(String header, boolean isObeyed) {
        Map<String, String> headers = new HashMap<>(Map.of(header, "public"));
        passage.keepFromCaches(headers::keySet, headers::put);
        assertThat(headers).containsOnly(Map.entry(header, "public"));
        assertThat(passage.keepsFromCaches(header)).isFalse();
        passage.handsOutToken();
        passage.keepFromCaches(headers::keySet, headers::put);
        assertThat(passage.keepsFromCaches(header)).isEqualTo(isObeyed);
        assertThat(headers)
                .containsEntry("Cache-Control", HttpAnswer.NO_STORE)
                .containsEntry(header, isObeyed ? HttpAnswer.NO_STORE : "public");
    }
}
