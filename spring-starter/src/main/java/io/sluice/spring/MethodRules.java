package io.sluice.spring;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rules that the annotations of one method set, with names looked up and keys parsed.
 *
 * @param result the type that the method returns in its class; an interface or a superclass may say less
 * @param names the names that keys may use: the method's parameters, or the path variables of a handler method
 * @param limits the limits that a call is charged to, in order
 * @param rooms the rooms where the visitor must be inside
 * @param guards the guards whose turns a call waits for, in order
 * @param released the rooms where a successful call frees the visitor's place
 */
record MethodRules(
        Class<?> result,
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
