package io.sluice.spring;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.List;
import java.util.Set;
import org.springframework.aop.support.AopUtils;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotationPredicates;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.stereotype.Controller;
import org.springframework.util.ClassUtils;

/**
 * Finds Sluice's annotations that apply to a method. Of each kind these are the nearest ones: those on the method or
 * what it overrides, else those on the class, its superclasses and interfaces.
 */
final class Annotations {

    private static final List<Class<? extends Annotation>> KINDS =
            List.of(RateLimited.class, WaitingRoomRequired.class, Guarded.class, ReleasesPlace.class);

    /** By name, because a bean may be protected without a web stack. */
    private static final List<String> HANDLER_ANNOTATIONS = List.of(
            "org.springframework.web.bind.annotation.RequestMapping",
            "org.springframework.web.service.annotation.HttpExchange");

    private static final String SPRING = "org.springframework.";

    /** The packages of Spring's own beans, most of an application's. Some applications are in packages beside them. */
    private static final Set<String> SPRINGS_OWN = Set.of(
            "aop",
            "beans",
            "boot",
            "cache",
            "cloud",
            "context",
            "core",
            "data",
            "expression",
            "format",
            "http",
            "jdbc",
            "orm",
            "scheduling",
            "security",
            "session",
            "transaction",
            "util",
            "validation",
            "web");

    private Annotations() {}

    /** Tells whether a class may have annotated methods; cheap. */
    static boolean isCandidate(Class<?> type) {
        String name = type.getName();
        if (name.startsWith(SPRING)) {
            int end = name.indexOf('.', SPRING.length());
            return end < 0 || !SPRINGS_OWN.contains(name.substring(SPRING.length(), end));
        }
        return !name.startsWith("java.");
    }

    /** Tells whether any annotation applies to a method. */
    static boolean any(Method method, Class<?> type) {
        MergedAnnotations onMethod = of(specific(method, type));
        return KINDS.stream().anyMatch(onMethod::isPresent) || (holdsForMethod(method, type) && isOnClass(type));
    }

    /** Tells whether any annotation is on a class, its superclasses or interfaces. */
    static boolean isOnClass(Class<?> type) {
        return KINDS.stream().anyMatch(of(type)::isPresent);
    }

    /** Tells whether requests are mapped to a method. The web stack's adapter protects such a method. */
    static boolean isHandler(Method method, Class<?> type) {
        if (!isController(type)) {
            return false;
        }
        MergedAnnotations annotations = of(specific(method, type));
        return HANDLER_ANNOTATIONS.stream().anyMatch(annotations::isPresent);
    }

    static boolean isController(Class<?> type) {
        return AnnotatedElementUtils.hasAnnotation(ClassUtils.getUserClass(type), Controller.class);
    }

    /** Returns the annotations of one kind that apply to a method, in the order in which they are written. */
    static <A extends Annotation> List<MergedAnnotation<A>> on(Method method, Class<?> type, Class<A> kind) {
        MergedAnnotations onMethod = of(specific(method, type));
        if (onMethod.isPresent(kind)) {
            return nearest(onMethod, kind);
        }
        return holdsForMethod(method, type) ? nearest(of(type), kind) : List.of();
    }

    /** Tells whether class-level annotations apply: on a controller to mapped methods, else to public ones. */
    private static boolean holdsForMethod(Method method, Class<?> type) {
        if (isController(type)) {
            return isHandler(method, type);
        }
        return Modifier.isPublic(method.getModifiers())
                && !Modifier.isStatic(method.getModifiers())
                && method.getDeclaringClass() != Object.class;
    }

    /** Returns the class's version of a method, which may override the given one. */
    static Method specific(Method method, Class<?> type) {
        return AopUtils.getMostSpecificMethod(method, ClassUtils.getUserClass(type));
    }

    private static MergedAnnotations of(Method method) {
        return MergedAnnotations.from(method, SearchStrategy.TYPE_HIERARCHY);
    }

    private static MergedAnnotations of(Class<?> type) {
        return MergedAnnotations.from(ClassUtils.getUserClass(type), SearchStrategy.TYPE_HIERARCHY);
    }

    private static <A extends Annotation> List<MergedAnnotation<A>> nearest(
            MergedAnnotations annotations, Class<A> kind) {
        return annotations.stream(kind)
                .filter(MergedAnnotationPredicates.firstRunOf(MergedAnnotation::getAggregateIndex))
                .toList();
    }
}
