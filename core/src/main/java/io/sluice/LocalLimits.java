package io.sluice;

import io.github.bucket4j.BucketConfiguration;
import java.util.HashMap;
import java.util.Map;

/** The limits of a {@link LocalBackend}, each with its store, for as long as the backend lives. */
final class LocalLimits {

    /** Far more than anybody writes by hand; a limit per caller should be keys of one limit. */
    private static final int MOST_LIMITS = 10_000;

    private record Entry(Limit limit, LimitStore store) {}

    private final TimeSource time;
    private final Map<String, Entry> entries = new HashMap<>();

    LocalLimits(TimeSource time) {
        this.time = time;
    }

    synchronized LimitStore store(Limit limit) {
        Entry entry = entries.get(limit.name());
        if (entry == null) {
            if (entries.size() == MOST_LIMITS) {
                throw new IllegalStateException("This backend has " + MOST_LIMITS
                        + " limits already. Give callers as keys of one limit, not a limit each");
            }
            entry = new Entry(limit, newStore(limit));
            entries.put(limit.name(), entry);
        }
        if (!entry.limit.equals(limit)) {
            throw new IllegalArgumentException("\"" + limit.name() + "\" is in use on this backend as " + entry.limit
                    + ". Give " + limit + " another name or another backend");
        }
        return entry.store;
    }

    synchronized LimitStore redefine(Limit limit) {
        Entry entry = entries.get(limit.name());
        if (entry != null && entry.limit.equals(limit)) {
            return entry.store;
        }
        LimitStore store =
                entry != null && entry.store instanceof GcraStore present ? present.redefined(limit) : newStore(limit);
        entries.put(limit.name(), new Entry(limit, store));
        return store;
    }

    private LimitStore newStore(Limit limit) {
        BucketConfiguration configuration = limit.configuration();
        return configuration == null ? new GcraStore(limit, time) : new BucketStore(limit, configuration, time);
    }
}
