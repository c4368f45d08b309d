package io.sluice.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Charges each call of a method to a rate limit. On a class it is meant for every public method, each call of which is
 * charged to that one limit; an annotation on the method takes its place.
 *
 * <pre>{@code
 * @RateLimited("search")                              // configured: sluice.limits.search
 * @RateLimited(rate = "10/1s")                        // in place; the limit is named Class.method
 * @RateLimited(value = "mail", rate = "100/1m", key = "#customer.id", permits = 2)
 * }</pre>
 *
 * <p>On a handler method of a controller a refused request is answered as by a filter, and a limit that a filter has
 * charged is not charged again. On any other bean a refused call ends with a {@link RefusedException}.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Repeatable(RateLimited.Several.class)
public @interface RateLimited {

    /**
     * The name of the limit. By default {@code per-user}, or with a {@link #rate} the names of the class and the
     * method on which this stands.
     */
    String value() default "";

    /**
     * The rate of a limit that is declared here, such as {@code 10/1s} or {@code 10/1s, 300/1m burst 50}. It counts
     * principals, and is the default for {@code sluice.limits} of that name. May contain placeholders.
     */
    String rate() default "";

    /**
     * Who is counted, as a SpEL expression; null or empty is a caller without a key, as the limit's {@code anonymous}
     * treats it. On a bean it knows the arguments by name, on a handler method {@code #call} (the {@link HttpCall}) and
     * the path variables by name; on both {@code #principal}, the principal's name or null, and beans such as
     * {@code @tenants}. By default the limit's own {@code key}.
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
