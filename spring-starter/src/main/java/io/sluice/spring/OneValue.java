package io.sluice.spring;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a value that a client can send several times, although there must be only one. */
final class OneValue {

    private OneValue() {}

    /** Returns the value if all are equal, nulls aside; null if there is none, or if they differ. */
    static @Nullable String of(List<? extends @Nullable String> values) {
        String one = null;
        for (String value : values) {
            if (value == null) {
                continue;
            }
            if (one != null && !one.equals(value)) {
                return null;
            }
            one = value;
        }
        return one;
    }
}
