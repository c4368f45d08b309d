package io.sluice.spring;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads a value that a client can send several times, although there must be only one. */
final class OneValue {

    private OneValue() {}

    /** Returns the value if all are equal; null if there is none, or if they differ. */
    static @Nullable String of(List<String> values) {
        if (values.isEmpty()) {
            return null;
        }
        String first = values.get(0);
        return values.size() == 1 || values.stream().allMatch(first::equals) ? first : null;
    }
}
