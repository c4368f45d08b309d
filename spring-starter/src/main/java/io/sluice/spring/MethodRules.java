package io.sluice.spring;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the annotations of one method ask for, with names looked up and keys read.
 *
 * @param names what keys may use by name: the parameters of the method, or the path variables of a handler method
 * @param limits what a call is charged to, in order
 * @param rooms where the visitor must be inside
 * @param guards whose turns a call waits for, in order
 * @param released where the visitor's place is freed when the call has succeeded
 */
record MethodRules(
        List<String> names,
        List<LimitRule> limits,
        List<RoomRule> rooms,
        List<GuardRule> guards,
        List<RoomRule> released) {

    /**
     * A limit.
     *
     * @param key who is counted; null for the limit's own key
     */
    record LimitRule(LimitGate limit, @Nullable KeyExpression key, long permits) {}

    /**
     * A waiting room.
     *
     * @param key who the visitor is; null for the principal, or for the visitor of the request
     */
    record RoomRule(RoomGate room, @Nullable KeyExpression key) {}

    /**
     * A guard.
     *
     * @param key who calls; null for the principal, or for the guard's own key
     */
    record GuardRule(GuardGate guard, @Nullable KeyExpression key) {}
}
