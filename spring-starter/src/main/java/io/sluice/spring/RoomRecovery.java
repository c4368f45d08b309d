package io.sluice.spring;

import io.sluice.Backend;
import io.sluice.redis.RedisBackend;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.util.ClassUtils;

/** What became of a room each time its store had lost something. */
final class RoomRecovery {

    private static final boolean REDIS =
            ClassUtils.isPresent("io.sluice.redis.RedisBackend", RoomRecovery.class.getClassLoader());

    private RoomRecovery() {}

    /** Returns the counts of {@code RedisBackend.recovery}, by their names; empty on another backend. */
    static Map<String, Long> of(Backend backend, String room) {
        return REDIS ? OnRedis.of(backend, room) : Map.of();
    }

    /** The code that needs the backend on Redis. */
    private static final class OnRedis {

        static Map<String, Long> of(Backend backend, String room) {
            if (!(backend instanceof RedisBackend redis)) {
                return Map.of();
            }
            RedisBackend.Recovery recovery = redis.recovery(room);
            Map<String, Long> counts = new LinkedHashMap<>();
            counts.put("losses", recovery.losses());
            counts.put("numberedLater", recovery.numberedLater());
            counts.put("doubled", recovery.doubled());
            counts.put("recalled", recovery.recalled());
            counts.put("overfull", recovery.overfull());
            return counts;
        }
    }
}
