package io.sluice.spring;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.aop.framework.autoproxy.AutoProxyUtils;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.MethodIntrospector;
import org.springframework.util.ClassUtils;

/**
 * Checks the annotations of all beans before the application serves anybody. The start fails if an annotation names
 * something that does not exist, or would protect nothing.
 */
final class AnnotatedBeansCheck implements SmartInitializingSingleton {

    private static final Logger log = LoggerFactory.getLogger(AnnotatedBeansCheck.class);

    private final ConfigurableListableBeanFactory beans;
    private final AnnotatedMethods methods;
    private final ReplacedBeans replaced;

    AnnotatedBeansCheck(ConfigurableListableBeanFactory beans, AnnotatedMethods methods, ReplacedBeans replaced) {
        this.beans = beans;
        this.methods = methods;
        this.replaced = replaced;
    }

    @Override
    public void afterSingletonsInstantiated() {
        for (String name : beans.getBeanNamesForType(Object.class, true, false)) {
            Class<?> type = AutoProxyUtils.determineTargetClass(beans, name);
            if (type != null && Annotations.isCandidate(type)) {
                check(name, type);
            }
        }
    }

    private void check(String name, Class<?> type) {
        Map<Method, Boolean> annotated;
        try {
            annotated = MethodIntrospector.selectMethods(type, (MethodIntrospector.MetadataLookup<@Nullable Boolean>)
                    method -> Annotations.any(method, type) ? Boolean.TRUE : null);
        } catch (LinkageError e) {
            log.debug("Cannot look for annotations on {}", type, e);
            return;
        }
        if (annotated.isEmpty() && Annotations.isOnClass(type)) {
            throw withoutEffect(
                    ClassUtils.getShortName(ClassUtils.getUserClass(type)),
                    Annotations.isController(type)
                            ? "on a controller it is meant for the methods that HTTP requests are mapped to, and there"
                                    + " are none"
                            : "it is meant for public methods, and there are none",
                    "Annotate the methods that it is to hold for, or take it away.");
        }
        for (Method method : annotated.keySet()) {
            methods.rules(method, type);
            if (!Annotations.isHandler(method, type)) {
                requireCanBeProtected(name, method);
            }
        }
    }

    private void requireCanBeProtected(String name, Method method) {
        int modifiers = method.getModifiers();
        Object bean = beans.containsSingleton(name) ? beans.getSingleton(name) : null;
        boolean hidden = Modifier.isPrivate(modifiers) || Modifier.isStatic(modifiers);
        boolean notOverridden = Modifier.isFinal(modifiers) && bean != null && AopUtils.isCglibProxy(bean);
        String place = AnnotatedMethods.shortName(method);
        if (hidden || notOverridden) {
            throw withoutEffect(
                    place,
                    "a private, static or final method cannot be protected",
                    "Make the method one that can be overridden, or annotate what calls it in another bean.");
        }
        if (isSuspending(method)) {
            throw withoutEffect(
                    place,
                    "a suspend function returns before its call has ended",
                    "Annotate what calls it, such as a handler method, or have it return a Mono.");
        }
        if (bean != null
                && !(bean instanceof FactoryBean)
                && !ProtectionPostProcessor.isInFrontOf(bean)
                && !replaced.contain(name)) {
            throw withoutEffect(
                    place,
                    "the bean \"" + name
                            + "\" is needed by a BeanPostProcessor or a BeanFactoryPostProcessor, and so is made before beans"
                            + " can be protected",
                    "Have the post-processor ask for the bean when it needs it, such as by an ObjectProvider, or"
                            + " annotate another bean.");
        }
    }

    /** Tells whether a method was compiled from a Kotlin {@code suspend fun}, which adds a parameter. */
    private static boolean isSuspending(Method method) {
        Class<?>[] parameters = method.getParameterTypes();
        return parameters.length > 0
                && parameters[parameters.length - 1].getName().equals("kotlin.coroutines.Continuation");
    }

    private static SluiceConfigurationException withoutEffect(String place, String why, String remedy) {
        return new SluiceConfigurationException("The annotation on " + place + " would have no effect: " + why, remedy);
    }
}
