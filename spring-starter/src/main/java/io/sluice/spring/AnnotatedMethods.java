package io.sluice.spring;

import io.sluice.spring.MethodRules.GuardRule;
import io.sluice.spring.MethodRules.LimitRule;
import io.sluice.spring.MethodRules.RoomRule;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.GenericTypeResolver;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.util.ClassUtils;

/** Reads the annotations of methods. What they name must exist, and exist after a live change. */
final class AnnotatedMethods implements StartCheck {

    private static final DefaultParameterNameDiscoverer PARAMETER_NAMES = new DefaultParameterNameDiscoverer();

    private record AnnotatedMethod(Method method, Class<?> type) {}

    private final ConfigurableListableBeanFactory beans;
    private final HttpGate gate;
    private final Map<AnnotatedMethod, MethodRules> rules = new ConcurrentHashMap<>();

    /** The methods that have rules, as a start reads them: one may name what an earlier one declares. Guarded by this. */
    private final List<AnnotatedMethod> inOrder = new ArrayList<>();

    /** The class or method from which each limit without a name takes one, by that name. */
    private final Map<String, Object> placesOfNames = new HashMap<>();

    AnnotatedMethods(ConfigurableListableBeanFactory beans, HttpGate gate) {
        this.beans = beans;
        this.gate = gate;
    }

    /**
     * Returns the rules that a method's annotations set.
     *
     * @throws IllegalArgumentException if an annotation cannot be applied; the message names it and the method
     */
    MethodRules rules(Method method, Class<?> type) {
        return rules.computeIfAbsent(new AnnotatedMethod(method, type), this::read);
    }

    private synchronized MethodRules read(AnnotatedMethod annotated) {
        Method method = annotated.method();
        Class<?> type = annotated.type();
        boolean handler = Annotations.isHandler(method, type);
        List<String> names = handler ? HandlerGates.pathVariables(method, type) : parameterNames(method, type);
        Set<String> variables = new HashSet<>(names);
        variables.add(KeyExpression.PRINCIPAL);
        if (handler) {
            variables.add(HandlerGates.CALL);
        }
        List<LimitRule> limits = each(method, type, RateLimited.class, it -> limitRule(it, variables, handler));
        requireDistinct(method, limits);
        MethodRules read = new MethodRules(
                GenericTypeResolver.resolveReturnType(Annotations.specific(method, type), type),
                names,
                limits,
                each(method, type, WaitingRoomRequired.class, it -> roomRule(it, variables, handler)),
                each(method, type, Guarded.class, it -> new GuardRule(gate.guard(name(it)), key(it, variables))),
                each(method, type, ReleasesPlace.class, it -> roomRule(it, variables, handler)));
        inOrder.add(annotated);
        return read;
    }

    @Override
    public synchronized void check(SluiceProperties changed) {
        limitsAfterStart(changed);
        inOrder.forEach(annotated -> checkRoomsAndGuards(annotated.method(), annotated.type(), changed));
    }

    /**
     * Returns the limits that a start with these properties would have. Reads the annotations again as that start
     * would: placeholders may have other values by now, and other limits may be configured.
     *
     * @throws IllegalArgumentException if the start would fail; the message names the annotation and the method
     */
    synchronized Map<String, SluiceProperties.LimitProperties> limitsAfterStart(SluiceProperties changed) {
        LimitsAtStart limits = new LimitsAtStart(changed);
        inOrder.forEach(annotated -> checkLimits(annotated.method(), annotated.type(), limits));
        return limits.all();
    }

    private void checkLimits(Method method, Class<?> type, LimitsAtStart limits) {
        boolean handler = Annotations.isHandler(method, type);
        forEach(method, type, RateLimited.class, it -> checkLimit(it, handler, limits));
    }

    private void checkRoomsAndGuards(Method method, Class<?> type, SluiceProperties changed) {
        forEach(method, type, WaitingRoomRequired.class, it -> changed.requireRoom(name(it)));
        forEach(method, type, Guarded.class, it -> changed.requireGuard(name(it)));
        forEach(method, type, ReleasesPlace.class, it -> changed.requireRoom(name(it)));
    }

    private static <A extends Annotation, R> List<R> each(
            Method method, Class<?> type, Class<A> kind, Function<MergedAnnotation<A>, R> rule) {
        List<R> rules = new ArrayList<>();
        forEach(method, type, kind, annotation -> rules.add(rule.apply(annotation)));
        return rules;
    }

    private static <A extends Annotation> void forEach(
            Method method, Class<?> type, Class<A> kind, Consumer<MergedAnnotation<A>> step) {
        for (MergedAnnotation<A> annotation : Annotations.on(method, type, kind)) {
            try {
                step.accept(annotation);
            } catch (IllegalArgumentException e) {
                throw SluiceConfigurationException.on("@" + kind.getSimpleName() + " on " + shortName(method), e);
            }
        }
    }

    private LimitRule limitRule(MergedAnnotation<RateLimited> limited, Set<String> variables, boolean handler) {
        LimitGate limit = limit(limited);
        long permits = limited.getLong("permits");
        limit.checkPermits(permits);
        KeyExpression key = key(limited, variables);
        if (!handler && key == null) {
            requireCountsPrincipals(limit.limit().name(), limit.definition().properties());
        }
        return new LimitRule(limit, key, permits);
    }

    private static void requireCountsPrincipals(String name, SluiceProperties.LimitProperties limit) {
        if (!limit.countsPrincipals()) {
            throw new IllegalArgumentException("sluice.limits." + name
                    + ".key wants a request, and a call of a bean is none. Say who is counted: @RateLimited(value = \""
                    + name + "\", key = \"…\")");
        }
    }

    private LimitGate limit(MergedAnnotation<RateLimited> limited) {
        String rate = text(limited, "rate");
        String name = nameOfLimit(limited, rate);
        return rate.isEmpty() ? gate.limit(name) : gate.declaredLimit(name, rate);
    }

    private void checkLimit(MergedAnnotation<RateLimited> limited, boolean handler, LimitsAtStart limits) {
        String rate = text(limited, "rate");
        String name = nameOfLimit(limited, rate);
        if (!rate.isEmpty()) {
            limits.declare(name, rate);
        }
        SluiceProperties.LimitProperties limit =
                SluiceProperties.requireLimit(limits.all(), name, limited.getLong("permits"));
        if (!handler && limited.getString("key").isEmpty()) {
            requireCountsPrincipals(name, limit);
        }
    }

    private String nameOfLimit(MergedAnnotation<RateLimited> limited, String rate) {
        String name = name(limited);
        if (name.isEmpty()) {
            return rate.isEmpty() ? SluiceProperties.PER_USER : nameOfPlace(limited, rate);
        }
        return name;
    }

    /** Returns the name of a limit that has none: that of the class or method where its rate is written. */
    private String nameOfPlace(MergedAnnotation<RateLimited> limited, String rate) {
        Object place = Objects.requireNonNull(limited.getSource());
        String name = place instanceof Method method ? shortName(method) : ClassUtils.getShortName((Class<?>) place);
        Object other = placesOfNames.putIfAbsent(name, place);
        if (other != null && !other.equals(place)) {
            throw new IllegalArgumentException("another limit is named \"" + name
                    + "\" already. Give this one a name: @RateLimited(value = \"…\", rate = \"" + rate + "\")");
        }
        return name;
    }

    private <A extends Annotation> RoomRule roomRule(
            MergedAnnotation<A> annotation, Set<String> variables, boolean handler) {
        RoomGate room = gate.room(name(annotation));
        KeyExpression key = key(annotation, variables);
        if (handler && key != null) {
            throw new IllegalArgumentException(
                    "no key here: the visitor is the one whom the endpoints of the waiting room know. See"
                            + " sluice.rooms." + room.room().room().name() + ".key");
        }
        if (!handler && key == null && !Principals.AVAILABLE) {
            throw new IllegalArgumentException(
                    "there is no principal without Spring Security. Say who the visitor is, such as key = \"#user\"");
        }
        return new RoomRule(room, key);
    }

    private @Nullable KeyExpression key(MergedAnnotation<?> annotation, Set<String> variables) {
        String text = annotation.getString("key");
        return text.isEmpty() ? null : KeyExpression.parse(text, variables, beans);
    }

    private String name(MergedAnnotation<?> annotation) {
        return text(annotation, MergedAnnotation.VALUE);
    }

    private String text(MergedAnnotation<?> annotation, String attribute) {
        String resolved = beans.resolveEmbeddedValue(annotation.getString(attribute));
        return resolved == null ? "" : resolved;
    }

    private static void requireDistinct(Method method, List<LimitRule> limits) {
        Set<String> seen = new HashSet<>();
        for (LimitRule rule : limits) {
            String name = rule.limit().limit().name();
            if (!seen.add(name)) {
                throw new SluiceConfigurationException(
                        "@RateLimited on " + shortName(method) + ": the limit \"" + name
                                + "\" is named twice, and a call is charged once per limit",
                        "Name another limit, or take one of the annotations away.");
            }
        }
    }

    private static List<String> parameterNames(Method method, Class<?> type) {
        // The methods of a proxy class have no parameter names; those of its interfaces do.
        for (Method declared : List.of(Annotations.specific(method, type), method)) {
            String[] names = PARAMETER_NAMES.getParameterNames(declared);
            if (names != null) {
                return List.of(names);
            }
        }
        List<String> numbered = new ArrayList<>();
        for (int i = 0; i < method.getParameterCount(); i++) {
            numbered.add("p" + i);
        }
        return numbered;
    }

    static String shortName(Method method) {
        return ClassUtils.getShortName(method.getDeclaringClass()) + '.' + method.getName();
    }
}
