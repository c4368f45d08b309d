package io.sluice.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Charges each call of a method to a rate limit. On a class, the annotation applies to every public method, and on a
 * controller to every method that requests are mapped to, public or not. All their calls are charged to that one limit;
 * an annotation on the method replaces it.
 *
 * <pre>{@code
 * @RateLimited("search")                              // configured: sluice.limits.search
 * @RateLimited(rate = "10/1s")                        // in place; the limit is named Class.method
 * @RateLimited(value = "mail", rate = "100/1m", key = "#customer.id", permits = 2)
 * }</pre>
 *
 * <p>On a handler method of a controller, a refused request is answered as by a filter, and a limit that a filter has
 * charged is not charged again. On any other bean, a refused call ends with a {@link RefusedException}.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Repeatable(RateLimited.Several.class)
public @interface RateLimited {

    /**
     * The name of the limit. By default {@code per-user}, or with a {@link #rate} the name of the annotated class, or
     * {@code Class.method}.
     */
    String value() default "";

    /**
     * The rate of a limit that is declared here, such as {@code 10/1s} or {@code 10/1s, 300/1m burst 50}. The limit
     * counts principals. A limit of this name in {@code sluice.limits} takes precedence. May contain placeholders.
     */
    String rate() default "";

    /**
     * The caller's key, as a SpEL expression. Null or empty means a call without a key, which the limit's {@code
     * anonymous} handles. On a bean, an expression can use the arguments by name; on a handler method, {@code #call}
     * (the {@link HttpCall}) and the path variables by name; on both, {@code #principal}, the principal's name or
     * null, whatever a parameter of that name is, and beans such as {@code @tenants}. It is evaluated before the
     * call: an expression does not see what the method changes in its arguments, and if it fails, the method is not
     * called. By default the limit's own {@code key}.
     */
    String key() default "";

    /** How many permits a call costs; 1 up to the limit's burst. */
    long permits() default 1;

    /** Holds repeated annotations. */
    @Target({ElementType.TYPE, ElementType.METHOD})
    @Retention(RetentionPolicy.RUNTIME)
    @Documented
    @interface Several {
        /** The annotations, charged in this order. */
        RateLimited[] value();
    }
}
