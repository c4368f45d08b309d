package io.sluice.spring;

import org.jspecify.annotations.Nullable;

/** Resolves the caller of a limit, a room or a guard. A bean of this type is used by its bean name as {@code key}. */
@FunctionalInterface
public interface KeyResolver {

    /** Returns the caller's key; null or empty if the request does not identify the caller. Must not block. */
    @Nullable
    String resolve(HttpCall call);
}
