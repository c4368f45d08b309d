package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Bound;
import io.sluice.Guard;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** How gateways divide a guard's bound. */
class GuardShareTest {

    @Test
    void eachGatewayIsTheFirstInItsTurn() {
        for (long second = 0; second < 18; second += 6) {
            long micros = second * 1_000_000;
            assertThat(IntStream.range(0, 3)
                            .map(rank -> new Gateways.Census(3, rank).at(micros).rank()))
                    .containsExactlyInAnyOrder(0, 1, 2);
        }
        assertThat(Stream.of(0, 6, 12, 18)
                        .map(second -> new Gateways.Census(3, 0)
                                .at(second * 1_000_000L)
                                .rank()))
                .containsExactly(0, 1, 2, 0);
    }

    @Test
    void remainderGoesRoundAndTheSharesNeverAddUpToMoreThanTheBound() {
        try (RedisServer server = RedisServer.start();
                RedisBackend one = RedisBackend.connect(server.uri());
                RedisBackend two = RedisBackend.connect(server.uri());
                RedisBackend three = RedisBackend.connect(server.uri())) {
            List<Guard> guards = Stream.of(one, two, three)
                    .map(gateway -> Guard.of(Bound.of("login", 4), gateway))
                    .toList();
            Awaitility.await().until(() -> Stream.of(one, two, three).allMatch(gateway -> gateway.gateways() == 3));
            Awaitility.await("one of them has what is over").until(() -> sharesOf(guards) == 4);
            Set<Integer> first = new HashSet<>();
            Awaitility.await("each in its turn")
                    .atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> {
                        assertThat(sharesOf(guards)).isLessThanOrEqualTo(4);
                        IntStream.range(0, 3)
                                .filter(i -> guards.get(i).share() == 2)
                                .forEach(first::add);
                        return first.size() == 3;
                    });
        }
    }

    private static int sharesOf(List<Guard> guards) {
        return guards.stream().mapToInt(Guard::share).sum();
    }
}
