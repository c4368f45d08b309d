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
                        unused -> Annotations.any(method, type) && Annotations.isHandler(method, type)
                                ? Optional.of(gate(methods.rules(method, type)))
                                : Optional.empty())
                .orElse(null);
    }

    private Gate gate(MethodRules rules) {
        List<Gate> gates = new ArrayList<>();
        for (MethodRules.LimitRule rule : rules.limits()) {
            KeyResolver key = resolver(rule.key(), rules, rule.limit().anonymous());
            gates.add(
                    key == null
                            ? rule.limit().costing(rule.permits())
                            : rule.limit().costing(rule.permits(), key));
        }
        rules.rooms().forEach(rule -> gates.add(rule.room()));
        for (MethodRules.GuardRule rule : rules.guards()) {
            KeyResolver key = resolver(rule.key(), rules, SluiceProperties.Anonymous.BY_ADDRESS);
            gates.add(key == null ? rule.guard() : rule.guard().sharedBy(key));
        }
        rules.released().forEach(rule -> gates.add(rule.room().leavingOnSuccess()));
        return Gate.inOrder(gates);
    }

    private @Nullable KeyResolver resolver(
            @Nullable KeyExpression key, MethodRules rules, SluiceProperties.Anonymous anonymous) {
        return key == null ? null : keys.orElse(resolver(key, rules.names()), anonymous);
    }

    private static KeyResolver resolver(KeyExpression key, List<String> pathVariables) {
        return call -> {
            Map<String, @Nullable Object> variables = new HashMap<>();
            pathVariables.forEach(name -> variables.put(name, call.pathVariable(name)));
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
