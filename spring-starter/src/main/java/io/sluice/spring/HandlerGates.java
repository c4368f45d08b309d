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

    /** The variable under which a key finds the request. */
    static final String CALL = "call";

    private static final String REQUEST_MAPPING = "org.springframework.web.bind.annotation.RequestMapping";
    private static final Pattern PATH_VARIABLE = Pattern.compile("\\{\\*?([^{}:]+)");

    private final AnnotatedMethods methods;
    private final Map<MethodClassKey, Optional<Gate>> gates = new ConcurrentHashMap<>();

    HandlerGates(AnnotatedMethods methods) {
        this.methods = methods;
    }

    /** Returns the gate in front of a handler method; null if it has no annotations. */
    @Nullable
    Gate of(Method method, Class<?> type) {
        return gates.computeIfAbsent(
                        new MethodClassKey(method, type),
                        unused -> Annotations.any(method, type) && Annotations.isHandler(method, type)
                                ? Optional.of(gate(methods.rules(method, type)))
                                : Optional.empty())
                .orElse(null);
    }

    private static Gate gate(MethodRules rules) {
        List<Gate> gates = new ArrayList<>();
        for (MethodRules.LimitRule rule : rules.limits()) {
            KeyResolver key = resolver(rule.key(), rules);
            gates.add(
                    key == null
                            ? rule.limit().costing(rule.permits())
                            : rule.limit().costing(rule.permits(), key));
        }
        rules.rooms().forEach(rule -> gates.add(rule.room()));
        for (MethodRules.GuardRule rule : rules.guards()) {
            KeyResolver key = resolver(rule.key(), rules);
            gates.add(key == null ? rule.guard() : rule.guard().sharedBy(key));
        }
        rules.released().forEach(rule -> gates.add(rule.room().leavingOnSuccess()));
        return Gate.inOrder(gates);
    }

    private static @Nullable KeyResolver resolver(@Nullable KeyExpression key, MethodRules rules) {
        if (key == null) {
            return null;
        }
        return call -> {
            Map<String, @Nullable Object> variables = new HashMap<>();
            rules.names().forEach(name -> variables.put(name, call.pathVariable(name)));
            variables.put(CALL, call);
            variables.put(KeyExpression.PRINCIPAL, call.principal());
            String value = key.evaluate(variables);
            return value == null ? null : KeyResolvers.ofExpression(value);
        };
    }

    /** Returns the variables in the paths that are mapped to a handler method. Its arguments are not there yet. */
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
