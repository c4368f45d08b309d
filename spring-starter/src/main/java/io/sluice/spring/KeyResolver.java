package io.sluice.spring;

import org.jspecify.annotations.Nullable;

/**
 * Tells who calls, for a limit, a room or a guard. A bean of this type is used by its bean name as {@code key}.
 */
@FunctionalInterface
public interface KeyResolver {

    /** Returns the caller's key; null or empty if this request does not tell. Must not block. */
    @Nullable
    String resolve(HttpCall call);
}
