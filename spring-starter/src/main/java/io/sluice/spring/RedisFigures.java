package io.sluice.spring;

import io.sluice.Backend;
import io.sluice.redis.RedisBackend;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.util.ClassUtils;

/** What only a backend on Redis can tell. */
final class RedisFigures {

    private static final boolean REDIS =
            ClassUtils.isPresent("io.sluice.redis.RedisBackend", RedisFigures.class.getClassLoader());

    private RedisFigures() {}

    /** Returns the counts of {@code RedisBackend.recovery}, by their names; empty on another backend. */
    static Map<String, Long> recovery(Backend backend, String room) {
        return REDIS ? OnRedis.recovery(backend, room) : Map.of();
    }

    /** Returns what is to be seen of the other gateways besides their number, by name; empty on another backend. */
    static Map<String, Integer> otherGateways(Backend backend) {
        return REDIS ? OnRedis.otherGateways(backend) : Map.of();
    }

    /** The code that needs the backend on Redis. */
    private static final class OnRedis {

        static Map<String, Long> recovery(Backend backend, String room) {
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

        static Map<String, Integer> otherGateways(Backend backend) {
            return backend instanceof RedisBackend redis
                    ? Map.of("gatewaysWithAnotherSecret", redis.gatewaysWithAnotherSecret())
                    : Map.of();
        }
    }
}
