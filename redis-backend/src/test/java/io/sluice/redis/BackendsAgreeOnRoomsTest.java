package io.sluice.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.lettuce.core.FlushMode;
import io.sluice.Backend;
import io.sluice.LocalBackend;
import io.sluice.ManualTime;
import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Seeds;
import io.sluice.Sightings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/**
 * Plays one random trace of calls through a local room and through one in Redis.
 *
 * <p>Redis keeps signs of life by slices of a quarter of the patience, so a silent visitor may count as waiting for up to
 * a quarter longer. Time passes here in steps that make no difference to that: many that together are shorter than the
 * patience, then one of twice the patience.
 */
class BackendsAgreeOnRoomsTest {

    private static final int TRACES = 12;
    private static final int STEPS = 150;
    private static final int VISITORS = 12;
    private static final long NOBODY = VISITORS + 1;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration SECOND = Duration.ofSeconds(1);

    @Test
    void sameTraceGetsTheSameAnswers() {
        try (RedisServer server = RedisServer.start()) {
            Seeds.forAll(TRACES, random -> {
                server.run(redis -> redis.sync().flushall(FlushMode.SYNC));
                ManualTime time = new ManualTime();
                Room room = Room.named("sale")
                        .capacity(random.nextInt(1, 5))
                        .patience(PATIENCE)
                        .claimWithin(Duration.ofSeconds(random.nextInt(1, 20)))
                        .stay(Duration.ofSeconds(random.nextInt(1, 100)))
                        .renewable(random.nextBoolean())
                        .mode(random.nextInt(4) == 0 ? Room.Mode.QUEUE_EVERYBODY : Room.Mode.OPEN)
                        .build();
                try (Backend local = LocalBackend.create(time);
                        Backend redis = server.gateway(time)) {
                    new Trace(random, time, local.room(room), redis.room(room)).play();
                }
            });
        }
    }

    private static final class Trace {

        private final Random random;
        private final ManualTime time;
        private final RoomStore local;
        private final RoomStore redis;
        private long issued;
        private long localRevision = -1;
        private long redisRevision = -1;
        private Duration untilSilence = PATIENCE;

        Trace(Random random, ManualTime time, RoomStore local, RoomStore redis) {
            this.random = random;
            this.time = time;
            this.local = local;
            this.redis = redis;
        }

        void play() {
            // A room in Redis begins with its first call.
            advance();
            for (int step = 0; step < STEPS; step++) {
                passTime();
                try {
                    step();
                } catch (AssertionError e) {
                    throw new AssertionError("Step " + step, e);
                }
            }
        }

        private void passTime() {
            Duration pause = Duration.ofMillis(random.nextInt(4) == 0 ? random.nextInt(3_000) : 0);
            if (pause.compareTo(untilSilence) < 0) {
                untilSilence = untilSilence.minus(pause);
                passTimeInUse(pause);
            } else {
                untilSilence = PATIENCE;
                passTimeInUse(PATIENCE.multipliedBy(2));
            }
        }

        /** Asks each second: after a longer time without a call the local room takes it that the process stood still. */
        private void passTimeInUse(Duration pause) {
            Duration left = pause;
            for (; left.compareTo(SECOND) > 0; left = left.minus(SECOND)) {
                time.advance(SECOND);
                agree(local.find(NOBODY), redis.find(NOBODY));
            }
            time.advance(left);
        }

        private void step() {
            long visitor = 1L + random.nextInt(VISITORS);
            long number = random.nextInt(3) == 0 ? 1 + random.nextInt((int) issued + 1) : RoomStore.ANY_NUMBER;
            switch (random.nextInt(11)) {
                case 0, 1 -> {
                    boolean straightIn = random.nextBoolean();
                    agree(local.join(visitor, straightIn), redis.join(visitor, straightIn));
                }
                case 2 -> agree(local.find(visitor), redis.find(visitor));
                case 3, 4 -> {
                    // Only numbers that were given out stand in tokens.
                    long given = Math.min(number, issued);
                    agree(local.enter(given, visitor), redis.enter(given, visitor));
                }
                case 5 -> agree(local.renew(number, visitor), redis.renew(number, visitor));
                case 6 -> agree(local.leave(number, visitor), redis.leave(number, visitor));
                case 7 -> configure();
                case 8 -> agree(local.call(number, visitor), redis.call(number, visitor));
                default -> advance();
            }
        }

        private static void agree(CompletionStage<Place> expected, CompletionStage<Place> actual) {
            assertThat(actual.toCompletableFuture().join())
                    .usingRecursiveComparison()
                    .ignoringFields("epoch")
                    .isEqualTo(expected.toCompletableFuture().join());
        }

        private void configure() {
            int capacity = random.nextInt(0, 6);
            List<Room.Mode> modes = List.of(Room.Mode.values());
            Room.Mode mode = random.nextInt(3) > 0 ? Room.Mode.OPEN : modes.get(random.nextInt(modes.size()));
            local.configure(capacity, mode).toCompletableFuture().join();
            redis.configure(capacity, mode).toCompletableFuture().join();
        }

        private void advance() {
            BitSet alive = new BitSet();
            List<Long> ready = new ArrayList<>();
            for (int number = 1; number <= issued; number++) {
                alive.set(number, random.nextInt(3) > 0);
                if (alive.get(number) && random.nextBoolean()) {
                    ready.add((long) number);
                }
            }
            RoomSnapshot expected = local.advance(new Sightings(0, alive, ready, 0, localRevision, List.of()))
                    .toCompletableFuture()
                    .join();
            RoomSnapshot actual = redis.advance(new Sightings(0, alive, ready, 0, redisRevision, List.of()))
                    .toCompletableFuture()
                    .join();
            assertThat(facts(actual)).isEqualTo(facts(expected));
            assertThat(actual.cursorPerSecond()).isCloseTo(expected.cursorPerSecond(), within(1e-6));
            issued = expected.issued();
            localRevision = expected.revision();
            redisRevision = actual.revision();
        }

        private static List<Object> facts(RoomSnapshot snapshot) {
            List<Long> called = LongStream.rangeClosed(1, snapshot.issued())
                    .filter(snapshot::isCalled)
                    .boxed()
                    .toList();
            return List.of(
                    "issued", snapshot.issued(),
                    "served", snapshot.served(),
                    "called", called,
                    "inside", snapshot.inside(),
                    "capacity", snapshot.capacity(),
                    "mode", snapshot.mode(),
                    "freed", snapshot.freed());
        }
    }
}
