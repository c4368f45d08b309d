package io.sluice.spring;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.function.Supplier;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.autoproxy.AbstractBeanFactoryAwareAdvisingPostProcessor;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.StaticMethodMatcherPointcut;

/**
 * Puts the {@link ProtectionInterceptor} in front of beans with annotated methods, and in front of all other advice. A
 * call is let in once, on the caller's thread, before it is handed to another thread ({@code @Async}), retried
 * ({@code @Retryable}), or opens a transaction. A place is freed after the commit. Handler methods of controllers are
 * left to the web stack's adapter.
 */
final class ProtectionPostProcessor extends AbstractBeanFactoryAwareAdvisingPostProcessor {

    private static final long serialVersionUID = 1L;

    ProtectionPostProcessor(Supplier<AnnotatedMethods> methods) {
        this.advisor = new DefaultPointcutAdvisor(new AnnotatedBeanMethods(), new ProtectionInterceptor(methods));
        // This is the last post-processor of all, and its advisor becomes the first.
        setBeforeExistingAdvisors(true);
    }

    /** Tells whether calls of a bean go through the interceptor. */
    static boolean isInFrontOf(Object bean) {
        return bean instanceof Advised advised
                && Arrays.stream(advised.getAdvisors())
                        .anyMatch(advisor -> advisor.getAdvice() instanceof ProtectionInterceptor);
    }

    private static final class AnnotatedBeanMethods extends StaticMethodMatcherPointcut {

        AnnotatedBeanMethods() {
            setClassFilter(Annotations::isCandidate);
        }

        @Override
        public boolean matches(Method method, Class<?> type) {
            return Annotations.any(method, type) && !Annotations.isHandler(method, type);
        }
    }
}
