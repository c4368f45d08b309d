package io.sluice.spring;

import java.lang.reflect.Method;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;

/** What a key on a handler method may use: the arguments are not there yet, the path variables are. */
final class HandlerKeys {

    static final String CALL = "call";

    private static final String REQUEST_MAPPING = "org.springframework.web.bind.annotation.RequestMapping";
    private static final Pattern PATH_VARIABLE = Pattern.compile("\\{\\*?([^{}:]+)");

    private HandlerKeys() {}

    /** Returns the names that a key on a handler method may use. */
    static Set<String> variables(Method method, Class<?> type) {
        Set<String> variables = new TreeSet<>(Set.of(CALL, KeyExpression.PRINCIPAL));
        addPathVariables(MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY), variables);
        addPathVariables(
                MergedAnnotations.from(ClassUtils.getUserClass(type), SearchStrategy.TYPE_HIERARCHY), variables);
        return variables;
    }

    private static void addPathVariables(MergedAnnotations annotations, Set<String> variables) {
        MergedAnnotation<?> mapping = annotations.get(REQUEST_MAPPING);
        if (mapping.isPresent()) {
            for (String path : mapping.getStringArray("path")) {
                PATH_VARIABLE.matcher(path).results().forEach(found -> variables.add(found.group(1)));
            }
        }
    }
}
