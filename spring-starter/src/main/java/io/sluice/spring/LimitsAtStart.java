package io.sluice.spring;

import io.sluice.Limit;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The limits that a start has: those that are configured, and those that annotations declare. Declarations of one name
 * are one limit and must have one rate.
 */
final class LimitsAtStart {

    private final Map<String, SluiceProperties.LimitProperties> all;
    private final Set<String> declared = new HashSet<>();

    LimitsAtStart(SluiceProperties properties) {
        this.all = properties.allLimits();
    }

    /** Returns all of them, by name. */
    Map<String, SluiceProperties.LimitProperties> all() {
        return all;
    }

    /**
     * Adds the limit that an annotation declares. A configured limit takes precedence.
     *
     * @return the limit of this name
     * @throws IllegalArgumentException if it is declared with another rate elsewhere, or the rate cannot be read
     */
    SluiceProperties.LimitProperties declare(String name, String rate) {
        SluiceProperties.LimitProperties known = all.get(name);
        if (known != null && !declared.contains(name)) {
            return known;
        }
        SluiceProperties.LimitProperties limit = SluiceProperties.limit(rate, SluiceProperties.PRINCIPAL);
        Limit read = limit.toLimit(name);
        if (known != null && !read.equals(known.toLimit(name))) {
            throw new IllegalArgumentException("another annotation declares the limit \"" + name + "\" with the rate "
                    + known.rate() + ", this one with " + rate);
        }
        all.put(name, limit);
        declared.add(name);
        return limit;
    }
}
