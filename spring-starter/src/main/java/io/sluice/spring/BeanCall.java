package io.sluice.spring;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One call of an annotated bean method. A caller has the same key as over HTTP, so a limit counts a principal as one
 * caller both ways.
 *
 * @param principal the name of the principal who calls; null if there is none
 * @param request the request in which the method is called; null if none is known
 */
record BeanCall(
        MethodRules rules,
        List<@Nullable Object> arguments,
        @Nullable String principal,
        @Nullable Passage request) {

    /** Returns the caller whom the limit charges; null if the caller is unknown and the limit refuses unknown callers. */
    @Nullable
    String caller(MethodRules.LimitRule rule) {
        String caller = caller(rule.key());
        return caller != null || rule.limit().anonymous() == SluiceProperties.Anonymous.REFUSE
                ? caller
                : KeyResolvers.EVERYBODY;
    }

    /** Returns the caller to whom the guard gives a turn. */
    String caller(MethodRules.GuardRule rule) {
        String caller = caller(rule.key());
        return caller == null ? KeyResolvers.EVERYBODY : caller;
    }

    /** Returns the request's turn of the guard, which this call then holds too; null if the request has none. */
    @Nullable
    Turn turnOfRequest(MethodRules.GuardRule rule) {
        return request == null ? null : request.share(rule.guard());
    }

    private @Nullable String caller(@Nullable KeyExpression key) {
        if (key == null) {
            return principal == null ? null : KeyResolvers.ofPrincipal(principal);
        }
        String value = key.evaluate(variables());
        return value == null ? null : KeyResolvers.ofExpression(value);
    }

    /** Returns the visitor: the principal who calls, or whom the key names; null if there is none. */
    @Nullable
    String visitor(MethodRules.RoomRule rule) {
        KeyExpression key = rule.key();
        String name = key == null ? principal : key.evaluate(variables());
        return name == null ? null : KeyResolvers.ofPrincipal(name);
    }

    private Map<String, @Nullable Object> variables() {
        Map<String, @Nullable Object> variables = new HashMap<>();
        for (int i = 0; i < arguments.size(); i++) {
            variables.put(rules.names().get(i), arguments.get(i));
        }
        variables.put(KeyExpression.PRINCIPAL, principal);
        return variables;
    }
}
