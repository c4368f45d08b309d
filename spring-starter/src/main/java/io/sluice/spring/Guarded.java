package io.sluice.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Makes each call of a method wait for a turn of a guard, and holds the turn until the call ends: it returns or
 * throws, its {@code CompletionStage} completes, or its {@code Mono} or {@code Flux} terminates or is cancelled. While
 * calls under another key wait, a turn is held no longer than the guard's {@code max-hold}. On a class, the annotation
 * applies to every public method, and on a controller to every method that requests are mapped to, public or not; an
 * annotation on the method replaces it.
 *
 * <p>On a handler method of a controller, a request without a turn is answered as by a filter. On any other bean, a
 * call without a turn ends with a {@link RefusedException}.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Repeatable(Guarded.Several.class)
public @interface Guarded {

    /** The name of the guard: {@code sluice.guards}. */
    String value();

    /**
     * The key of the callers whom the turns go round, as a SpEL expression; see {@link RateLimited#key}. By default
     * the guard's own {@code key} on a handler method, and the principal on any other bean.
     */
    String key() default "";

    /** Holds repeated annotations. */
    @Target({ElementType.TYPE, ElementType.METHOD})
    @Retention(RetentionPolicy.RUNTIME)
    @Documented
    @interface Several {
        /** The annotations; turns are taken in this order. */
        Guarded[] value();
    }
}
