package io.sluice.spring;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The value of what a client can send several times, though it is to have one. */
final class OneValue {

    private OneValue() {}

    /** Returns the value, however often it is there; null if there is none, or another one beside it. */
    static @Nullable String of(List<String> values) {
        if (values.isEmpty()) {
            return null;
        }
        String first = values.get(0);
        return values.stream().allMatch(first::equals) ? first : null;
    }
}
