package io.sluice.spring;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodClassKey;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;

/** The gates in front of the annotated handler methods of controllers. */
final class HandlerGates {

    /** The variable by which a key reads the request. */
    static final String CALL = "call";

    private static final String REQUEST_MAPPING = "org.springframework.web.bind.annotation.RequestMapping";
    private static final Pattern PATH_VARIABLE = Pattern.compile("\\{\\*?([^{}:]+)");

    private final AnnotatedMethods methods;
    private final KeyResolvers keys;
    private final Map<MethodClassKey, Optional<Gate>> gates = new ConcurrentHashMap<>();

    HandlerGates(AnnotatedMethods methods, KeyResolvers keys) {
        this.methods = methods;
        this.keys = keys;
    }

    /** Returns the gate in front of a handler method; null if it has no annotations. */
    @Nullable
    Gate of(Method method, Class<?> type) {
        return gates.computeIfAbsent(
                        new MethodClassKey(method, type),
                        handler -> Annotations.any(method, type) && Annotations.isHandler(method, type)
                                ? Optional.of(gate(handler, methods.rules(method, type)))
                                : Optional.empty())
                .orElse(null);
    }

    /** Returns the gate that reads the keys once for each request: its further dispatches meet the same gates. */
    private Gate gate(MethodClassKey handler, MethodRules rules) {
        String attribute = HandlerGates.class.getName() + '.' + handler;
        return call -> {
            Gate gate = (Gate) call.attributes().get(attribute);
            if (gate == null) {
                gate = gate(rules, call);
                call.attributes().put(attribute, gate);
            }
            return gate.enter(call);
        };
    }

    /**
     * Reads the keys before the first gate, on the thread that brings the call. A later gate may be met on one of the
     * store's threads, where a key must not block and would not find what belongs to the caller's thread.
     */
    private Gate gate(MethodRules rules, GatedCall call) {
        List<Gate> gates = new ArrayList<>();
        for (MethodRules.LimitRule rule : rules.limits()) {
            KeyResolver key = read(rule.key(), rules, call, rule.limit().anonymous());
            gates.add(rule.limit().costing(rule.permits(), key));
        }
        rules.rooms().forEach(rule -> gates.add(rule.room()));
        for (MethodRules.GuardRule rule : rules.guards()) {
            KeyResolver key = read(rule.key(), rules, call, SluiceProperties.Anonymous.BY_ADDRESS);
            gates.add(key == null ? rule.guard() : rule.guard().sharedBy(key));
        }
        rules.released().forEach(rule -> gates.add(rule.room().leavingOnSuccess()));
        return Gate.inOrder(gates);
    }

    private @Nullable KeyResolver read(
            @Nullable KeyExpression key, MethodRules rules, GatedCall call, SluiceProperties.Anonymous anonymous) {
        if (key == null) {
            return null;
        }
        Map<String, @Nullable Object> variables = new HashMap<>();
        rules.names().forEach(name -> variables.put(name, call.pathVariable(name)));
        variables.put(CALL, call);
        variables.put(KeyExpression.PRINCIPAL, call.principal());
        String value = key.evaluate(variables);
        return keys.orElse(unused -> value == null ? null : KeyResolvers.ofExpression(value), anonymous);
    }

    /** Returns the variables in the paths that are mapped to a handler method. The method has no arguments yet. */
    static List<String> pathVariables(Method method, Class<?> type) {
        return Stream.of(method, ClassUtils.getUserClass(type))
                .map(element -> MergedAnnotations.from(element, SearchStrategy.TYPE_HIERARCHY)
                        .get(REQUEST_MAPPING))
                .filter(MergedAnnotation::isPresent)
                .flatMap(mapping -> Stream.of(mapping.getStringArray("path")))
                .flatMap(path -> PATH_VARIABLE.matcher(path).results().map(found -> found.group(1)))
                .distinct()
                .toList();
    }
}
