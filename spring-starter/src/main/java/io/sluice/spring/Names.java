package io.sluice.spring;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * The names of limits, rooms and guards. To Spring Boot, names that differ by dashes and case alone are one and have the
 * same properties, but each spelling makes an entry of a map. A variable of the environment has no dashes:
 * {@code SLUICE_LIMITS_PERUSER_RATE} makes an entry {@code peruser} even where a file has {@code per-user}.
 */
final class Names {

    private Names() {}

    /**
     * Returns the entries under the names that are meant.
     *
     * @param byDefault names that are there even if nothing is written
     */
    static <P> Map<String, P> meant(Map<String, P> entries, Set<String> byDefault) {
        Map<String, P> meant = new LinkedHashMap<>();
        entries.forEach((name, value) -> meant.putIfAbsent(meant(name, entries, byDefault), value));
        return meant;
    }

    private static String meant(String name, Map<String, ?> entries, Set<String> byDefault) {
        String plain = plain(name);
        for (String other : byDefault) {
            if (plain(other).equals(plain)) {
                return other;
            }
        }
        if (plain.equals(name)) {
            Object value = entries.get(name);
            for (Map.Entry<String, ?> other : entries.entrySet()) {
                // Names in brackets are compared as they are: those with other values are other names.
                if (plain(other.getKey()).equals(plain)
                        && !other.getKey().equals(name)
                        && other.getValue().equals(value)) {
                    return other.getKey();
                }
            }
        }
        return name;
    }

    /** Returns a name as Spring Boot compares it. */
    static String plain(String name) {
        return name.replace("-", "").toLowerCase(Locale.ROOT);
    }
}
