package io.sluice;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.util.concurrent.TimeUnit;

/**
 * Visitors who have given up their place while they may have had a pass of an earlier epoch. No store knows the stay of
 * such a pass, so none tells that it has ended. Safe for use by many threads.
 */
final class PassesGivenUp {

    private static final long VISITORS_REMEMBERED = 100_000;

    /** The epoch then, and when a stay that began then would end. */
    private record Departure(int epoch, long untilMicros) {}

    private final long stayMicros;
    private final Cache<Long, Departure> departures;

    PassesGivenUp(Room room, TimeSource time) {
        this.stayMicros = TimeUnit.MICROSECONDS.convert(room.stay());
        this.departures = Caffeine.newBuilder()
                .maximumSize(VISITORS_REMEMBERED)
                .expireAfterWrite(room.stay())
                .ticker(time::nanoTime)
                .executor(Runnable::run)
                .build();
    }

    void add(long visitor, int epoch, long nowMicros) {
        departures.put(visitor, new Departure(epoch, nowMicros + stayMicros));
    }

    /** Tells whether a pass is of an epoch before its visitor left. One of an epoch that began afterwards ends later. */
    boolean contains(Token pass) {
        Departure departure = departures.getIfPresent(pass.visitor());
        return departure != null && pass.epoch() != departure.epoch() && pass.micros() < departure.untilMicros();
    }
}
