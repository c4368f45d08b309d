package io.sluice.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Lets only visitors who are inside a waiting room call a method. Another visitor goes straight in if a place is free
 * and nobody waits for it, and otherwise joins the queue. On a class, the annotation applies to every public method,
 * and on a controller to every method that requests are mapped to, public or not; an annotation on the method replaces
 * it.
 *
 * <p>On a handler method of a controller, a visitor who has to wait is answered as by a filter: with the waiting page,
 * or with a problem document that says where to join. On any other bean, the call ends with a {@link RefusedException}
 * that has the visitor's {@link RefusedException#ticket ticket}.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Repeatable(WaitingRoomRequired.Several.class)
public @interface WaitingRoomRequired {

    /** The name of the room: {@code sluice.rooms}. */
    String value();

    /**
     * Who the visitor is, as a SpEL expression that gives the name of a principal; see {@link RateLimited#key}. By
     * default the principal who calls. Not on a handler method: there the visitor is the one whom the waiting-room
     * endpoints know.
     */
    String key() default "";

    /** Holds repeated annotations. */
    @Target({ElementType.TYPE, ElementType.METHOD})
    @Retention(RetentionPolicy.RUNTIME)
    @Documented
    @interface Several {
        /** The annotations; the visitor must be inside all of the rooms, and meets them in this order. */
        WaitingRoomRequired[] value();
    }
}
