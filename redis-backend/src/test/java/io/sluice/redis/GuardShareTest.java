package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Bound;
import io.sluice.Guard;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** How gateways divide a guard's bound: who comes first has the remainder. */
class GuardShareTest {

    private static final int GATEWAYS = 3;
    private static final int STEP_MILLIS = 50;

    /** Three gateways that beat once a second, each at a time of its own. */
    private final List<Counts> counts =
            Stream.generate(Counts::new).limit(GATEWAYS).toList();

    private long millis = 1_700_000_000_000L;

    /**
     * Lets time pass.
     *
     * @param holdsMore which of the gateways say that they have more calls than is their share
     * @return who has come first meanwhile
     */
    private Set<Integer> pass(Duration duration, IntPredicate holdsMore) {
        Set<Integer> first = new HashSet<>();
        for (long end = millis + duration.toMillis(); millis < end; millis += STEP_MILLIS) {
            for (int i = 0; i < GATEWAYS; i++) {
                if (millis % 1_000 == i * 300L) {
                    int beating = i;
                    boolean another = IntStream.range(0, GATEWAYS)
                            .filter(other -> other != beating)
                            .anyMatch(holdsMore);
                    counts.get(i).add(new Counts.Census(GATEWAYS, i).at(millis * 1_000), another);
                }
            }
            List<Integer> now = IntStream.range(0, GATEWAYS)
                    .filter(i -> counts.get(i).believed().rank() == 0)
                    .boxed()
                    .toList();
            first.addAll(now);
            if (millis > end - duration.toMillis() + 3_000) {
                assertThat(now).as("first of all at one time").hasSizeLessThanOrEqualTo(1);
            }
        }
        return first;
    }

    @Test
    void eachGatewayComesFirstInItsTurnAndNoTwoAtATime() {
        assertThat(pass(Duration.ofSeconds(24), i -> false)).containsExactlyInAnyOrder(0, 1, 2);
    }

    @Test
    void nobodyElseComesFirstWhileAGatewayStillHasTheCallsOfItsTurn() {
        pass(Duration.ofSeconds(24), i -> false);
        int last = IntStream.range(0, GATEWAYS)
                .filter(i -> counts.get(i).believed().rank() == 0)
                .findFirst()
                .orElse(0);
        assertThat(pass(Duration.ofSeconds(60), i -> i == last)).isSubsetOf(last);
        assertThat(pass(Duration.ofSeconds(24), i -> false)).containsExactlyInAnyOrder(0, 1, 2);
    }

    @Test
    void remainderGoesRoundTheGatewaysOfOneRedis() {
        try (RedisServer server = RedisServer.start();
                RedisBackend one = RedisBackend.connect(server.uri());
                RedisBackend two = RedisBackend.connect(server.uri())) {
            List<Guard> guards = Stream.of(one, two)
                    .map(gateway -> Guard.of(Bound.of("login", 3), gateway))
                    .toList();
            Awaitility.await().until(() -> one.gateways() == 2 && two.gateways() == 2);
            for (Guard guard : guards) {
                Awaitility.await("its turn").atMost(Duration.ofSeconds(60)).until(() -> guard.share() == 2);
            }
        }
    }

    @Test
    void gatewayThatHasMoreCallsThanItsShareSaysSo() throws InterruptedException {
        try (RedisServer server = RedisServer.start();
                RedisBackend one = RedisBackend.connect(server.uri());
                RedisBackend two = RedisBackend.connect(server.uri())) {
            Guard here = Guard.of(Bound.of("login", 3), one);
            Guard there = Guard.of(Bound.of("login", 3), two);
            Awaitility.await().until(() -> one.gateways() == 2 && two.gateways() == 2);
            Awaitility.await("its turn").atMost(Duration.ofSeconds(60)).until(() -> here.share() == 2);
            List<Guard.Permit> calls = List.of(here.acquire("ann"), here.acquire("ben"));
            Awaitility.await("its turn is over")
                    .atMost(Duration.ofSeconds(60))
                    .during(Duration.ofSeconds(12))
                    .until(() -> there.share() == 1);
            calls.forEach(Guard.Permit::release);
            Awaitility.await("the other's turn").atMost(Duration.ofSeconds(60)).until(() -> there.share() == 2);
        }
    }
}
