package io.sluice.redis;

import io.lettuce.core.ScriptOutputType;
import io.sluice.Place;
import io.sluice.Room;
import io.sluice.RoomSnapshot;
import io.sluice.RoomStore;
import io.sluice.Sightings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** Keeps a waiting room in Redis: one script call for each decision. The scripts say what is kept, and how. */
final class RedisRoom implements RoomStore {

    /** In the order of KEYS in room.lua. */
    private static final List<String> KEYS = List.of(
            "meta",
            "stays",
            "claims",
            "late",
            "freed",
            "gone",
            "visitors0",
            "visitors1",
            "alive0",
            "alive1",
            "alive2",
            "alive3",
            "alive4",
            "alive5",
            "scratch",
            "knocking");

    /** What a snapshot begins with, before the called numbers. */
    private static final int SNAPSHOT_HEAD = 10;

    private final Room room;
    private final Shared shared;
    private final String[] keys;
    private final String[] policy;
    private final Breaker breaker;

    /** The highest number called, as this gateway last heard: who is behind it may be late. */
    private volatile long served;

    RedisRoom(Room room, Shared shared) {
        this.room = room;
        this.shared = shared;
        String prefix = shared.keyPrefix() + ":{room:" + room.name() + "}:";
        keys = KEYS.stream().map(prefix::concat).toArray(String[]::new);
        policy = new String[] {
            micros(room.stay()),
            micros(room.claimWithin()),
            micros(room.patience()),
            room.renewable() ? "1" : "0",
            Integer.toString(room.capacity()),
            room.mode().name()
        };
        breaker = shared.breaker(prefix);
    }

    Room policy() {
        return room;
    }

    @Override
    public CompletionStage<Place> join(long visitor, boolean straightIn) {
        return run(Script.ROOM_JOIN, RedisRoom::place, visitor(visitor), straightIn ? "1" : "0");
    }

    @Override
    public CompletionStage<Place> find(long visitor) {
        return run(Script.ROOM_FIND, RedisRoom::place, visitor(visitor));
    }

    @Override
    public CompletionStage<Place> enter(long number, long visitor) {
        return run(Script.ROOM_ENTER, RedisRoom::place, Long.toString(number), visitor(visitor));
    }

    @Override
    public CompletionStage<Place> renew(long number, long visitor) {
        return run(Script.ROOM_RENEW, RedisRoom::place, Long.toString(number), visitor(visitor));
    }

    @Override
    public CompletionStage<Place> leave(long number, long visitor) {
        return run(Script.ROOM_LEAVE, RedisRoom::place, Long.toString(number), visitor(visitor));
    }

    @Override
    public CompletionStage<Void> configure(int capacity, Room.Mode mode) {
        return run(Script.ROOM_CONFIGURE, reply -> null, Integer.toString(capacity), mode.name());
    }

    @Override
    public CompletionStage<RoomSnapshot> advance(Sightings sightings) {
        List<String> arguments = new ArrayList<>();
        arguments.add(Long.toString(sightings.sinceRevision()));
        arguments.add(Long.toString(sightings.firstNumber() / Byte.SIZE));
        arguments.add(bitmap(sightings));
        List<String> behind = behindTheCursor(sightings);
        arguments.add(Integer.toString(behind.size()));
        arguments.addAll(behind);
        sightings.ready().forEach(number -> arguments.add(number.toString()));
        return run(Script.ROOM_ADVANCE, this::snapshot, arguments.toArray(String[]::new));
    }

    /** Returns the bits as Redis has them: a byte a character, and the first bit of a byte is its highest. */
    private static String bitmap(Sightings sightings) {
        if (sightings.firstNumber() % Byte.SIZE != 0) {
            throw new IllegalArgumentException("Sightings begin at a whole byte, not at " + sightings.firstNumber());
        }
        byte[] bytes = sightings.alive().toByteArray();
        StringBuilder text = new StringBuilder(bytes.length);
        for (byte one : bytes) {
            text.append((char) (Integer.reverse(one) >>> (Integer.SIZE - Byte.SIZE)));
        }
        return text.toString();
    }

    private List<String> behindTheCursor(Sightings sightings) {
        List<String> numbers = new ArrayList<>();
        BitSet alive = sightings.alive();
        for (int bit = alive.nextSetBit(0); bit >= 0; bit = alive.nextSetBit(bit + 1)) {
            long number = sightings.firstNumber() + bit;
            if (number > served) {
                break;
            }
            numbers.add(Long.toString(number));
        }
        return numbers;
    }

    private <T> CompletionStage<T> run(Script script, Function<List<String>, T> read, String... arguments) {
        if (breaker.isOpen()) {
            return CompletableFuture.failedFuture(
                    new StoreTimeoutException(shared.deadline().toNanos()));
        }
        List<String> all = new ArrayList<>(2 + policy.length + arguments.length);
        all.add(shared.controlled() ? Long.toString(shared.time().epochMicros()) : "0");
        all.addAll(List.of(policy));
        // A room that begins anew, because Redis came back empty, must not look like the one before.
        all.add(Integer.toString(ThreadLocalRandom.current().nextInt()));
        all.addAll(List.of(arguments));
        CompletableFuture<List<String>> reply =
                shared.link().run(script, ScriptOutputType.MULTI, keys, all.toArray(String[]::new));
        CompletionStage<List<String>> inTime = reply.orTimeout(shared.deadline().toNanos(), TimeUnit.NANOSECONDS);
        return inTime.whenComplete((value, failure) -> {
                    if (failure == null) {
                        breaker.succeeded();
                    } else {
                        breaker.failed(failure);
                    }
                })
                .thenApply(read);
    }

    private static Place place(List<String> reply) {
        return new Place(
                Place.State.valueOf(reply.get(0)),
                Integer.parseInt(reply.get(3)),
                Long.parseLong(reply.get(1)),
                Long.parseLong(reply.get(2)));
    }

    private RoomSnapshot snapshot(List<String> reply) {
        int calledCount = Integer.parseInt(reply.get(9));
        long[] called = new long[calledCount];
        for (int i = 0; i < calledCount; i++) {
            called[i] = Long.parseLong(reply.get(SNAPSHOT_HEAD + i));
        }
        Map<Long, Long> freed = new HashMap<>();
        for (int i = SNAPSHOT_HEAD + calledCount; i < reply.size(); i += 2) {
            freed.put(Long.parseLong(reply.get(i)), Long.parseLong(reply.get(i + 1)));
        }
        served = Long.parseLong(reply.get(4));
        return new RoomSnapshot(
                Integer.parseInt(reply.get(1)),
                Long.parseLong(reply.get(2)),
                Long.parseLong(reply.get(0)),
                Long.parseLong(reply.get(3)),
                served,
                Integer.parseInt(reply.get(5)),
                Integer.parseInt(reply.get(6)),
                Room.Mode.valueOf(reply.get(7)),
                Double.parseDouble(reply.get(8)),
                called,
                freed);
    }

    private static String visitor(long hash) {
        return Long.toUnsignedString(hash, Character.MAX_RADIX);
    }

    private static String micros(Duration duration) {
        return Long.toString(TimeUnit.NANOSECONDS.toMicros(duration.toNanos()));
    }
}
