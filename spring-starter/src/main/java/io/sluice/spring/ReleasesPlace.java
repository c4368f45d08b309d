package io.sluice.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Frees the visitor's place in a waiting room once a call of the method has succeeded: the purchase is done. On a
 * handler method, success is an answer with a status below 400. On any other bean, it is a call that has not thrown, a
 * stage that has completed normally, or a {@code Mono} or {@code Flux} that has completed. A visitor without a place
 * is left alone. On a class, the annotation applies to every public method, and on a controller to every method that
 * requests are mapped to, public or not; an annotation on the method replaces it.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Repeatable(ReleasesPlace.Several.class)
public @interface ReleasesPlace {

    /** The name of the room: {@code sluice.rooms}. */
    String value();

    /**
     * Who the visitor is; see {@link WaitingRoomRequired#key}. Like every {@link RateLimited#key key}, it is evaluated
     * before the call, although the place is freed after it. A call that names nobody frees nothing.
     */
    String key() default "";

    /** Holds repeated annotations. */
    @Target({ElementType.TYPE, ElementType.METHOD})
    @Retention(RetentionPolicy.RUNTIME)
    @Documented
    @interface Several {
        /** The annotations. */
        ReleasesPlace[] value();
    }
}
