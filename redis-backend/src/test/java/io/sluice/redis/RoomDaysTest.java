package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.Backend;
import io.sluice.ManualTime;
import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A room over days: Redis keeps visitors by the day, and forgets in the end. */
class RoomDaysTest {

    private final RedisServer server = RedisServer.start();
    private final ManualTime manual = new ManualTime();
    private final StoreTime time = new StoreTime(manual);
    private final Backend backend = SettledBackend.of(RedisBackend.builder()
            .uri(server.uri())
            .controlledTime(time)
            .decisionTimeout(Duration.ofSeconds(10))
            .build());
    private final RoomStore room =
            backend.room(Room.named("sale").capacity(1).stay(Duration.ofDays(7)).build());

    @AfterEach
    void stop() {
        backend.close();
        server.close();
    }

    private void advance(Duration duration) {
        manual.advance(duration);
        BitSet heard = new BitSet();
        heard.set(1, 100);
        assertThat(room.advance(new Sightings(0, heard, List.of(), -1, List.of())))
                .isCompleted();
    }

    private Place join(long visitor) {
        return room.join(visitor, true).toCompletableFuture().join();
    }

    private Place find(long visitor) {
        return room.find(visitor).toCompletableFuture().join();
    }

    @Test
    void whoIsInsideForDaysIsKnownAndTakesNoSecondPlace() {
        advance(Duration.ZERO);
        Place inside = join(1);
        assertThat(inside.state()).isEqualTo(Place.State.INSIDE);
        for (int hour = 1; hour < 6 * 24; hour++) {
            advance(Duration.ofHours(1));
            assertThat(find(1)).as("after %d hours", hour).isEqualTo(inside);
        }
        assertThat(join(1)).isEqualTo(inside);
    }

    @Test
    void clockThatIsSetBackOverMidnightForgetsNobody() {
        long dayMicros = TimeUnit.DAYS.toMicros(1);
        advance(Duration.ofNanos(TimeUnit.MICROSECONDS.toNanos(dayMicros - time.epochMicros() % dayMicros + 1)));
        join(1);
        Place waiting = join(2);
        time.set(manual.epochMicros() - TimeUnit.SECONDS.toMicros(3));
        advance(Duration.ZERO);
        time.set(manual.epochMicros());
        advance(Duration.ofSeconds(1));
        assertThat(find(2)).isEqualTo(waiting);
    }

    @Test
    void everyKeyExpires() {
        advance(Duration.ZERO);
        for (int visitor = 1; visitor <= 5; visitor++) {
            join(visitor);
        }
        room.leave(RoomStore.ANY_NUMBER, 1).toCompletableFuture().join();
        for (int i = 0; i < 50; i++) {
            advance(Duration.ofMillis(200));
        }
        List<String> everlasting = server.run(redis -> redis.sync().keys("*{room:*").stream()
                .filter(key -> redis.sync().pttl(key) < 0)
                .toList());
        assertThat(everlasting).isEmpty();
    }
}
